import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type Store, uint32ToBytes, unwrap } from '@pars/base';
import type { Benchmark, BenchRow } from '@pars/base/bench';
import { createSimulationRandom } from '@pars/base/fakes';
import { createNodeCryptoProvider, createSqliteStore } from '@pars/platform-node';
import { createHashMapStore } from './hash-map-store-fixture.ts';
import { makeVertex, openGate, testSpace } from './history-fixture.ts';
import type { Difference } from './replica/difference.ts';
import {
  createLongHistory,
  HISTORY_SHAPES,
  type HistoryShape,
  type LongHistory,
} from './replica/long-history-fixture.ts';
import { heightFor } from './replica/position-tree.ts';
import { openReplica, type Replica } from './replica/replica.ts';
import type { HashDep, Vertex } from './vertex.ts';

/** `PARS_DAG_VERTICES=1000000` measures the size that PIP-1001 speaks of; it takes minutes. */
const vertexCount = Number(process.env['PARS_DAG_VERTICES'] ?? 20_000);
/** `PARS_DAG_BRANCH=100000` likewise. */
const branchCount = Number(process.env['PARS_DAG_BRANCH'] ?? 10_000);
const native: HashDep = { hash: createNodeCryptoProvider().symmetric };
const PAYLOAD_BYTES = 200;
const APPENDED = 20_000;
/** Vertices of one call of `receive`: what a page of a difference holds. */
const BATCH = 512;
/** Runs of which the best counts: the others tell what else the machine did. */
const RUNS = 3;
const QUERIES = 6000;
/** So many answers are compared with a search over the parents. */
const CHECKED_QUERIES = 60;

/** What a replica costs: taking vertices in, opening, asking, and merging what was apart. */
export const benchmarks: readonly Benchmark[] = [
  ...HISTORY_SHAPES.filter((shape) => shape !== 'hostile').map((shape) => ({
    name: `dag/append/${shape}`,
    run: async () => await measureAppending(shape),
  })),
  ...HISTORY_SHAPES.map((shape) => ({
    name: `dag/scale/${shape}`,
    run: async () => await onDisk(async (path) => await measureScale(shape, path)),
  })),
  {
    name: 'dag/merge',
    run: async () => await onDisk(measureMerge),
  },
];

async function measureAppending(shape: HistoryShape): Promise<readonly BenchRow[]> {
  const encodings = createLongHistory(native, shape, APPENDED, PAYLOAD_BYTES).next(APPENDED);
  const rows: BenchRow[] = [];
  for (const [name, onStore] of Object.entries(STORES)) {
    let [value, perCpuSecond, plain] = [0, 0, 0];
    for (let run = 0; run < RUNS; run += 1) {
      const taken = await onStore(async (store) => await takeIn(store, encodings));
      const written = await onStore(async (store) => await writePlainly(store, encodings));
      value = Math.max(value, taken.rate);
      perCpuSecond = Math.max(perCpuSecond, taken.perCpuSecond);
      plain = Math.max(plain, written);
    }
    rows.push(appendRow(`${name}-${shape}`, value, plain));
    // On a machine that is shared, this says what it would be alone, without the waiting for the disk.
    const cpuName = `dag/append-cpu/${name}-${shape}/${APPENDED}-vertices`;
    rows.push({ name: cpuName, value: perCpuSecond, unit: 'ops/s' });
  }
  return rows;
}

/** One store of many vertices: filled, asked, and opened by a process of its own. */
async function measureScale(shape: HistoryShape, path: string): Promise<readonly BenchRow[]> {
  const { store, readCount } = countReads(createSqliteStore(path));
  const replica = await open(store);
  // The store that is opened below is as large as one of messages; the other shapes are for their index.
  const payloadBytes = shape === 'groups' ? PAYLOAD_BYTES : 16;
  const history = createLongHistory(native, shape, vertexCount, payloadBytes);
  let fillMs = 0;
  for (;;) {
    const encodings = history.next(BATCH);
    if (encodings.length === 0) break;
    const start = performance.now();
    await receiveAll(replica, encodings);
    fillMs += performance.now() - start;
  }
  const { rate, reads } = await measureRelations(replica, history, readCount);
  await store.close();
  const size = `sqlite-${shape}/${vertexCount}-vertices`;
  // Two ids, two records, and one path of a tree: no shape can make it more.
  const bound = 4 + heightFor(vertexCount) + 1;
  const rows: BenchRow[] = [
    { name: `dag/fill/${size}`, value: vertexCount / (fillMs / 1000), unit: 'ops/s' },
    { name: `dag/relate/${size}`, value: rate, unit: 'ops/s' },
    { name: `dag/relate-reads-median/${size}`, value: rankAt(reads, 0.5), unit: 'rows' },
    target(`dag/relate-reads-p99/${size}`, rankAt(reads, 0.99), 'rows', bound),
    target(`dag/relate-reads-worst/${size}`, rankAt(reads, 1), 'rows', bound),
  ];
  if (shape !== 'groups') return rows;
  const { openMs, openMb, processMb } = await openElsewhere(path);
  return [
    ...rows,
    target(`dag/open/${size}`, openMs, 'ms', 1000),
    { name: `dag/open-memory/${size}`, value: openMb, unit: 'MB' },
    target(`dag/open-process/${size}`, processMb, 'MB', 150),
  ];
}

/** Relations of vertices anywhere, of late ones with any, and of late ones with each other. */
async function measureRelations(
  replica: Replica,
  history: LongHistory,
  readCount: () => number,
): Promise<{ readonly rate: number; readonly reads: readonly number[] }> {
  const random = createSimulationRandom('relations');
  const { size } = history;
  const reads: number[] = [];
  let spentMs = 0;
  for (let query = 0; query < QUERIES; query += 1) {
    const late = () => size - 1 - random.below(Math.min(size, 5000));
    const a = query % 3 === 2 ? late() : random.below(size);
    const b = query % 3 === 0 ? random.below(size) : late();
    const [idA, idB] = [history.idAt(a), history.idAt(b)];
    const [before, start] = [readCount(), performance.now()];
    const relation = unwrap(await replica.relate(idA, idB));
    spentMs += performance.now() - start;
    reads.push(readCount() - before);
    if (query >= CHECKED_QUERIES || a === b) continue;
    const isRelated = history.reaches(Math.min(a, b), Math.max(a, b));
    const expected = isRelated ? (a < b ? 'before' : 'after') : 'concurrent';
    if (relation !== expected) throw new Error(`${expected} is answered as ${relation}`);
  }
  return { rate: QUERIES / (spentMs / 1000), reads: reads.toSorted((a, b) => a - b) };
}

/** Two branches of one root, each on one side; one side takes the other's in. */
async function measureMerge(path: string): Promise<readonly BenchRow[]> {
  const root = makeVertex(native, [], new Uint8Array(1));
  const [left, right] = [branch(root, 1), branch(root, 2)];
  const store = createSqliteStore(path);
  const here = await open(store);
  const there = await open(createHashMapStore());
  await receiveAll(here, encodingsOf([root, ...left]));
  await receiveAll(there, encodingsOf([root, ...right]));
  const start = performance.now();
  const startCpu = process.cpuUsage();
  let from: number | undefined = 0;
  let askedMs = 0;
  const heads = await here.frontier();
  while (from !== undefined) {
    const asked = performance.now();
    const page: Difference = unwrap(await there.difference(heads, { from }));
    askedMs += performance.now() - asked;
    await here.receive('there', page.vertices);
    from = page.next;
  }
  const ms = performance.now() - start;
  const { user, system } = process.cpuUsage(startCpu);
  if ((await here.frontier()).length !== 2) throw new Error('two heads after the merge');
  await store.close();
  const name = `dag/merge/sqlite/two-branches-of-${branchCount}`;
  return [
    { name, value: ms, unit: 'ms' },
    { name: `${name}-cpu`, value: (user + system) / 1000, unit: 'ms' },
    { name: `${name}-asking`, value: askedMs, unit: 'ms' },
    { name: `${name}-rate`, value: branchCount / (ms / 1000), unit: 'ops/s' },
  ];
}

function branch(root: Vertex, salt: number): readonly Vertex[] {
  const vertices: Vertex[] = [];
  let tip = root;
  for (let step = 0; step < branchCount; step += 1) {
    const payload = new Uint8Array(PAYLOAD_BYTES).fill(salt);
    payload.set(uint32ToBytes(step));
    tip = makeVertex(native, [tip], payload);
    vertices.push(tip);
  }
  return vertices;
}

async function takeIn(
  store: Store,
  encodings: readonly Uint8Array[],
): Promise<{ readonly rate: number; readonly perCpuSecond: number }> {
  const replica = await open(store);
  const [start, startCpu] = [performance.now(), process.cpuUsage()];
  await receiveAll(replica, encodings);
  const { user, system } = process.cpuUsage(startCpu);
  const rate = encodings.length / ((performance.now() - start) / 1000);
  return { rate, perCpuSecond: encodings.length / ((user + system) / 1e6) };
}

/** The least that keeping vertices can cost on such a store: an id and one row for each. */
async function writePlainly(store: Store, encodings: readonly Uint8Array[]): Promise<number> {
  const start = performance.now();
  for (let from = 0; from < encodings.length; from += BATCH) {
    const portion = encodings.slice(from, from + BATCH);
    await store.write(portion.map((value) => ({ key: native.hash.sha3(value), value })));
  }
  return encodings.length / ((performance.now() - start) / 1000);
}

async function receiveAll(replica: Replica, encodings: readonly Uint8Array[]): Promise<void> {
  for (let start = 0; start < encodings.length; start += BATCH) {
    const receipt = await replica.receive('bench', encodings.slice(start, start + BATCH));
    if (receipt.refused.length + receipt.parked > 0) throw new Error('the bench made bad vertices');
  }
}

async function open(store: Store): Promise<Replica> {
  return unwrap(await openReplica({ ...native, store, gate: openGate }, { space: testSpace }));
}

/** The store, and how many rows were read from it one by one. */
function countReads(store: Store): { readonly store: Store; readonly readCount: () => number } {
  let count = 0;
  const counting: Store = {
    get(key, signal) {
      count += 1;
      return store.get(key, signal);
    },
    list: (range, signal) => store.list(range, signal),
    write: (batch, signal) => store.write(batch, signal),
    close: () => store.close(),
  };
  return { store: counting, readCount: () => count };
}

function rankAt(ascending: readonly number[], share: number): number {
  return ascending[Math.min(ascending.length - 1, Math.floor(ascending.length * share))] as number;
}

/** Opens the store in a process of its own, as a node does that starts. */
async function openElsewhere(
  path: string,
): Promise<{ readonly openMs: number; readonly openMb: number; readonly processMb: number }> {
  const program = `
    import { openReplica } from './src/replica/replica.ts';
    // What opens a store, without the libraries of the network that the same package has.
    const node = import.meta.resolve('@pars/platform-node');
    const { createSqliteStore } = await import(new URL('ports/sqlite-store.ts', node));
    const { createNodeCryptoProvider } = await import(new URL('crypto/node-crypto-provider.ts', node));
    const rss = () => process.memoryUsage().rss / 1e6;
    const before = rss();
    const start = performance.now();
    const store = createSqliteStore(${JSON.stringify(path)});
    const gate = { admit: async () => ({ ok: true, value: undefined }) };
    const deps = { store, gate, hash: createNodeCryptoProvider().symmetric };
    const replica = await openReplica(deps, { space: new Uint8Array(32).fill(7) });
    const heads = await replica.value.frontier();
    await replica.value.nextPlace();
    await replica.value.get(heads[0]);
    const openMs = performance.now() - start;
    console.log(JSON.stringify({ openMs, openMb: rss() - before, processMb: rss() }));
  `;
  const args = ['--conditions=pars-source', '--input-type=module', '-e', program];
  const cwd = join(import.meta.dirname, '..');
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd });
  return JSON.parse(stdout) as Awaited<ReturnType<typeof openElsewhere>>;
}

type OnStore = <T>(work: (store: Store) => Promise<T>) => Promise<T>;

const STORES: Readonly<Record<string, OnStore>> = {
  memory: async (work) => await work(createHashMapStore()),
  sqlite: async (work) =>
    await onDisk(async (path) => {
      const store = createSqliteStore(path);
      const result = await work(store);
      await store.close();
      return result;
    }),
};

async function onDisk<T>(work: (path: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'pars-dag-'));
  try {
    return await work(join(folder, 'dag.sqlite'));
  } finally {
    await rm(folder, { recursive: true });
  }
}

function appendRow(name: string, value: number, plain: number): BenchRow {
  return {
    name: `dag/append/${name}/${APPENDED}-vertices`,
    value,
    unit: 'ops/s',
    peer: { name: 'hashed and stored, no index', value: plain },
    ratio: plain / value,
    target: { of: 'value', atLeast: 20_000 },
  };
}

function target(name: string, value: number, unit: string, atMost: number): BenchRow {
  return { name, value, unit, target: { of: 'value', atMost } };
}

function encodingsOf(vertices: readonly Vertex[]): readonly Uint8Array[] {
  return vertices.map((vertex) => vertex.bytes);
}

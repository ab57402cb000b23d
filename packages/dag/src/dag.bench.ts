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
import { openReplica, type Replica } from './replica/replica.ts';
import type { HashDep, Vertex } from './vertex.ts';

/** `PARS_DAG_VERTICES=1000000` measures the size that PIP-1001 speaks of; it takes minutes. */
const vertexCount = Number(process.env['PARS_DAG_VERTICES'] ?? 50_000);
/** `PARS_DAG_BRANCH=100000` likewise. */
const branchCount = Number(process.env['PARS_DAG_BRANCH'] ?? 20_000);
const native: HashDep = { hash: createNodeCryptoProvider().symmetric };
const PAYLOAD_BYTES = 200;
const BATCH = 512;

/** What a replica costs: taking vertices in, opening, asking, and merging what was apart. */
export const benchmarks: readonly Benchmark[] = [
  {
    name: 'dag/append',
    async run() {
      const rows: BenchRow[] = [];
      for (const shape of SHAPES) {
        const encodings = grow(shape, 20_000);
        for (const [name, onStore] of Object.entries(STORES)) {
          const value = await onStore(async (store) => await takeIn(store, encodings));
          const plain = await onStore(async (store) => await writePlainly(store, encodings));
          rows.push(appendRow(`${name}-${shape}`, value, plain));
        }
      }
      return rows;
    },
  },
  {
    name: 'dag/open',
    run: async () =>
      await onDisk(async (path) => {
        const store = createSqliteStore(path);
        const rate = await takeIn(store, grow('groups', vertexCount));
        await store.close();
        const { openMs, openMb, processMb } = await openElsewhere(path);
        const size = `${vertexCount}-vertices`;
        return [
          { name: `dag/fill/sqlite/${size}`, value: rate, unit: 'ops/s' },
          target(`dag/open/sqlite/${size}`, openMs, 'ms', 1000),
          { name: `dag/open-memory/sqlite/${size}`, value: openMb, unit: 'MB' },
          target(`dag/open-process/sqlite/${size}`, processMb, 'MB', 150),
        ];
      }),
  },
  {
    name: 'dag/ancestry',
    async run() {
      const rows: BenchRow[] = [];
      for (const shape of SHAPES) {
        rows.push(
          await onDisk(async (path) => {
            const store = createSqliteStore(path);
            const vertices = growVertices(shape, vertexCount);
            const replica = await open(store);
            await receiveAll(replica, encodingsOf(vertices));
            const perSecond = await measureRelations(replica, vertices);
            await store.close();
            const name = `dag/relate/sqlite-${shape}/${vertexCount}-vertices`;
            return { name, value: perSecond, unit: 'ops/s' };
          }),
        );
      }
      return rows;
    },
  },
  {
    name: 'dag/merge',
    run: async () =>
      await onDisk(async (path) => {
        const root = makeVertex(native, [], new Uint8Array(1));
        const [left, right] = [branch(root, 1), branch(root, 2)];
        const store = createSqliteStore(path);
        const here = await open(store);
        const there = await open(createHashMapStore());
        await receiveAll(here, encodingsOf([root, ...left]));
        await receiveAll(there, encodingsOf([root, ...right]));
        const start = performance.now();
        let from: number | undefined = 0;
        const heads = await here.frontier();
        while (from !== undefined) {
          const page: Difference = unwrap(await there.difference(heads, { from }));
          await here.receive('there', page.vertices);
          from = page.next;
        }
        const ms = performance.now() - start;
        if ((await here.frontier()).length !== 2) throw new Error('two heads after the merge');
        await store.close();
        const name = `dag/merge/sqlite/two-branches-of-${branchCount}`;
        return [
          { name, value: ms, unit: 'ms' },
          { name: `${name}-rate`, value: branchCount / (ms / 1000), unit: 'ops/s' },
        ];
      }),
  },
];

/**
 * `chain`: everybody sees everything. `groups`: eight people who see each
 * other's vertices a little late. `halves`: two chains that arrive in turns and
 * never meet, the worst case of the index.
 */
const SHAPES = ['chain', 'groups', 'halves'] as const;
type Shape = (typeof SHAPES)[number];

function grow(shape: Shape, count: number): readonly Uint8Array[] {
  return encodingsOf(growVertices(shape, count));
}

function growVertices(shape: Shape, count: number): readonly Vertex[] {
  const random = createSimulationRandom(shape);
  const vertices: Vertex[] = [];
  let heads: readonly Vertex[] = [];
  for (let step = 0; step < count; step += 1) {
    const payload = new Uint8Array(PAYLOAD_BYTES);
    payload.set(uint32ToBytes(step));
    const parents = chooseParents(shape, heads, step, random);
    const vertex = makeVertex(native, parents, payload);
    vertices.push(vertex);
    heads = [...heads.filter((head) => !parents.includes(head)), vertex];
  }
  return vertices;
}

function chooseParents(
  shape: Shape,
  heads: readonly Vertex[],
  step: number,
  random: { below(end: number): number },
): readonly Vertex[] {
  if (shape === 'chain') return heads;
  if (shape === 'halves') return step < 2 ? [] : heads.slice(0, 1);
  // Up to eight heads stand beside each other; most vertices join one or two of them.
  if (heads.length < 8 && random.below(3) === 0) return step === 0 ? [] : heads.slice(0, 1);
  return heads.filter((_, index) => index <= random.below(3));
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

async function takeIn(store: Store, encodings: readonly Uint8Array[]): Promise<number> {
  const replica = await open(store);
  const start = performance.now();
  await receiveAll(replica, encodings);
  return encodings.length / ((performance.now() - start) / 1000);
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

/** Relations of vertices chosen anywhere in the history, for a second at most. */
async function measureRelations(replica: Replica, vertices: readonly Vertex[]): Promise<number> {
  const random = createSimulationRandom('relations');
  const any = () => (vertices[random.below(vertices.length)] as Vertex).id;
  const start = performance.now();
  let count = 0;
  while (count < 20_000 && performance.now() - start < 1000) {
    unwrap(await replica.relate(any(), any()));
    count += 1;
  }
  return count / ((performance.now() - start) / 1000);
}

async function open(store: Store): Promise<Replica> {
  return unwrap(await openReplica({ ...native, store, gate: openGate }, { space: testSpace }));
}

/** Opens the store in a process of its own, as a node does that starts. */
async function openElsewhere(
  path: string,
): Promise<{ readonly openMs: number; readonly openMb: number; readonly processMb: number }> {
  const program = `
    import { openReplica } from '@pars/dag';
    import { createNodeCryptoProvider, createSqliteStore } from '@pars/platform-node';
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

type OnStore = (work: (store: Store) => Promise<number>) => Promise<number>;

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
    name: `dag/append/${name}/20000-vertices`,
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

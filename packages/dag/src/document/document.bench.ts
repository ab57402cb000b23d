import {
  applyChanges,
  change,
  clone,
  from,
  getChangesSince,
  getHeads,
  splice,
} from '@automerge/automerge';
import { concatBytes, uint32ToBytes, unwrap } from '@pars/base';
import type { Benchmark, BenchRow } from '@pars/base/bench';
import { createSimulationRandom } from '@pars/base/fakes';
import { createNodeCryptoProvider } from '@pars/platform-node';
import { LoroDoc, type VersionVector } from 'loro-crdt/base64';
import { replayLog } from '../crdt/replay.ts';
import { rga } from '../crdt/rga.ts';
import { createHashMapStore } from '../hash-map-store-fixture.ts';
import { makeVertex, openGate, testSpace } from '../history-fixture.ts';
import { openReplica, type Replica } from '../replica/replica.ts';
import { decodeVertex, type HashDep, type Vertex } from '../vertex.ts';
import { openDocument } from './document.ts';
import { encodeUpdate } from './document-edit.ts';
import { loroEngine } from './loro-engine.ts';

/** `PARS_DAG_BRANCH=100000` measures the size that PIP-1001 speaks of; it takes minutes. */
const branchCount = Number(process.env['PARS_DAG_BRANCH'] ?? 5000);
const BASE_LENGTH = 1000;
const BATCH = 512;
const native: HashDep = { hash: createNodeCryptoProvider().symmetric };

/**
 * One workload for all: on a text of 1,000 letters two branches of single letters
 * at the same random places, one insertion a vertex, change or update, are written
 * apart; then one branch is given to the other, and the text is read.
 *
 * The candidates do not promise the same. Ours hashes and stores every vertex,
 * checks its parents and keeps an index of who came before whom; the two
 * libraries keep everything in memory, and Loro checks no hash of a change.
 */
export const benchmarks: readonly Benchmark[] = [
  {
    name: 'dag/text-merge',
    async run() {
      const ours = await measureRga();
      const document = await measureDocument();
      const automerge = await measureAutomerge();
      const loro = await measureLoro(false);
      const updates = await measureLoro(true);
      const all = { ours, document, automerge, loro, updates };
      const lengths = new Set(Object.values(all).map(({ length }) => length));
      if (lengths.size !== 1) throw new Error('the candidates read texts of different lengths');
      return [
        ...rowsOf('replica-and-rga', ours, { automerge, loro: updates }),
        ...rowsOf('replica-and-rich-document', document, { automerge, loro: updates }),
        ...rowsOf('automerge', automerge, {}),
        ...rowsOf('loro-update-by-update', updates, {}),
        ...rowsOf('loro-one-update', loro, {}),
      ];
    },
  },
];

interface Merge {
  readonly wallMs: number;
  readonly cpuMs: number;
  /** Time of both branches together, without what ours does in the replica. */
  readonly writeMs: number;
  /** What travels from one branch to the other. */
  readonly bytes: number;
  /** Growth of the process, collection of garbage included or not as it happens. */
  readonly memoryMb: number;
  readonly length: number;
  /** Processor time until the vertices were durable, which the libraries do not do. */
  readonly receiveMs?: number;
}

async function measureRga(): Promise<Merge> {
  const writeStart = performance.now();
  const root = makeVertex(native, [], rga.encodeOperation({ type: 'insert', text: BASE_TEXT }));
  const branches: Vertex[][] = [];
  for (const branch of [0, 1]) {
    const text = rga.create();
    const vertices: Vertex[] = [];
    await text.apply(
      { type: 'insert', text: BASE_TEXT },
      { id: root.id, includes: async () => true },
    );
    let tip = root;
    for (const at of placesOf(branch)) {
      const operation = text.insert(at, LETTERS.charAt(branch));
      // Two branches may write the same after the same: the letter tells their vertices apart.
      tip = makeVertex(native, [tip], rga.encodeOperation(operation));
      vertices.push(tip);
      await text.apply(operation, { id: tip.id, includes: async () => true });
    }
    branches.push(vertices);
  }
  const writeMs = performance.now() - writeStart;
  const [left = [], right = []] = branches;
  const here = await open();
  await receiveAll(here, [root, ...left]);
  const text = rga.create();
  const replay = async (after: number) =>
    await replayLog(here, after, async (vertex, at) => {
      const { payload } = unwrap(decodeVertex(native, testSpace, vertex.bytes));
      const operation = rga.decodeOperation(payload);
      if (operation.ok) await text.apply(operation.value, at);
    });
  const sequence = await replay(0);
  let receiveMs = 0;
  const merge = await measure(writeMs, bytesOf(right), async () => {
    receiveMs = await receiveAll(here, right);
    await replay(sequence);
    return text.value().length;
  });
  return { ...merge, receiveMs };
}

async function measureDocument(): Promise<Merge> {
  const writeStart = performance.now();
  let number = 0;
  const updateOf = (parents: readonly Vertex[], author: number, at: number, text: string) => {
    const update = encodeUpdate([{ type: 'text-insert', part: 't', at, text }]);
    const head = concatBytes(new Uint8Array(32).fill(author), uint32ToBytes((number += 1)));
    return makeVertex(native, parents, concatBytes(head, update));
  };
  const root = updateOf([], 9, 0, BASE_TEXT);
  const [left = [], right = []] = [0, 1].map((branch) => {
    let tip = root;
    return placesOf(branch).map((at) => {
      tip = updateOf([tip], branch, at, LETTERS.charAt(branch));
      return tip;
    });
  });
  const writeMs = performance.now() - writeStart;
  const here = await open();
  await receiveAll(here, [root, ...left]);
  await using document = unwrap(
    await openDocument({
      ...native,
      replica: here,
      engine: loroEngine,
      async read({ bytes }) {
        const { payload } = unwrap(decodeVertex(native, testSpace, bytes));
        return { author: payload.slice(0, 32), update: payload.slice(36) };
      },
    }),
  );
  let receiveMs = 0;
  const merge = await measure(writeMs, bytesOf(right), async () => {
    receiveMs = await receiveAll(here, right);
    unwrap(await document.catchUp());
    return document.textLength('t');
  });
  return { ...merge, receiveMs };
}

function measureAutomerge(): Promise<Merge> {
  const writeStart = performance.now();
  const base = from({ t: BASE_TEXT }, { actor: 'aa' });
  const [left, right] = ['bb', 'cc'].map((actor, branch) => {
    let doc = clone(base, { actor });
    for (const at of placesOf(branch)) {
      doc = change(doc, { time: 0 }, (draft) => {
        splice(draft, ['t'], at, 0, LETTERS.charAt(branch));
      });
    }
    return doc;
  });
  if (left === undefined || right === undefined) throw new Error('two branches');
  const writeMs = performance.now() - writeStart;
  const changes = getChangesSince(right, getHeads(base));
  const bytes = changes.reduce((sum, one) => sum + one.length, 0);
  return measure(writeMs, bytes, async () => applyChanges(left, changes)[0].t.length);
}

function measureLoro(isOneByOne: boolean): Promise<Merge> {
  const writeStart = performance.now();
  const base = new LoroDoc();
  base.setPeerId('1');
  base.getText('t').insert(0, BASE_TEXT);
  base.commit();
  const updates: Uint8Array[] = [];
  const [left, right] = [0, 1].map((branch) => {
    const doc = base.fork();
    doc.setPeerId(`${branch + 2}`);
    const text = doc.getText('t');
    for (const at of placesOf(branch)) {
      const before: VersionVector | undefined =
        isOneByOne && branch === 1 ? doc.version() : undefined;
      text.insert(at, LETTERS.charAt(branch));
      doc.commit();
      if (before !== undefined) updates.push(doc.export({ mode: 'update', from: before }));
    }
    return doc;
  });
  if (left === undefined || right === undefined) throw new Error('two branches');
  if (!isOneByOne) updates.push(right.export({ mode: 'update', from: base.version() }));
  const writeMs = performance.now() - writeStart;
  const bytes = updates.reduce((sum, one) => sum + one.length, 0);
  return measure(writeMs, bytes, async () => {
    left.importBatch(updates);
    return left.getText('t').length;
  });
}

const LETTERS = 'lr';
const BASE_TEXT = '.'.repeat(BASE_LENGTH);

/** Where each letter of a branch goes. */
function placesOf(branch: number): readonly number[] {
  const random = createSimulationRandom(`branch ${branch}`);
  return Array.from({ length: branchCount }, (_, step) => random.below(BASE_LENGTH + step + 1));
}

async function measure(
  writeMs: number,
  bytes: number,
  merge: () => Promise<number>,
): Promise<Merge> {
  const [cpu, memory, start] = [process.cpuUsage(), process.memoryUsage().rss, performance.now()];
  const length = await merge();
  const wallMs = performance.now() - start;
  const { user, system } = process.cpuUsage(cpu);
  const memoryMb = (process.memoryUsage().rss - memory) / 1e6;
  return { wallMs, cpuMs: (user + system) / 1000, writeMs, bytes, memoryMb, length };
}

function rowsOf(
  name: string,
  merge: Merge,
  peers: Readonly<Record<string, Merge>>,
): readonly BenchRow[] {
  const where = `dag/text-merge/${name}/two-branches-of-${branchCount}`;
  // Time of the processor: what else the machine does counts less in it.
  const compared = Object.entries(peers).map(([peer, { cpuMs }]) => ({
    name: `${where}/cpu-than-${peer}`,
    value: merge.cpuMs,
    unit: 'ms',
    peer: { name: peer, value: cpuMs },
    ratio: merge.cpuMs / cpuMs,
  }));
  return [
    { name: where, value: merge.wallMs, unit: 'ms' },
    { name: `${where}/cpu`, value: merge.cpuMs, unit: 'ms' },
    { name: `${where}/bytes`, value: merge.bytes, unit: 'B' },
    { name: `${where}/memory`, value: merge.memoryMb, unit: 'MB' },
    { name: `${where}/writing-both`, value: merge.writeMs, unit: 'ms' },
    ...(merge.receiveMs === undefined
      ? []
      : [{ name: `${where}/cpu-receiving`, value: merge.receiveMs, unit: 'ms' }]),
    ...compared,
  ];
}

async function open(): Promise<Replica> {
  const deps = { ...native, store: createHashMapStore(), gate: openGate };
  return unwrap(await openReplica(deps, { space: testSpace }));
}

/** Resolves to the milliseconds of processor time that it took. */
async function receiveAll(replica: Replica, vertices: readonly Vertex[]): Promise<number> {
  const start = process.cpuUsage();
  for (let start = 0; start < vertices.length; start += BATCH) {
    const encodings = vertices.slice(start, start + BATCH).map((vertex) => vertex.bytes);
    const receipt = await replica.receive('bench', encodings);
    if (receipt.refused.length + receipt.parked > 0) throw new Error('the bench made bad vertices');
  }
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1000;
}

function bytesOf(vertices: readonly Vertex[]): number {
  return vertices.reduce((sum, { bytes }) => sum + bytes.length, 0);
}

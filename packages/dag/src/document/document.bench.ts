import {
  applyChanges,
  change,
  clone,
  from,
  getChangesSince,
  getHeads,
  splice,
} from '@automerge/automerge';
import { concatBytes, type Store, uint32ToBytes, unwrap } from '@pars/base';
import type { Benchmark, BenchRow } from '@pars/base/bench';
import { createMemoryStore, createSimulationRandom } from '@pars/base/fakes';
import { createNodeCryptoProvider } from '@pars/platform-node';
import { LoroDoc, type VersionVector } from 'loro-crdt/base64';
import { replayLog } from '../crdt/replay.ts';
import { rga } from '../crdt/rga.ts';
import type { RgaInsert } from '../crdt/rga-format.ts';
import { createHashMapStore } from '../hash-map-store-fixture.ts';
import { makeVertex, openGate, testSpace } from '../history-fixture.ts';
import { openReplica, type Replica } from '../replica/replica.ts';
import { decodeVertex, draftVertex, encodeVertex, type HashDep, type Vertex } from '../vertex.ts';
import { openDocument, type RichDocument } from './document.ts';
import { encodeUpdate } from './document-edit.ts';

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
const CANDIDATES: Readonly<Record<string, () => Promise<Merge>>> = {
  'loro-one-update': async () => await measureLoro(false),
  'loro-update-by-update': async () => await measureLoro(true),
  automerge: async () => await measureAutomerge(),
  'replica-and-rga': async () => await measureRga(),
  'replica-and-rich-document': async () => await measureDocument(),
};

const measured = new Map<string, Promise<Merge>>();

/** Each candidate is measured once, when it or what is compared with it is first asked for. */
async function mergeOf(candidate: string): Promise<Merge> {
  const merge = measured.get(candidate) ?? CANDIDATES[candidate]?.();
  if (merge === undefined) throw new Error(`no candidate ${candidate}`);
  measured.set(candidate, merge);
  return await merge;
}

/** Merging what was written apart, and typing together. */
export const benchmarks: readonly Benchmark[] = [
  ...Object.keys(CANDIDATES).map((candidate) => ({
    name: `dag/text-merge/${candidate}`,
    async run() {
      const merge = await mergeOf(candidate);
      if (merge.length !== BASE_LENGTH + 2 * branchCount) throw new Error('letters were lost');
      const peers = candidate.startsWith('replica')
        ? {
            automerge: await mergeOf('automerge'),
            loro: await mergeOf('loro-update-by-update'),
          }
        : {};
      return rowsOf(candidate, merge, peers);
    },
  })),
  { name: 'dag/co-typing', run: measureCoTyping },
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
  const { root, left, right, writeMs } = await writeBranches((operation) =>
    rga.encodeOperation(operation),
  );
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
  const { root, left, right, writeMs } = await writeBranches(({ at, text }, author) => {
    const place = at === undefined ? undefined : { ...at, edit: 0 };
    const update = encodeUpdate([{ type: 'text-insert', part: 't', at: place, text }]);
    return concatBytes(new Uint8Array(32).fill(author), new Uint8Array(4), update);
  });
  const here = await open();
  await receiveAll(here, [root, ...left]);
  await using document = await openText(here);
  let receiveMs = 0;
  const merge = await measure(writeMs, bytesOf(right), async () => {
    receiveMs = await receiveAll(here, right);
    await document.catchUp();
    return textOf(document).length;
  });
  return { ...merge, receiveMs };
}

/** Two branches of one root, in whatever words. */
async function writeBranches(
  encode: (operation: RgaInsert, author: number) => Uint8Array,
): Promise<{
  readonly root: Vertex;
  readonly left: readonly Vertex[];
  readonly right: readonly Vertex[];
  readonly writeMs: number;
}> {
  const start = performance.now();
  const first: RgaInsert = { type: 'insert', text: BASE_TEXT };
  const root = makeVertex(native, [], encode(first, 9));
  const branches: Vertex[][] = [];
  for (const branch of [0, 1]) {
    const text = rga.create();
    const vertices: Vertex[] = [];
    await text.apply(first, { id: root.id, includes: async () => true });
    let tip = root;
    for (const at of placesOf(branch)) {
      const operation = text.insert(at, LETTERS.charAt(branch));
      // Two branches may write the same after the same: the letter tells their vertices apart.
      tip = makeVertex(native, [tip], encode(operation, branch));
      vertices.push(tip);
      await text.apply(operation, { id: tip.id, includes: async () => true });
    }
    branches.push(vertices);
  }
  const [left = [], right = []] = branches;
  return { root, left, right, writeMs: performance.now() - start };
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

/** Letters that two people type into one text, each hearing of the other's three late. */
const TYPED = 2000;
const LATE = 3;
/** What Loro is asked for in the same way: more would take minutes. */
const TYPED_INTO_LORO = 500;
/** Letters written by one who always answers the first state. */
const ANSWERS = 1000;

async function measureCoTyping(): Promise<readonly BenchRow[]> {
  const random = createSimulationRandom('co-typing');
  const people = [await openPerson(1), await openPerson(2)] as const;
  const root = await type(people[0], 0, BASE_TEXT);
  await people[1].replica.receive('peer', root);
  const waiting: Uint8Array[][] = [[], []];
  const log: Uint8Array[] = [...root];
  const live = await cpuMsOf(async () => {
    for (let step = 0; step < TYPED; step += 1) {
      const [me, other] = [step % 2, 1 - (step % 2)];
      const person = people[me] as Person;
      const heard = waiting[me] as Uint8Array[];
      if (heard.length > LATE) await person.replica.receive('peer', heard.splice(0, 1));
      await person.document.catchUp();
      const at = random.below(person.document.textLength('t'));
      const written = await type(person, at, LETTERS.charAt(me));
      waiting[other]?.push(...written);
      log.push(...written);
    }
  });
  const third = await openPerson(3);
  const catchingUp = await cpuMsOf(async () => {
    await third.replica.receive('peer', log);
    await third.document.catchUp();
  });
  const { id } = unwrap(decodeVertex(native, testSpace, root[0] as Uint8Array));
  const answers = Array.from({ length: ANSWERS }, (_, at) => {
    const place = { id, edit: 0, offset: at % BASE_LENGTH, side: 'before' } as const;
    const update = encodeUpdate([{ type: 'text-insert', part: 't', at: place, text: '!' }]);
    const head = concatBytes(new Uint8Array(32).fill(66), uint32ToBytes(at));
    return makeVertex(native, [{ id, time: 1 } as Vertex], concatBytes(head, update)).bytes;
  });
  const answering = await cpuMsOf(async () => {
    for (const answer of answers) {
      await third.replica.receive('stranger', [answer]);
      await third.document.catchUp();
    }
  });
  if (third.document.textLength('t') !== BASE_LENGTH + TYPED + ANSWERS) {
    throw new Error('letters were lost');
  }
  const where = 'dag/co-typing';
  return [
    promise(`${where}/live/${TYPED}-letters/cpu-a-letter`, live / TYPED),
    promise(`${where}/catching-up/${TYPED}-letters/cpu-a-letter`, catchingUp / TYPED),
    promise(`${where}/answers-to-the-first-state/${ANSWERS}/cpu-a-letter`, answering / ANSWERS),
    {
      name: `${where}/loro/${TYPED_INTO_LORO}-letters/cpu-a-letter`,
      value: (await cpuMsOf(async () => typeIntoLoro())) / TYPED_INTO_LORO,
      unit: 'ms',
    },
  ];
}

interface Person {
  readonly author: Uint8Array;
  readonly replica: Replica;
  readonly document: RichDocument;
}

async function openPerson(number: number): Promise<Person> {
  // The other store goes over all of its keys when it is asked for a range.
  const replica = await open(createMemoryStore());
  return { author: new Uint8Array(32).fill(number), replica, document: await openText(replica) };
}

let payloadNumber = 0;

/** Resolves to the encodings of what was written. */
async function type(
  { author, document }: Person,
  at: number,
  text: string,
): Promise<readonly Uint8Array[]> {
  const draft = await document.draft();
  draft.insertText('t', at, text);
  const written: Uint8Array[] = [];
  const committed = await document.commit(draft, async ({ parents, time }, update) => {
    const payload = concatBytes(author, uint32ToBytes((payloadNumber += 1)), update);
    const vertex = draftVertex(native, testSpace, { parents, time, payload });
    const encoding = encodeVertex(vertex, new Uint8Array(0));
    written.push(encoding);
    return encoding;
  });
  unwrap(committed);
  return written;
}

function typeIntoLoro(): void {
  const random = createSimulationRandom('co-typing');
  const docs = ['1', '2'].map((peer) => {
    const doc = new LoroDoc();
    doc.setPeerId(peer as `${number}`);
    return doc;
  });
  const waiting: Uint8Array[][] = [[], []];
  for (let step = 0; step < TYPED_INTO_LORO; step += 1) {
    const [me, other] = [step % 2, 1 - (step % 2)];
    const doc = docs[me] as LoroDoc;
    const heard = waiting[me] as Uint8Array[];
    if (heard.length > LATE) doc.importBatch(heard.splice(0, 1));
    const before = doc.version();
    const text = doc.getText('t');
    text.insert(random.below(text.length + 1), LETTERS.charAt(me));
    doc.commit();
    waiting[other]?.push(doc.export({ mode: 'update', from: before }));
  }
  for (const doc of docs) doc.free();
}

function promise(name: string, value: number): BenchRow {
  return { name, value, unit: 'ms', target: { of: 'value', atMost: 2 } };
}

async function cpuMsOf(work: () => Promise<void>): Promise<number> {
  const start = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1000;
}

async function openText(replica: Replica): Promise<RichDocument> {
  const opened = await openDocument({
    ...native,
    replica,
    async read({ bytes }) {
      const { payload } = unwrap(decodeVertex(native, testSpace, bytes));
      return { author: payload.slice(0, 32), update: payload.slice(36) };
    },
  });
  return unwrap(opened);
}

function textOf(document: RichDocument): string {
  return (document.value().texts['t'] ?? []).map(({ text }) => text).join('');
}

async function open(store: Store = createHashMapStore()): Promise<Replica> {
  const deps = { ...native, store, gate: openGate };
  return unwrap(await openReplica(deps, { space: testSpace }));
}

/** Resolves to the milliseconds of processor time that it took. */
async function receiveAll(replica: Replica, vertices: readonly Vertex[]): Promise<number> {
  return await cpuMsOf(async () => {
    for (let start = 0; start < vertices.length; start += BATCH) {
      const encodings = vertices.slice(start, start + BATCH).map((vertex) => vertex.bytes);
      const { refused, parked } = await replica.receive('bench', encodings);
      if (refused.length + parked > 0) throw new Error('the bench made bad vertices');
    }
  });
}

function bytesOf(vertices: readonly Vertex[]): number {
  return vertices.reduce((sum, { bytes }) => sum + bytes.length, 0);
}

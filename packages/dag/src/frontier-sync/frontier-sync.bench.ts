import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { concatBytes, type Store, uint32ToBytes } from '@pars/base';
import type { Benchmark, BenchRow } from '@pars/base/bench';
import { createSimulationRandom, type SimulationRandom } from '@pars/base/fakes';
import { createNodeCryptoProvider, createSqliteStore } from '@pars/platform-node';
import { makeVertex } from '../history-fixture.ts';
import type { HashDep, Vertex } from '../vertex.ts';
import { connect, createMember, heldIds, type Member } from './frontier-fixture.ts';

const native: HashDep = { hash: createNodeCryptoProvider().symmetric };
const commonCount = 2000;
const halfCount = 5000;
const payloadBytes = 200;
/** Vertices on each side while links break; 5,000 are what PIP-1003 tells of, and take minutes. */
const interruptedCount = Number(process.env['PARS_FRONTIER_VERTICES'] ?? 1000);

/** The figures in the rationale of PIP-1003: bytes beside the vertices themselves, and what interruptions cost. */
export const benchmarks: readonly Benchmark[] = [
  { name: 'dag/frontier-sync-chains', run: () => measure('two-chains', grow(1), {}) },
  { name: 'dag/frontier-sync-100-heads', run: () => measure('100-heads', grow(100), {}) },
  {
    name: 'dag/frontier-sync-radio',
    run: () => measure('100-heads-256B-messages', grow(100), { messageLength: 256 }),
  },
  {
    name: 'dag/frontier-sync-writers',
    run: () => measure('200-writers', growWriters(200), {}),
  },
  { name: 'dag/frontier-sync-interrupted', run: measureInterrupted },
];

async function measure(
  name: string,
  world: World,
  options: { readonly messageLength?: number },
): Promise<readonly BenchRow[]> {
  return await withHalves(async (createHalves) => {
    return await measureHalves(name, world, options, createHalves);
  });
}

async function measureHalves(
  name: string,
  world: World,
  options: { readonly messageLength?: number },
  createHalves: CreateHalves,
): Promise<readonly BenchRow[]> {
  const sides = await createHalves(world, options);
  const cpu = process.cpuUsage();
  const start = performance.now();
  const report = await connect(sides);
  const wallMs = performance.now() - start;
  const used = process.cpuUsage(cpu);
  await requireEqual(sides, world);
  const overhead = (report.bytes - lengthOf(world.halves.flat())) / (2 * halfCount);
  return [
    {
      name: `dag/frontier-sync/overhead-a-missing-vertex/${name}`,
      value: overhead,
      unit: 'B',
      target: { of: 'value', atMost: 60 },
    },
    { name: `dag/frontier-sync/messages/${name}`, value: report.messages, unit: 'messages' },
    { name: `dag/frontier-sync/wall-both-sides/${name}`, value: wallMs, unit: 'ms' },
    {
      name: `dag/frontier-sync/cpu-both-sides/${name}`,
      value: (used.user + used.system) / 1000,
      unit: 'ms',
    },
  ];
}

async function measureInterrupted(): Promise<readonly BenchRow[]> {
  return await withHalves(measureInterruptedHalves);
}

async function measureInterruptedHalves(createHalves: CreateHalves): Promise<readonly BenchRow[]> {
  const rows: BenchRow[] = [];
  // As far apart as 50 breaks of 5,000 vertices are.
  const few = Math.max(1, Math.round(interruptedCount / 100));
  for (const [name, world, interruptions, options] of [
    ['two-chains', grow(1, interruptedCount), few, {}],
    ['100-heads', grow(100, interruptedCount), few, {}],
    ['200-writers', growWriters(200, interruptedCount), few, {}],
    ['100-heads-256B-messages', grow(100, interruptedCount), 10 * few, { messageLength: 256 }],
  ] as const) {
    const whole = await connect(await createHalves(world, options));
    const sides = await createHalves(world, options);
    const cutAfterBytes = Math.floor(whole.bytes / (interruptions + 5));
    let bytes = 0;
    for (let links = 0; links < interruptions; links += 1) {
      const report = await connect(sides, { cutAfterBytes });
      if (report.isEnded) throw new Error('ended before all interruptions');
      bytes += report.bytes;
    }
    bytes += (await connect(sides)).bytes;
    await requireEqual(sides, world);
    rows.push({
      name: `dag/frontier-sync/bytes-interrupted-${interruptions}-times/${name}`,
      value: bytes,
      unit: 'B',
      peer: { name: 'uninterrupted', value: whole.bytes },
      ratio: bytes / whole.bytes,
      target: { of: 'ratio', atMost: 1.2 },
    });
  }
  return rows;
}

interface World {
  readonly common: readonly Vertex[];
  readonly halves: readonly [readonly Vertex[], readonly Vertex[]];
}

/** What all wrote together, and then each half for itself, with about `width` heads at any time. */
function grow(width: number, count = halfCount): World {
  const random = createSimulationRandom(`frontier bench ${width}`);
  const common = write([], commonCount, width, random);
  return {
    common,
    halves: [write(common, count, width, random), write(common, count, width, random)],
  };
}

/** Writers see each other late: fewer heads than `width`, and somebody writes beside the newest. */
function write(
  before: readonly Vertex[],
  count: number,
  width: number,
  random: SimulationRandom,
): readonly Vertex[] {
  const parentsSeen = new Set(before.flatMap((vertex) => vertex.parents.map((id) => id.toHex())));
  let heads = before.filter((vertex) => !parentsSeen.has(vertex.id.toHex()));
  const written: Vertex[] = [];
  for (let step = 0; step < count; step += 1) {
    const recent = written.at(-1 - random.below(Math.min(width, written.length) || 1));
    const late = heads.length < width && recent !== undefined ? [recent] : undefined;
    const parents = late ?? random.shuffle(heads).slice(0, 1 + random.below(2));
    const payload = concatBytes(uint32ToBytes(step), random.bytes(payloadBytes));
    const vertex = makeVertex(native, parents, payload);
    written.push(vertex);
    heads = [...heads.filter((head) => !parents.includes(head)), vertex];
  }
  return written;
}

/** Each half has writers of its own, who saw the common past and nobody since: as many heads as writers. */
function growWriters(writers: number, count = halfCount): World {
  const random = createSimulationRandom(`frontier bench writers ${writers}`);
  const common = write([], commonCount, writers, random);
  const parentsSeen = new Set(common.flatMap((vertex) => vertex.parents.map((id) => id.toHex())));
  const heads = common.filter((vertex) => !parentsSeen.has(vertex.id.toHex()));
  const writeHalf = () => {
    const written: Vertex[] = [];
    for (let step = 0; step < count; step += 1) {
      const own = written[step - writers];
      const parents = own !== undefined ? [own] : [random.shuffle(heads)[0]];
      const payload = concatBytes(uint32ToBytes(step), random.bytes(payloadBytes));
      written.push(
        makeVertex(
          native,
          parents.filter((parent) => parent !== undefined),
          payload,
        ),
      );
    }
    return written;
  };
  return { common, halves: [writeHalf(), writeHalf()] };
}

type CreateHalves = (
  world: World,
  options: { readonly messageLength?: number },
) => Promise<readonly [Member, Member]>;

/** Both halves over SQLite in files, which are gone afterwards. */
async function withHalves<T>(work: (createHalves: CreateHalves) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'pars-frontier-'));
  const random = createSimulationRandom('frontier bench sides');
  const stores: Store[] = [];
  const create = async (part: readonly Vertex[], options: { readonly messageLength?: number }) => {
    const store = createSqliteStore(join(folder, `${stores.length}.sqlite`));
    stores.push(store);
    const member = await createMember(random, { ...options, store, hash: native });
    const encodings = part.map((vertex) => vertex.bytes);
    await member.replica.receive('own', encodings);
    return member;
  };
  try {
    return await work(async ({ common, halves }, options) => [
      await create([...common, ...halves[0]], options),
      await create([...common, ...halves[1]], options),
    ]);
  } finally {
    for (const store of stores) await store.close();
    await rm(folder, { recursive: true, force: true });
  }
}

async function requireEqual(
  [a, b]: readonly [Member, Member],
  { common, halves }: World,
): Promise<void> {
  const [left, right] = [await heldIds(a.replica), await heldIds(b.replica)];
  if (left.join() !== right.join()) throw new Error('the sides differ');
  if (left.length !== common.length + halves.flat().length) throw new Error('vertices are missing');
}

function lengthOf(vertices: readonly Vertex[]): number {
  return vertices.reduce((sum, vertex) => sum + vertex.bytes.length, 0);
}

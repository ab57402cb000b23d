import { concatBytes, uint32ToBytes, unwrap } from '@pars/base';
import {
  createMemoryStoreDisk,
  type MemoryStoreDisk,
  type SimulationRandom,
} from '@pars/base/fakes';
import {
  decodeVertex,
  draftVertex,
  encodeVertex,
  type HashDep,
  openReplica,
  type SpaceId,
  type Vertex,
  type VertexGate,
} from '@pars/dag';
import { createKernel, type Kernel, sumBytes, traffic } from '../kernel/index.ts';
import { nativeSymmetric } from '../native-symmetric.ts';
import { createReplicaPeer, type ReplicaPeer } from '../peers/replica-peer.ts';
import { defineScenario, type Figure, type Scenario } from '../scenario/scenario.ts';
import { internet } from './links.ts';

const hashDep: HashDep = { hash: nativeSymmetric };
const space = new Uint8Array(32).fill(9) as SpaceId;
const gate: VertexGate = { admit: async () => ({ ok: true, value: undefined }) };
const healMs = 10_000;
const payloadBytes = 200;

/** Two halves of a group that could not hear each other come together again. */
export const partition: Scenario = defineScenario({
  name: 'partition',
  description: 'half and half of a group write apart, and become one again',
  defaults: { nodes: 20, common: 2_000, divergent: 10_000, authors: 10, seconds: 60, crashes: 0 },
  small: { nodes: 6, common: 100, divergent: 400, authors: 3, crashes: 3 },
  least: { nodes: 2, common: 0, divergent: 2, authors: 1, crashes: 0 },
  async run({ seed, parameters }) {
    const { nodes, divergent, seconds, crashes } = parameters;
    const kernel = createKernel({ seed, linkBetween: () => internet });
    const history = createHistory(kernel.random.fork('history'), parameters);
    const disks = await fillDisks(history, nodes);
    const total = history.common.length + divergent;
    const sequences = new Float64Array(nodes);
    const peers: ReplicaPeer[] = [];
    let convergedMs = Number.POSITIVE_INFINITY;
    let bytesAtEnd = 0;
    for (let node = 0; node < nodes; node += 1) {
      kernel.addNode({
        isStarted: false,
        restartMs: 1_000,
        create() {
          const peer = createReplicaPeer({
            ...hashDep,
            disk: disks[node] as MemoryStoreDisk,
            space,
            gate,
            periodMs: 1_000,
            choosePartner: ({ random, self }) => (self + 1 + random.below(nodes - 1)) % nodes,
            messageLength: 16_384,
            windowBytes: 262_144,
            stallMs: 3_000,
            traffic: traffic.payload,
            onAdded({ sequence }) {
              sequences[node] = sequence;
              if (convergedMs < Number.POSITIVE_INFINITY) return;
              if (sequences.some((count) => count < total)) return;
              convergedMs = kernel.nowMs - healMs;
              bytesAtEnd = sumBytes(kernel.counters);
            },
          });
          peers[node] = peer;
          return peer;
        },
      });
    }
    kernel.partition((node) => node % 2);
    for (let node = 0; node < nodes; node += 1) kernel.start(node);
    await kernel.run(healMs);
    const bytesBefore = sumBytes(kernel.counters);
    kernel.heal();
    scheduleCrashes(kernel, disks, crashes);
    const points: [number, number][] = [];
    kernel.every(healMs, 250, () => {
      const held = peers.map(({ replica }) => replica?.sequence ?? 0);
      const share = held.reduce((sum, count) => sum + count, 0) / (total * nodes);
      points.push([(kernel.nowMs - healMs) / 1_000, 100 * share]);
      return convergedMs === Number.POSITIVE_INFINITY;
    });
    await kernel.runUntil(() => convergedMs < Number.POSITIVE_INFINITY, healMs + seconds * 1_000);

    const missing = (nodes * divergent) / 2;
    const lacked = (history.bytesOfHalves * nodes) / 2;
    const frontiers = await Promise.all(
      peers.map(async ({ replica }) =>
        (await replica?.frontier())?.map((id) => id.toHex()).join(' '),
      ),
    );
    const figures: Figure[] = [
      {
        name: 'converged after',
        value: convergedMs / 1_000,
        unit: 's',
        promise: { atMost: 30 },
      },
      {
        name: 'frontiers at the end',
        value: new Set(frontiers).size,
        unit: '',
        promise: { atMost: 1 },
      },
      { name: 'vertices missing at first, all nodes', value: missing, unit: '' },
      {
        name: 'overhead, a missing vertex',
        value:
          convergedMs < Number.POSITIVE_INFINITY
            ? (bytesAtEnd - bytesBefore - lacked) / missing
            : Number.POSITIVE_INFINITY,
        unit: 'B',
        // Fewer vertices do not pay for the greetings.
        ...(divergent >= 5_000 && { promise: { atMost: 60 } }),
      },
      { name: 'bytes a vertex', value: lacked / missing, unit: 'B' },
      { name: 'messages', value: kernel.counters.sent, unit: '' },
      { name: 'crashes in a write', value: kernel.counters.crashes, unit: '' },
    ];
    return {
      figures,
      plot: {
        x: 'seconds since the halves met',
        y: 'vertices held, %',
        series: [{ name: 'all nodes', points }],
      },
      fingerprint: kernel.fingerprint(),
      events: kernel.counters.events,
    };
  },
});

interface History {
  readonly common: readonly Vertex[];
  readonly halves: readonly [readonly Vertex[], readonly Vertex[]];
  readonly bytesOfHalves: number;
}

/** A chain that all know; then the authors of each half write on their own, and take each other in now and then. */
function createHistory(
  random: SimulationRandom,
  sizes: { readonly common: number; readonly divergent: number; readonly authors: number },
): History {
  let count = 0;
  const write = (parents: readonly Vertex[]): Vertex => {
    count += 1;
    const payload = concatBytes(uint32ToBytes(count), random.bytes(payloadBytes - 4));
    const time = 1 + parents.reduce((most, parent) => Math.max(most, parent.time), 0);
    const ids = parents.map(({ id }) => id).toSorted((a, b) => (a.toHex() < b.toHex() ? -1 : 1));
    const draft = draftVertex(hashDep, space, { parents: ids, time, payload });
    const bytes = encodeVertex(draft, new Uint8Array(0));
    return unwrap(decodeVertex(hashDep, space, bytes));
  };
  const common: Vertex[] = [];
  for (let step = 0; step < sizes.common; step += 1) common.push(write(common.slice(-1)));
  const halfOf = (length: number): Vertex[] => {
    const half: Vertex[] = [];
    const { authors } = sizes;
    const last = Array.from({ length: authors }, () => common.at(-1));
    /** How many vertices of each author are in the past of each author's last one. */
    const known = Array.from({ length: authors }, () => new Uint32Array(authors));
    const knows = (who: number, whom: number) => known[who]?.[whom] ?? 0;
    for (let step = 0; step < length; step += 1) {
      const author = random.below(authors);
      const other = random.chance(0.2) ? random.below(authors) : author;
      // Parents have to be concurrent (PIP-1001 §2).
      const isMerge =
        knows(author, other) < knows(other, other) && knows(other, author) < knows(author, author);
      const parents = isMerge ? [last[author], last[other]] : [last[author]];
      const vertex = write(parents.filter((parent) => parent !== undefined));
      const mine = known[author] ?? new Uint32Array(authors);
      if (isMerge)
        for (const whom of mine.keys())
          mine[whom] = Math.max(knows(author, whom), knows(other, whom));
      mine[author] = (mine[author] ?? 0) + 1;
      last[author] = vertex;
      half.push(vertex);
    }
    return half;
  };
  const first = halfOf(Math.floor(sizes.divergent / 2));
  const second = halfOf(sizes.divergent - first.length);
  const bytesOf = (vertices: readonly Vertex[]) =>
    vertices.reduce((sum, { bytes }) => sum + bytes.length, 0);
  return { common, halves: [first, second], bytesOfHalves: bytesOf(first) + bytesOf(second) };
}

/** Every node holds the common history and that of its half. */
async function fillDisks(history: History, nodes: number): Promise<readonly MemoryStoreDisk[]> {
  const templates = await Promise.all(
    history.halves.map(async (half) => {
      const disk = createMemoryStoreDisk();
      const replica = unwrap(
        await openReplica({ store: disk.open(), ...hashDep, gate }, { space }),
      );
      const all = [...history.common, ...half].map(({ bytes }) => bytes);
      for (let start = 0; start < all.length; start += 512) {
        await replica.receive('history', all.slice(start, start + 512));
      }
      if (replica.sequence !== all.length) throw new Error('a vertex of the history was refused');
      return await Array.fromAsync(disk.open().list({}));
    }),
  );
  const disks = Array.from({ length: nodes }, () => createMemoryStoreDisk());
  for (const [node, disk] of disks.entries()) {
    await disk.open().write(templates[node % 2] ?? []);
  }
  return disks;
}

/** Spread over the first seconds after the halves met. */
function scheduleCrashes(kernel: Kernel, disks: readonly MemoryStoreDisk[], crashes: number): void {
  const random = kernel.random.fork('crashes');
  for (let crash = 0; crash < crashes; crash += 1) {
    kernel.at(healMs + random.below(5_000), () => {
      const disk = disks[random.below(disks.length)] as MemoryStoreDisk;
      disk.crashAt(1 + random.below(3), random.chance(0.5) ? 'before' : 'after');
    });
  }
}

import { unwrap } from '@pars/base';
import { createSimulationRandom, type SimulationRandom } from '@pars/base/fakes';
import type { SigningSeed, Suite } from '@pars/crypto';
import {
  createParcel,
  expirySlotFrom,
  type NodeId,
  nodeIdFromKey,
  type ParcelNetwork,
  parcelBodyLengths,
  parcelIds,
} from '@pars/mesh';

/** A link that the plan knows: who dials, and who is dialled. */
export type PlannedLink = readonly [dialler: number, dialled: number];

/** A parcel that a node makes its own at the begin of a phase. */
export interface Post {
  readonly node: number;
  readonly bytes: Uint8Array;
  readonly id: string;
}

/** A stretch of the plan: which links are up, what is published; then everything settles. */
export interface Phase {
  readonly name: string;
  readonly links: readonly PlannedLink[];
  readonly posts: readonly Post[];
}

/** One description of a mesh and what befalls it, for the simulator and for real hosts alike. */
export interface MeshPlan {
  readonly seed: string;
  /** What the wall clock says at the begin. */
  readonly startMs: number;
  readonly nodeSeeds: readonly SigningSeed[];
  readonly nodeIds: readonly NodeId[];
  /** The node that sends noise in place of syncs. It publishes nothing. */
  readonly liar: number;
  readonly phases: readonly Phase[];
}

/** Puzzles that take a millisecond. */
export const planNetwork: ParcelNetwork = { shardBits: 8, puzzleBits: 8, leastLevel: 0 };

const dayMs = 86_400_000;

/**
 * A ring of all nodes with chords, in which one node lies: all together but a
 * lonely one, then in two halves, then the halves joined by one link, then all.
 */
export async function createMeshPlan(
  suite: Suite,
  options: { readonly seed: string; readonly nodes: number; readonly startMs: number },
): Promise<MeshPlan> {
  const { seed, nodes, startMs } = options;
  const random = createSimulationRandom(seed);
  const nodeSeeds = Array.from({ length: nodes }, () => suite.signature.generateSeed());
  const signers = await Promise.all(nodeSeeds.map((one) => suite.signature.signerFromSeed(one)));
  const liar = random.below(nodes);
  const lonely = (liar + 1 + random.below(nodes - 1)) % nodes;
  const links = createLinks(nodes, random);
  const half = (node: number) => (node < nodes / 2 ? 0 : 1);
  const touches = (node: number) => (link: PlannedLink) => link.includes(node);
  const joined = links.filter((link) => !touches(lonely)(link));
  const apart = joined.filter(([one, other]) => half(one) === half(other));
  const bridge = joined.find((link) => !apart.includes(link) && !touches(liar)(link));
  if (bridge === undefined) throw new RangeError('the halves of this seed have no link');

  let posts = 0;
  const post = async (count: number): Promise<readonly Post[]> => {
    const made: Post[] = [];
    while (made.length < count) {
      const node = random.below(nodes);
      if (node === liar) continue;
      posts += 1;
      made.push({ node, ...(await createPost(suite, random, startMs, posts)) });
    }
    return made;
  };
  const phases: Phase[] = [
    { name: 'all but one', links: joined, posts: await post(8) },
    { name: 'in two halves', links: apart, posts: await post(8) },
    { name: 'joined by one link', links: [...apart, bridge], posts: await post(2) },
    { name: 'all', links, posts: await post(4) },
  ];
  const nodeIds = signers.map((signer) => nodeIdFromKey(signer.publicKey.bytes));
  return { seed, startMs, nodeSeeds, nodeIds, liar, phases };
}

/** Both neighbours in the ring, and one chord a node. */
function createLinks(nodes: number, random: SimulationRandom): readonly PlannedLink[] {
  const links = new Map<string, PlannedLink>();
  const add = (one: number, other: number): void => {
    const key = [Math.min(one, other), Math.max(one, other)].join();
    if (one !== other && !links.has(key)) links.set(key, [one, other]);
  };
  for (let node = 0; node < nodes; node += 1) {
    add(node, (node + 1) % nodes);
    add(node, (node + 2) % nodes);
    add(node, random.below(nodes));
  }
  return [...links.values()];
}

/** Every fourth is an emergency, every third is long. */
async function createPost(
  suite: Suite,
  random: SimulationRandom,
  startMs: number,
  number: number,
): Promise<{ readonly bytes: Uint8Array; readonly id: string }> {
  const priority = number % 4 === 0 ? 'emergency' : 'normal';
  const expirySlot = expirySlotFrom(startMs, 2 * dayMs, priority);
  const label = { tag: random.bytes(32), shard: 0, expirySlot, priority } as const;
  const body = random.bytes(parcelBodyLengths[number % 3 === 0 ? 2 : 0] ?? 0);
  const work = { symmetric: suite.symmetric, pause: async () => undefined };
  const { bytes, id } = unwrap(await createParcel(work, planNetwork, label, body));
  return { bytes, id: parcelIds.toText(id) };
}

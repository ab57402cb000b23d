import type { MeshFailureCode } from '../errors.ts';
import type { GossipPeer } from './gossip-effect.ts';

/** Who is to lose its link: the owner of a gossip asks it about every `misbehaved` (PIP-1008 §8). */
export interface NeighbourConduct {
  /** Notes a report. True: close the link now, and refuse that node for {@link refusalMs}. */
  note(peer: GossipPeer, code: MeshFailureCode, nowMs: number): boolean;
  /** The link is down; peers are not used again. */
  forget(peer: GossipPeer): void;
}

/** How long a node that lost its link is refused, in ms. */
export const refusalMs = 3_600_000;

/** Marks that cost the link, and how long one of them lasts. */
const mostMarks = 3;
const markMs = 300_000;

/** A conduct in which nobody has done anything. It holds a few numbers for each neighbour that was reported. */
export function createNeighbourConduct(): NeighbourConduct {
  const byPeer = new Map<GossipPeer, { marks: number; atMs: number }>();
  return {
    note(peer, code, nowMs) {
      const { marks = 0, atMs = nowMs } = byPeer.get(peer) ?? {};
      const left = Math.max(0, marks - Math.max(0, nowMs - atMs) / markMs);
      // Too much is half as bad as wrong: a busy hour makes honest neighbours exceed a bound.
      const now = left + (code === 'mesh/gossip-flood' ? 0.5 : 1);
      byPeer.set(peer, { marks: now, atMs: nowMs });
      return now >= mostMarks - tolerance;
    },
    forget(peer) {
      byPeer.delete(peer);
    },
  };
}

/** What decays between reports of the same burst is not to make a difference. */
const tolerance = 0.5;

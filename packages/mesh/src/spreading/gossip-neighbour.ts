import type { GossipClass } from './gossip-class.ts';
import type { GossipPeer } from './gossip-effect.ts';
import { type Named, nameFrom } from './gossip-short-table.ts';
import type { GossipEntry } from './gossip-window.ts';

/** What is known of a neighbour while its link is up (PIP-1008 §6 to §8). */
export interface Neighbour extends Named {
  readonly peer: GossipPeer;
  /** 0 to 63: its bit in the sets of the window. */
  readonly slot: number;
  /** Under which it wants short ids; `undefined` before its hello. */
  salt: Uint8Array | undefined;
  /** It asked to be pushed to. */
  wantsPushes: boolean;
  /** It was asked to push. */
  isFeeder: boolean;
  /** How useful it is as a feeder, or would be: 0 to `maxScore`. */
  score: number;
  /** Measured: from a pull to its answer. */
  answerMs: number;
  answerVarianceMs: number;
  /** Pulls since its last answer that it left unanswered. */
  failures: number;
  /** Pulls of it that are under way. */
  pulls: number;
  inFlightBytes: number;
  /** By class, the most urgent first. */
  readonly queues: (Uint8Array[] | undefined)[];
  queuedBytes: number;
  /** The class whose turn it is, as an index into `turns`. */
  turn: number;
  /** It was not told something, because its link took nothing. */
  isOwedHaves: boolean;
  /** The large parcel that comes in parts. */
  partial:
    | { readonly bytes: Uint8Array; length: number; readonly gossipClass: GossipClass }
    | undefined;
  /** What it was told of, under its salt, the oldest first; it pulls by these names. */
  readonly toldShorts: number[];
  readonly toldEntries: GossipEntry[];
}

/** The score of a feeder at its beginning and at most; at 0 it is pruned. */
export const feederScore = 4;
/** The highest score. */
export const maxScore = 8;
/** Bytes that wait for a neighbour at most: two of the largest parcels. */
export const maxQueuedBytes: number = 524_288;
/** Which class is served next, again and again: no class waits for ever, whatever floods (PIP-1008 §8). */
export const turns: readonly number[] = [0, 1, 0, 2, 0, 1];

/** A neighbour whose link has come up. `roundTripMs` was measured by the link's handshake. */
export function createNeighbour(peer: GossipPeer, slot: number, roundTripMs: number): Neighbour {
  return {
    ...nameFrom(peer),
    peer,
    slot,
    salt: undefined,
    wantsPushes: false,
    isFeeder: false,
    score: 0,
    answerMs: roundTripMs,
    answerVarianceMs: roundTripMs / 2,
    failures: 0,
    pulls: 0,
    inFlightBytes: 0,
    queues: [],
    queuedBytes: 0,
    turn: 0,
    isOwedHaves: false,
    partial: undefined,
    toldShorts: [],
    toldEntries: [],
  };
}

/** Takes a measured answer time into account, as RFC 6298 §2 does. */
export function noteAnswer(neighbour: Neighbour, tookMs: number): void {
  const { answerMs, answerVarianceMs } = neighbour;
  neighbour.answerVarianceMs = 0.75 * answerVarianceMs + 0.25 * Math.abs(answerMs - tookMs);
  neighbour.answerMs = 0.875 * answerMs + 0.125 * tookMs;
  neighbour.failures = 0;
}

/** How long a pull may stay unanswered, 50 ms to 10 s. */
export function answerTimeoutMs(neighbour: Neighbour): number {
  return Math.min(10_000, Math.max(50, neighbour.answerMs + 1.5 * neighbour.answerVarianceMs + 5));
}

/** The next message that waits, by turns; `undefined` when none does. */
export function takeWaiting(neighbour: Neighbour): Uint8Array | undefined {
  if (neighbour.queuedBytes === 0) return undefined;
  for (let step = 0; step < turns.length; step += 1) {
    const queue = neighbour.queues[turns[neighbour.turn] ?? 0];
    neighbour.turn = (neighbour.turn + 1) % turns.length;
    const message = queue?.shift();
    if (message === undefined) continue;
    neighbour.queuedBytes -= message.length;
    return message;
  }
  return undefined;
}

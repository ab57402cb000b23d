import { ok, type Result, utf8ToBytes } from '@pars/base';
import type { SymmetricPrimitives } from '@pars/crypto';
import { type MeshFailure, meshErr } from '../errors.ts';
import { isCollision } from './collision-puzzle.ts';
import { solveCollisions } from './collision-solver.ts';
import {
  encodeSolution,
  encodeUnpaidHeader,
  type ParcelHeader,
  type Postage,
  type UnpaidHeader,
} from './parcel-header.ts';
import type { ParcelNetwork } from './parcel-network.ts';
import { type ParcelPriority, priorityToNumber } from './parcel-priority.ts';

/** What the work needs: the suite's hash, and a way to let others run in between. */
export interface PostageWork {
  readonly symmetric: SymmetricPrimitives;
  /** Resolves when the thread has served others; called at least once per 1,024 hashes. */
  readonly pause: () => Promise<void>;
  /** Level beyond the network's least one: outlasts others when stores are full. Default 0. */
  readonly extraLevel?: number;
}

const seedLabel = utf8ToBytes('pars/1 parcel postage');
const stampLabel = utf8ToBytes('pars/1 parcel stamp');
/** Doublings of the price by priority: 1, 8 and 64 times (PIP-1002 §5). */
const surchargeByPriority = [0, 3, 6] as const;
/** Doublings of the price by bucket (PIP-1002 §5). */
const surchargeByBucket = [0, 1, 2, 2, 3, 4] as const;

/** Doublings of the price of a parcel over the cheapest one: 0 to 10 (PIP-1002 §5). */
export function postageSurcharge(bucket: number, priority: ParcelPriority): number {
  const byPriority = surchargeByPriority[priorityToNumber(priority)] ?? 0;
  return (surchargeByBucket[bucket] ?? 0) + byPriority;
}

/**
 * The level that a parcel's postage proves, at least `network.leastLevel`;
 * `mesh/underpaid` below it and `mesh/bad-postage` for work that was not done.
 * One hash for most forgeries, 35 at most (PIP-1002 §5). Total.
 */
export function checkPostage(
  symmetric: SymmetricPrimitives,
  network: ParcelNetwork,
  header: ParcelHeader,
): Result<number, MeshFailure> {
  const { nonce, indices } = header.postage;
  const seed = postageSeed(symmetric, network, header);
  const level = levelOf(symmetric, seed, header, header.postage);
  if (level < network.leastLevel) return meshErr('mesh/underpaid');
  const puzzle = { symmetric, seed, nonce, puzzleBits: network.puzzleBits };
  return isCollision(puzzle, indices) ? ok(level) : meshErr('mesh/bad-postage');
}

/** Does the work for a header: about 2^(level + surcharge) / 2 puzzles. Rejects when aborted. */
export async function payPostage(
  work: PostageWork,
  network: ParcelNetwork,
  header: UnpaidHeader,
  signal?: AbortSignal,
): Promise<Postage> {
  const { symmetric, extraLevel = 0 } = work;
  const seed = postageSeed(symmetric, network, header);
  const pause = async () => {
    signal?.throwIfAborted();
    await work.pause();
  };
  for (let nonce = 0; ; nonce += 1) {
    const puzzle = { symmetric, seed, nonce, puzzleBits: network.puzzleBits };
    for (const indices of await solveCollisions(puzzle, pause)) {
      const level = levelOf(symmetric, seed, header, { nonce, indices });
      if (level >= network.leastLevel + extraLevel) return { nonce, indices };
    }
    await pause();
  }
}

/** SHA3-256(label ‖ the header's first 76 bytes): binds the work to everything, the body too. */
function postageSeed(
  symmetric: SymmetricPrimitives,
  network: ParcelNetwork,
  header: UnpaidHeader,
): Uint8Array {
  return symmetric.sha3(seedLabel, encodeUnpaidHeader(network, header));
}

/** Leading zero bits of the stamp less the surcharge; negative when the surcharge is not paid. */
function levelOf(
  symmetric: SymmetricPrimitives,
  seed: Uint8Array,
  header: UnpaidHeader,
  postage: Postage,
): number {
  const stamp = symmetric.sha3(stampLabel, seed, encodeSolution(postage));
  return countLeadingZeroBits(stamp) - postageSurcharge(header.bucket, header.priority);
}

function countLeadingZeroBits(bytes: Uint8Array): number {
  const first = bytes.findIndex((byte) => byte !== 0);
  if (first === -1) return 8 * bytes.length;
  return 8 * first + Math.clz32(bytes[first] ?? 0) - 24;
}

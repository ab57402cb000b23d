import { ok, type Result, uint32ToBytes, utf8ToBytes } from '@pars/base';
import { SUITE_ID, type SymmetricPrimitives } from '@pars/crypto';
import { type MeshFailure, meshErr } from '../errors.ts';
import { isCollision } from './collision-puzzle.ts';
import { solveCollisions } from './collision-solver.ts';
import {
  encodeSolution,
  encodeUnpaidHeader,
  type ParcelHeader,
  type Postage,
  parcelVersion,
  type UnpaidHeader,
} from './parcel-header.ts';
import type { ParcelNetwork } from './parcel-network.ts';
import { type ParcelPriority, priorityToNumber } from './parcel-priority.ts';
import { dayFromSlot } from './parcel-time.ts';
import { isTokenSignature } from './token/token-signature.ts';

/** What the work needs: the suite's hash, and a way to let others run in between. */
export interface PostageWork {
  readonly symmetric: SymmetricPrimitives;
  /** Resolves when the thread has served others; called at least once per 1,024 hashes. */
  readonly pause: () => Promise<void>;
  /** Level beyond the network's least one: outlasts others when stores are full. Default 0. */
  readonly extraLevel?: number;
}

const seedLabel = utf8ToBytes('pars/1 parcel postage');
const tokenLabel = utf8ToBytes('pars/1 parcel token');
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
 * `mesh/underpaid` below it, and `mesh/bad-postage` for work that was not done
 * or a token that does not sign the parcel. Two hashes for most forgeries
 * (PIP-1002 §5, §6). Says nothing about whether a token was spent. Total.
 */
export function checkPostage(
  symmetric: SymmetricPrimitives,
  network: ParcelNetwork,
  header: ParcelHeader,
): Result<number, MeshFailure> {
  const level = checkWork(symmetric, network, header);
  if (!level.ok) return level;
  const proof = checkTokenProof(symmetric, network, header);
  return proof.ok ? level : proof;
}

/** The part of {@link checkPostage} that costs 35 hashes at most: a token's signature is not looked at. */
export function checkWork(
  symmetric: SymmetricPrimitives,
  network: ParcelNetwork,
  header: ParcelHeader,
): Result<number, MeshFailure> {
  const { token } = header.postage;
  const seed =
    token === undefined
      ? parcelSeed(symmetric, network, header)
      : tokenSeed(symmetric, { ...header, day: dayFromSlot(header.expirySlot) }, token.key);
  return checkSolution(symmetric, network, { seed, ...header });
}

/** The rest: `mesh/bad-postage` when a token does not sign the parcel; 4,339 hashes at most (PIP-1002 §6). */
export function checkTokenProof(
  symmetric: SymmetricPrimitives,
  network: ParcelNetwork,
  header: ParcelHeader,
): Result<undefined, MeshFailure> {
  const { token } = header.postage;
  if (token === undefined) return ok(undefined);
  const isSigned = isTokenSignature(symmetric, token, encodeUnpaidHeader(network, header));
  return isSigned ? ok(undefined) : meshErr('mesh/bad-postage', { what: 'token' });
}

/** Work for a seed, and what its price depends on. */
export interface PaidSeed extends PostageClass {
  readonly seed: Uint8Array;
  readonly postage: Postage;
}

/** What the price of postage depends on. */
export interface PostageClass {
  /** 0 to 5. */
  readonly bucket: number;
  readonly priority: ParcelPriority;
}

/** The level of the work, or why it does not count. */
export function checkSolution(
  symmetric: SymmetricPrimitives,
  network: ParcelNetwork,
  paid: PaidSeed,
): Result<number, MeshFailure> {
  const { nonce, indices } = paid.postage;
  const level = levelOf(symmetric, paid.seed, paid, paid.postage);
  if (level < network.leastLevel) return meshErr('mesh/underpaid');
  const puzzle = { symmetric, seed: paid.seed, nonce, puzzleBits: network.puzzleBits };
  return isCollision(puzzle, indices) ? ok(level) : meshErr('mesh/bad-postage');
}

/** Does the work for a header: about 2^(level + surcharge) / 2 puzzles. Rejects when aborted. */
export async function payPostage(
  work: PostageWork,
  network: ParcelNetwork,
  header: UnpaidHeader,
  signal?: AbortSignal,
): Promise<Postage> {
  return paySeed(work, network, parcelSeed(work.symmetric, network, header), header, signal);
}

/** The same for any seed. */
export async function paySeed(
  work: PostageWork,
  network: ParcelNetwork,
  seed: Uint8Array,
  price: PostageClass,
  signal?: AbortSignal,
): Promise<Postage> {
  const { symmetric, extraLevel = 0 } = work;
  const pause = async () => {
    signal?.throwIfAborted();
    await work.pause();
  };
  for (let nonce = 0; ; nonce += 1) {
    const puzzle = { symmetric, seed, nonce, puzzleBits: network.puzzleBits };
    for (const indices of await solveCollisions(puzzle, pause)) {
      const level = levelOf(symmetric, seed, price, { nonce, indices });
      if (level >= network.leastLevel + extraLevel) return { nonce, indices };
    }
    await pause();
  }
}

/** SHA3-256(label ‖ the header's first 76 bytes): binds the work to everything, the body too. */
function parcelSeed(
  symmetric: SymmetricPrimitives,
  network: ParcelNetwork,
  header: UnpaidHeader,
): Uint8Array {
  return symmetric.sha3(seedLabel, encodeUnpaidHeader(network, header));
}

/** SHA3-256(label ‖ what the token is good for ‖ its key): nothing of the parcel that it will pay for (PIP-1002 §6). */
export function tokenSeed(
  symmetric: SymmetricPrimitives,
  use: PostageClass & { readonly day: number; readonly shard: number },
  key: Uint8Array,
): Uint8Array {
  const small = [SUITE_ID, parcelVersion, use.bucket, priorityToNumber(use.priority)];
  const place = [uint32ToBytes(use.day), uint32ToBytes(use.shard)] as const;
  return symmetric.sha3(tokenLabel, Uint8Array.from(small), ...place, key);
}

/** Leading zero bits of the stamp less the surcharge; negative when the surcharge is not paid. */
function levelOf(
  symmetric: SymmetricPrimitives,
  seed: Uint8Array,
  price: PostageClass,
  postage: Postage,
): number {
  const stamp = symmetric.sha3(stampLabel, seed, encodeSolution(postage));
  return countLeadingZeroBits(stamp) - postageSurcharge(price.bucket, price.priority);
}

function countLeadingZeroBits(bytes: Uint8Array): number {
  const first = bytes.findIndex((byte) => byte !== 0);
  if (first === -1) return 8 * bytes.length;
  return 8 * first + Math.clz32(bytes[first] ?? 0) - 24;
}

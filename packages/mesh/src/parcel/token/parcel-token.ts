import {
  concatBytes,
  expose,
  ok,
  type Random,
  type Redacted,
  type Result,
  redact,
  uint32FromBytes,
  uint32ToBytes,
} from '@pars/base';
import { SUITE_ID, type SymmetricPrimitives } from '@pars/crypto';
import { type MeshFailure, meshErr } from '../../errors.ts';
import { type Parcel, parcelFromBytes } from '../parcel.ts';
import {
  decodeIndices,
  encodeIndices,
  encodeParcelHeader,
  encodeUnpaidHeader,
  type ParcelLabel,
  type Postage,
  parcelVersion,
} from '../parcel-header.ts';
import { type ParcelNetwork, requireParcelNetwork, unusedShardMask } from '../parcel-network.ts';
import { type ParcelPriority, parcelPriorities, priorityToNumber } from '../parcel-priority.ts';
import { bucketFromBodyLength, parcelSizes } from '../parcel-size.ts';
import { dayFromSlot } from '../parcel-time.ts';
import { checkSolution, type PostageWork, paySeed, tokenSeed } from '../postage.ts';
import {
  signWithToken,
  tokenKeyOf,
  tokenSaltLength,
  tokenSecretLength,
} from './token-signature.ts';

/** Which parcels a token can pay for. */
export interface TokenUse {
  /** The day that the parcel ends with. */
  readonly day: number;
  /** The recipient's shard of that day. */
  readonly shard: number;
  /** 0 to 5. */
  readonly bucket: number;
  readonly priority: ParcelPriority;
}

/** Postage that a recipient has worked for ahead of time, for one parcel of whoever holds it (PIP-1002 §6). */
export interface ParcelToken extends TokenUse {
  /** 32 bytes: who knows them can spend the token. */
  readonly secret: Redacted<Uint8Array>;
  /** 15 bytes. */
  readonly salt: Uint8Array;
  readonly nonce: number;
  readonly indices: readonly number[];
}

/** Bytes of an encoded token. */
export const parcelTokenLength = 159;

/**
 * Makes a token and does its work: as much as a parcel of this size and
 * priority costs. For a recipient that has time now, and will be written to by
 * somebody who has not. Rejects with the signal's reason when aborted.
 */
export async function issueToken(
  work: PostageWork & { readonly random: Random },
  network: ParcelNetwork,
  use: TokenUse,
  signal?: AbortSignal,
): Promise<ParcelToken> {
  requireParcelNetwork(network);
  const secret = work.random.bytes(tokenSecretLength);
  const salt = work.random.bytes(tokenSaltLength);
  const seed = tokenSeed(work.symmetric, use, tokenKeyOf(work.symmetric, secret, salt));
  const { nonce, indices } = await paySeed(work, network, seed, use, signal);
  const { day, shard, bucket, priority } = use;
  return { day, shard, bucket, priority, secret: redact(secret), salt, nonce, indices };
}

/** The level that a token's work proves; the failures of `checkPostage`. For whoever is given one. */
export function checkToken(
  symmetric: SymmetricPrimitives,
  network: ParcelNetwork,
  token: ParcelToken,
): Result<number, MeshFailure> {
  const seed = tokenSeed(symmetric, token, tokenKeyOf(symmetric, expose(token.secret), token.salt));
  return checkSolution(symmetric, network, { ...token, seed, postage: token });
}

/**
 * Makes a parcel that the token pays for: no work, about 9,000 hashes. A token
 * must be used once; a second parcel is refused wherever the first was, and
 * lets others sign. Fails with `mesh/bad-length` when the body fills no
 * bucket, and `mesh/token-mismatch` when the token is for another day, shard,
 * size or priority.
 */
export function createTokenParcel(
  symmetric: SymmetricPrimitives,
  network: ParcelNetwork,
  token: ParcelToken,
  label: ParcelLabel,
  body: Uint8Array,
): Result<Parcel, MeshFailure> {
  requireParcelNetwork(network);
  const bucket = bucketFromBodyLength(body.length);
  if (bucket === undefined) return meshErr('mesh/bad-length', { what: 'body' });
  const isMeant =
    token.bucket === bucket &&
    token.priority === label.priority &&
    token.shard === label.shard &&
    token.day === dayFromSlot(label.expirySlot);
  if (!isMeant) return meshErr('mesh/token-mismatch');
  const unpaid = { ...label, bucket, bodyHash: symmetric.sha3(body) };
  const { salt, nonce, indices } = token;
  const secret = expose(token.secret);
  const key = tokenKeyOf(symmetric, secret, salt);
  const message = encodeUnpaidHeader(network, unpaid);
  const signature = signWithToken(symmetric, secret, salt, message);
  const postage: Postage = { nonce, indices, token: { key, salt, signature } };
  const bytes = concatBytes(encodeParcelHeader(network, { ...unpaid, postage }), body);
  return parcelFromBytes(symmetric, network, bytes);
}

/** The 159 bytes of a token, for the encrypted message that gives it away. They are secret. */
export function encodeToken(token: ParcelToken): Uint8Array {
  const small = [SUITE_ID, parcelVersion, token.bucket, priorityToNumber(token.priority)];
  return concatBytes(
    Uint8Array.from(small),
    uint32ToBytes(token.day),
    uint32ToBytes(token.shard),
    expose(token.secret),
    token.salt,
    uint32ToBytes(token.nonce),
    encodeIndices(token.indices, 3),
  );
}

/**
 * Reads a token: `mesh/bad-length`, `mesh/unknown-suite`,
 * `mesh/unknown-version` or `mesh/bad-token`. Total; its work is judged by
 * {@link checkToken}.
 */
export function decodeToken(
  network: ParcelNetwork,
  bytes: Uint8Array,
): Result<ParcelToken, MeshFailure> {
  if (bytes.length !== parcelTokenLength) return meshErr('mesh/bad-length', { what: 'token' });
  if (bytes[0] !== SUITE_ID) return meshErr('mesh/unknown-suite');
  if (bytes[1] !== parcelVersion) return meshErr('mesh/unknown-version');
  const bucket = bytes[2] ?? parcelSizes.length;
  const priority = parcelPriorities[bytes[3] ?? parcelPriorities.length];
  const shard = uint32FromBytes(bytes, 8);
  const isShard = (shard & unusedShardMask(network.shardBits)) === 0;
  if (bucket >= parcelSizes.length || priority === undefined || !isShard) {
    return meshErr('mesh/bad-token');
  }
  return ok({
    ...{ bucket, priority, shard, day: uint32FromBytes(bytes, 4) },
    secret: redact(bytes.slice(12, 44)),
    salt: bytes.slice(44, 59),
    nonce: uint32FromBytes(bytes, 59),
    indices: decodeIndices(bytes.subarray(63), 3),
  });
}

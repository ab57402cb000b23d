import { concatBytes, ok, type Result, uint32FromBytes, uint32ToBytes } from '@pars/base';
import type { SymmetricPrimitives } from '@pars/crypto';
import { type MeshFailure, meshErr } from '../../errors.ts';
import { solutionLength } from '../../parcel/collision-puzzle.ts';
import { type Parcel, parcelFromBytes } from '../../parcel/parcel.ts';
import { encodeParcelHeader, type Postage } from '../../parcel/parcel-header.ts';
import { type ParcelNetwork, unusedShardMask } from '../../parcel/parcel-network.ts';
import { parcelPriorities, priorityToNumber } from '../../parcel/parcel-priority.ts';
import { parcelBodyLengths } from '../../parcel/parcel-size.ts';

/** Token key, salt and signature. */
const tokenLength = 32 + 15 + 288;

/**
 * A parcel without what its reader can compute or knows (PIP-1007 §7): body
 * hash, filling, unused bits of shard and numbers. 621 bytes for a parcel of
 * 1 KiB in the first network, 956 when a token pays.
 */
export function compactFromParcel(network: ParcelNetwork, parcel: Parcel): Uint8Array {
  const { bucket, priority, expirySlot, shard, tag, postage } = parcel.header;
  const { token } = postage;
  const first = (bucket << 5) | (priorityToNumber(priority) << 3) | (token === undefined ? 0 : 4);
  return concatBytes(
    Uint8Array.of(first),
    uint32ToBytes(expirySlot),
    uint32ToBytes(shard).subarray(0, shardLength(network)),
    tag,
    uint32ToBytes(postage.nonce),
    packNumbers(postage.indices, network.puzzleBits + 1),
    ...(token === undefined ? [] : [token.key, token.salt, token.signature]),
    parcel.body,
  );
}

/**
 * The parcel of which these bytes are the compact form, every byte of it;
 * `mesh/bad-parcel` when they are none. Total. Its postage and lifetime are
 * judged where it is stored.
 */
export function parcelFromCompact(
  symmetric: SymmetricPrimitives,
  network: ParcelNetwork,
  bytes: Uint8Array,
): Result<Parcel, MeshFailure> {
  const [first = 0xff] = bytes;
  const bucket = first >>> 5;
  const priority = parcelPriorities[(first >>> 3) & 3];
  const bodyLength = parcelBodyLengths[bucket];
  const hasToken = (first & 4) !== 0;
  const headLength = compactHeadLength(network) + (hasToken ? tokenLength : 0);
  const isForm = bodyLength !== undefined && priority !== undefined && (first & 3) === 0;
  if (!isForm || bytes.length !== headLength + bodyLength) return bad();
  const take = createTaker(bytes.subarray(1));
  const expirySlot = uint32FromBytes(take(4));
  const shard = uint32FromBytes(
    concatBytes(take(shardLength(network)), new Uint8Array(4)).subarray(0, 4),
  );
  if ((shard & unusedShardMask(network.shardBits)) !== 0) return bad();
  const tag = take(32);
  const nonce = uint32FromBytes(take(4));
  const indices = unpackNumbers(take(packedLength(network)), network.puzzleBits + 1);
  const postage: Postage = hasToken
    ? { nonce, indices, token: { key: take(32), salt: take(15), signature: take(288) } }
    : { nonce, indices };
  const body = take(bodyLength);
  const unpaid = { bucket, priority, expirySlot, shard, tag, bodyHash: symmetric.sha3(body) };
  const header = encodeParcelHeader(network, { ...unpaid, postage });
  return parcelFromBytes(symmetric, network, concatBytes(header, body));
}

/** Whether a compact form of these many bytes may exist in the network. */
export function isCompactLength(network: ParcelNetwork, length: number): boolean {
  const head = compactHeadLength(network);
  return parcelBodyLengths.some(
    (body) => length === head + body || length === head + tokenLength + body,
  );
}

/** The compact form of a parcel's bytes; the failures of `parcelFromBytes`. */
export function compactOf(
  symmetric: SymmetricPrimitives,
  network: ParcelNetwork,
  parcel: Uint8Array,
): Result<Uint8Array, MeshFailure> {
  const read = parcelFromBytes(symmetric, network, parcel);
  return read.ok ? ok(compactFromParcel(network, read.value)) : read;
}

function compactHeadLength(network: ParcelNetwork): number {
  return 1 + 4 + shardLength(network) + 32 + 4 + packedLength(network);
}

function shardLength({ shardBits }: ParcelNetwork): number {
  return Math.ceil(shardBits / 8);
}

/** 32 numbers of c + 1 bits each fill whole bytes. */
function packedLength({ puzzleBits }: ParcelNetwork): number {
  return (solutionLength * (puzzleBits + 1)) / 8;
}

function packNumbers(numbers: readonly number[], width: number): Uint8Array {
  const bytes = new Uint8Array((numbers.length * width) / 8);
  for (const [place, number] of numbers.entries()) {
    for (let bit = 0; bit < width; bit += 1) {
      if (((number >>> (width - 1 - bit)) & 1) === 0) continue;
      const at = place * width + bit;
      bytes[at >>> 3] = (bytes[at >>> 3] ?? 0) | (0x80 >>> (at & 7));
    }
  }
  return bytes;
}

function unpackNumbers(bytes: Uint8Array, width: number): readonly number[] {
  return Array.from({ length: solutionLength }, (_, place) => {
    let number = 0;
    for (let at = place * width; at < (place + 1) * width; at += 1) {
      number = 2 * number + (((bytes[at >>> 3] ?? 0) >>> (7 - (at & 7))) & 1);
    }
    return number;
  });
}

function createTaker(bytes: Uint8Array): (length: number) => Uint8Array {
  let at = 0;
  return (length) => {
    at += length;
    return bytes.slice(at - length, at);
  };
}

function bad(): Result<never, MeshFailure> {
  return meshErr('mesh/bad-parcel', { what: 'compact' });
}

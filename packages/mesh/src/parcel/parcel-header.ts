import { concatBytes, ok, ParsError, type Result, uint32ToBytes } from '@pars/base';
import { SUITE_ID } from '@pars/crypto';
import { type MeshFailure, meshErr } from '../errors.ts';
import { solutionLength } from './collision-puzzle.ts';
import { type ParcelNetwork, unusedShardMask } from './parcel-network.ts';
import { type ParcelPriority, parcelPriorities, priorityToNumber } from './parcel-priority.ts';
import { parcelHeaderLength, parcelSizes } from './parcel-size.ts';

/** Version of the parcel format: the second byte (PIP-1002 §2). */
export const parcelVersion = 1;
/** Bytes of a tag. */
export const tagLength = 32;

/** What the layer above decides about a parcel; everything in it is visible to carriers. */
export interface ParcelLabel {
  /** 32 bytes that only the two ends can compute, used once. */
  readonly tag: Uint8Array;
  /** The recipient's shard of the expiry day: its `shardBits` bits are the highest of 32; the rest is zero. */
  readonly shard: number;
  /** The 5-minute slot at whose beginning the parcel ends: see `expirySlotFrom`. */
  readonly expirySlot: number;
  readonly priority: ParcelPriority;
}

/** A header before its postage is paid. */
export interface UnpaidHeader extends ParcelLabel {
  /** 0 to 5. */
  readonly bucket: number;
  /** SHA3-256 of the body. */
  readonly bodyHash: Uint8Array;
}

/** Work, done for one parcel or ahead of time for a token (PIP-1002 §4, §6). */
export interface Postage {
  /** 0 to 2^32 - 1. */
  readonly nonce: number;
  /** 32 different numbers below 2^(puzzleBits + 1). */
  readonly indices: readonly number[];
  /** With it, the work was done for this token, and the token signs the parcel. */
  readonly token?: TokenProof;
}

/** What a parcel shows of the token that paid for it (PIP-1002 §6). */
export interface TokenProof {
  /** 32 bytes, another one for every token. */
  readonly key: Uint8Array;
  /** 15 bytes. */
  readonly salt: Uint8Array;
  /** 288 bytes over the header's first 76. */
  readonly signature: Uint8Array;
}

/** Everything that a carrier sees of a parcel besides its body. */
export interface ParcelHeader extends UnpaidHeader {
  readonly postage: Postage;
}

const offsets = {
  ...{ expiry: 4, shard: 8, tag: 12, bodyHash: 44, postage: 76 },
  ...{ nonce: 77, indices: 81, filling: 209 },
  ...{ tokenKey: 177, tokenSalt: 209, tokenSignature: 224 },
} as const;
const postageKind = { work: 1, token: 2 } as const;

/** The first 76 bytes, which the postage is bound to (PIP-1002 §4). */
export function encodeUnpaidHeader(network: ParcelNetwork, header: UnpaidHeader): Uint8Array {
  requireLabel(network, header);
  const bytes = new Uint8Array(offsets.postage);
  bytes.set([SUITE_ID, parcelVersion, header.bucket, priorityToNumber(header.priority)]);
  const view = new DataView(bytes.buffer);
  view.setUint32(offsets.expiry, header.expirySlot);
  view.setUint32(offsets.shard, header.shard);
  bytes.set(header.tag, offsets.tag);
  bytes.set(header.bodyHash, offsets.bodyHash);
  return bytes;
}

/** The 512 bytes of a header (PIP-1002 §2). Throws `mesh/argument` for values out of range. */
export function encodeParcelHeader(network: ParcelNetwork, header: ParcelHeader): Uint8Array {
  const bytes = new Uint8Array(parcelHeaderLength);
  bytes.set(encodeUnpaidHeader(network, header));
  const { nonce, indices, token } = header.postage;
  bytes[offsets.postage] = token === undefined ? postageKind.work : postageKind.token;
  new DataView(bytes.buffer).setUint32(offsets.nonce, nonce);
  bytes.set(encodeIndices(indices, token === undefined ? 4 : 3), offsets.indices);
  if (token !== undefined) {
    bytes.set(token.key, offsets.tokenKey);
    bytes.set(token.salt, offsets.tokenSalt);
    bytes.set(token.signature, offsets.tokenSignature);
  }
  return bytes;
}

/** nonce ‖ indices, each in 4 bytes: 132 bytes (PIP-1002 §4). */
export function encodeSolution(postage: Postage): Uint8Array {
  return concatBytes(uint32ToBytes(postage.nonce), encodeIndices(postage.indices, 4));
}

/** Numbers in `width` bytes each, 3 or 4; throws `mesh/argument` for one that does not fit. */
export function encodeIndices(indices: readonly number[], width: 3 | 4): Uint8Array {
  const bytes = new Uint8Array(width * solutionLength);
  for (const [place, index] of indices.entries()) {
    if (index >= 2 ** (8 * width)) throw new ParsError('mesh/argument', { what: 'indices' });
    bytes.set(uint32ToBytes(index).subarray(4 - width), width * place);
  }
  return bytes;
}

/** 32 numbers of `width` bytes each. */
export function decodeIndices(bytes: Uint8Array, width: 3 | 4): readonly number[] {
  return Array.from({ length: solutionLength }, (_, place) =>
    bytes.subarray(width * place, width * (place + 1)).reduce((sum, byte) => 256 * sum + byte, 0),
  );
}

/** Reads a header of exactly 512 bytes; the failures of `parcelFromBytes`. Total. */
export function decodeParcelHeader(
  network: ParcelNetwork,
  bytes: Uint8Array,
): Result<ParcelHeader, MeshFailure> {
  if (bytes.length !== parcelHeaderLength) return meshErr('mesh/bad-length', { what: 'header' });
  if (bytes[0] !== SUITE_ID) return meshErr('mesh/unknown-suite');
  if (bytes[1] !== parcelVersion) return meshErr('mesh/unknown-version');
  const bucket = bytes[2] ?? parcelSizes.length;
  if (bucket >= parcelSizes.length) return meshErr('mesh/bad-parcel', { what: 'bucket' });
  const priority = parcelPriorities[bytes[3] ?? parcelPriorities.length];
  if (priority === undefined) return meshErr('mesh/bad-parcel', { what: 'priority' });
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const shard = view.getUint32(offsets.shard);
  if ((shard & unusedShardMask(network.shardBits)) !== 0) {
    return meshErr('mesh/bad-parcel', { what: 'shard' });
  }
  const postage = decodePostage(bytes, view.getUint32(offsets.nonce));
  if (!postage.ok) return postage;
  return ok({
    bucket,
    priority,
    expirySlot: view.getUint32(offsets.expiry),
    shard,
    tag: bytes.slice(offsets.tag, offsets.bodyHash),
    bodyHash: bytes.slice(offsets.bodyHash, offsets.postage),
    postage: postage.value,
  });
}

function decodePostage(bytes: Uint8Array, nonce: number): Result<Postage, MeshFailure> {
  const kind = bytes[offsets.postage];
  if (kind === postageKind.token) {
    const indices = decodeIndices(bytes.subarray(offsets.indices), 3);
    const key = bytes.slice(offsets.tokenKey, offsets.tokenSalt);
    const salt = bytes.slice(offsets.tokenSalt, offsets.tokenSignature);
    return ok({
      nonce,
      indices,
      token: { key, salt, signature: bytes.slice(offsets.tokenSignature) },
    });
  }
  if (kind !== postageKind.work) return meshErr('mesh/bad-parcel', { what: 'postage' });
  if (bytes.subarray(offsets.filling).some((byte) => byte !== 0)) {
    return meshErr('mesh/bad-parcel', { what: 'filling' });
  }
  return ok({ nonce, indices: decodeIndices(bytes.subarray(offsets.indices), 4) });
}

function requireLabel(network: ParcelNetwork, header: UnpaidHeader): void {
  const isShard =
    isUint32(header.shard) && (header.shard & unusedShardMask(network.shardBits)) === 0;
  if (!isShard) throw new ParsError('mesh/argument', { what: 'shard' });
  if (!isUint32(header.expirySlot)) throw new ParsError('mesh/argument', { what: 'expirySlot' });
  if (header.tag.length !== tagLength) throw new ParsError('mesh/argument', { what: 'tag' });
}

function isUint32(value: number): boolean {
  return Number.isInteger(value) && value >= 0 && value <= 0xffff_ffff;
}

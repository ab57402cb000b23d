import { ok, ParsError, type Result } from '@pars/base';
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

/** Proof of work (PIP-1002 §4). */
export interface Postage {
  /** 0 to 2^32 - 1. */
  readonly nonce: number;
  /** 32 different numbers below 2^(puzzleBits + 1). */
  readonly indices: readonly number[];
}

/** Everything that a carrier sees of a parcel besides its body. */
export interface ParcelHeader extends UnpaidHeader {
  readonly postage: Postage;
}

const offsets = { expiry: 4, shard: 8, tag: 12, bodyHash: 44, postage: 76, filling: 209 } as const;
const workPostage = 1;

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
  bytes[offsets.postage] = workPostage;
  bytes.set(encodeSolution(header.postage), offsets.postage + 1);
  return bytes;
}

/** nonce ‖ indices, each in 4 bytes: 132 bytes (PIP-1002 §4). */
export function encodeSolution(postage: Postage): Uint8Array {
  const bytes = new Uint8Array(4 + 4 * solutionLength);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, postage.nonce);
  postage.indices.forEach((index, place) => view.setUint32(4 + 4 * place, index));
  return bytes;
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
  if (bytes[offsets.postage] !== workPostage)
    return meshErr('mesh/bad-parcel', { what: 'postage' });
  if (bytes.subarray(offsets.filling).some((byte) => byte !== 0)) {
    return meshErr('mesh/bad-parcel', { what: 'filling' });
  }
  const indices: number[] = [];
  for (let place = 0; place < solutionLength; place += 1) {
    indices.push(view.getUint32(offsets.postage + 5 + 4 * place));
  }
  return ok({
    bucket,
    priority,
    expirySlot: view.getUint32(offsets.expiry),
    shard,
    tag: bytes.slice(offsets.tag, offsets.bodyHash),
    bodyHash: bytes.slice(offsets.bodyHash, offsets.postage),
    postage: { nonce: view.getUint32(offsets.postage + 1), indices },
  });
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

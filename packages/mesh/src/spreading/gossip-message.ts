import { ok, type Result } from '@pars/base';
import { SUITE_ID } from '@pars/crypto';
import { type MeshFailure, meshErr } from '../errors.ts';
import { bucketFromParcelLength, parcelSizes } from '../parcel/index.ts';
import { saltLength } from '../reconciliation/short-id.ts';
import { type GossipClass, gossipClassFromNumber, gossipClassToNumber } from './gossip-class.ts';
import { gossipShortLength } from './gossip-short-id.ts';

/** Version of gossip, in `hello` (PIP-1008 §2). */
export const gossipVersion = 1;
/** The longest message in bytes: a parcel of 16 KiB and its type. */
export const maxGossipMessage = 16_385;
/** Bytes of a parcel in one `part`, but for the last one of a parcel they are all of this length. */
export const partLength = 16_128;
/** The largest parcel that is sent whole: bucket 3. Larger ones are never pushed, and cross in parts. */
export const maxWholeLength = 16_384;
/** Short ids of a `have` at most. */
export const maxHaves = 512;
/** Short ids of a `pull` or a `gone` at most. */
export const maxPulls = 32;

/** Everything that crosses between two neighbours (PIP-1008 §2). */
export type GossipMessage =
  /** The first message of each side: under which salt it wants short ids. */
  | { readonly type: 'hello'; readonly salt: Uint8Array }
  | { readonly type: 'parcel'; readonly gossipClass: GossipClass; readonly parcel: Uint8Array }
  | {
      readonly type: 'part';
      readonly gossipClass: GossipClass;
      readonly bucket: number;
      readonly offset: number;
      readonly bytes: Uint8Array;
    }
  | { readonly type: 'have'; readonly gossipClass: GossipClass; readonly shorts: readonly number[] }
  | { readonly type: 'pull'; readonly shorts: readonly number[] }
  | { readonly type: 'gone'; readonly shorts: readonly number[] }
  /** Push to me. */
  | { readonly type: 'graft' }
  /** Do not push to me. */
  | { readonly type: 'prune' };

const kinds = {
  hello: 0,
  parcel: 1,
  part: 2,
  have: 3,
  pull: 4,
  gone: 5,
  graft: 6,
  prune: 7,
} as const;
const partHeaderLength = 6;

/** The bytes of a message: kind in the upper, class in the lower four bits of the first one. */
export function encodeGossipMessage(message: GossipMessage): Uint8Array {
  switch (message.type) {
    case 'hello': {
      const bytes = new Uint8Array(3 + saltLength);
      bytes.set([first(kinds.hello), SUITE_ID, gossipVersion]);
      bytes.set(message.salt, 3);
      return bytes;
    }
    case 'parcel': {
      const bytes = new Uint8Array(1 + message.parcel.length);
      bytes[0] = first(kinds.parcel, message.gossipClass);
      bytes.set(message.parcel, 1);
      return bytes;
    }
    case 'part': {
      const bytes = new Uint8Array(partHeaderLength + message.bytes.length);
      bytes[0] = first(kinds.part, message.gossipClass);
      bytes[1] = message.bucket;
      new DataView(bytes.buffer).setUint32(2, message.offset);
      bytes.set(message.bytes, partHeaderLength);
      return bytes;
    }
    case 'have':
      return withShorts(first(kinds.have, message.gossipClass), message.shorts);
    case 'pull':
    case 'gone':
      return withShorts(first(kinds[message.type]), message.shorts);
    case 'graft':
    case 'prune':
      return Uint8Array.of(first(kinds[message.type]));
  }
}

/**
 * Reads a message: `mesh/bad-gossip-message`, and for `hello`
 * `mesh/unknown-suite` and `mesh/unknown-version`. Total; there is one encoding
 * of every message. Parcels and parts are views of `bytes`.
 */
export function decodeGossipMessage(bytes: Uint8Array): Result<GossipMessage, MeshFailure> {
  const { length } = bytes;
  const start = bytes[0];
  if (start === undefined || length > maxGossipMessage) return bad('length');
  const kind = start >>> 4;
  const classNumber = start & 15;
  const gossipClass = gossipClassFromNumber(classNumber);
  const hasClass = kind === kinds.parcel || kind === kinds.part || kind === kinds.have;
  if (hasClass ? gossipClass === undefined : classNumber !== 0) return bad('class');
  if (gossipClass !== undefined) {
    if (kind === kinds.have) return shortsFrom(bytes, 'have', maxHaves, gossipClass);
    if (kind === kinds.part) return partFrom(bytes, gossipClass);
    const bucket = bucketFromParcelLength(length - 1);
    if (bucket === undefined || length - 1 > maxWholeLength) return bad('parcel');
    return ok({ type: 'parcel', gossipClass, parcel: bytes.subarray(1) });
  }
  switch (kind) {
    case kinds.hello:
      if (length < 3) return bad('hello');
      if (bytes[1] !== SUITE_ID) return meshErr('mesh/unknown-suite');
      if (bytes[2] !== gossipVersion) return meshErr('mesh/unknown-version');
      return length === 3 + saltLength ? ok({ type: 'hello', salt: bytes.slice(3) }) : bad('hello');
    case kinds.pull:
      return shortsFrom(bytes, 'pull', maxPulls);
    case kinds.gone:
      return shortsFrom(bytes, 'gone', maxPulls);
    case kinds.graft:
      return length === 1 ? ok({ type: 'graft' }) : bad('graft');
    case kinds.prune:
      return length === 1 ? ok({ type: 'prune' }) : bad('prune');
    default:
      return bad('kind');
  }
}

function partFrom(bytes: Uint8Array, gossipClass: GossipClass): Result<GossipMessage, MeshFailure> {
  const bucket = bytes[1] ?? parcelSizes.length;
  const size = parcelSizes[bucket] ?? 0;
  if (bytes.length <= partHeaderLength || size <= maxWholeLength) return bad('part');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const offset = view.getUint32(2);
  const rest = Math.min(partLength, size - offset);
  if (offset % partLength !== 0 || bytes.length - partHeaderLength !== rest) return bad('part');
  return ok({ type: 'part', gossipClass, bucket, offset, bytes: bytes.subarray(partHeaderLength) });
}

function shortsFrom(
  bytes: Uint8Array,
  type: 'have' | 'pull' | 'gone',
  most: number,
  gossipClass?: GossipClass,
): Result<GossipMessage, MeshFailure> {
  const count = (bytes.length - 1) / gossipShortLength;
  if (!Number.isInteger(count) || count < 1 || count > most) return bad(type);
  const shorts: number[] = [];
  for (let at = 1; at < bytes.length; at += gossipShortLength) {
    let short = 0;
    for (let place = 0; place < gossipShortLength; place += 1) {
      short = short * 256 + (bytes[at + place] ?? 0);
    }
    shorts.push(short);
  }
  if (type !== 'have') return ok({ type, shorts });
  return gossipClass === undefined ? bad('class') : ok({ type, gossipClass, shorts });
}

function withShorts(start: number, shorts: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(1 + gossipShortLength * shorts.length);
  bytes[0] = start;
  let at = 1;
  for (const short of shorts) {
    let rest = short;
    for (let place = gossipShortLength - 1; place >= 0; place -= 1) {
      bytes[at + place] = rest % 256;
      rest = Math.floor(rest / 256);
    }
    at += gossipShortLength;
  }
  return bytes;
}

function first(kind: number, gossipClass?: GossipClass): number {
  return 16 * kind + (gossipClass === undefined ? 0 : gossipClassToNumber(gossipClass));
}

function bad(what: string): Result<never, MeshFailure> {
  return meshErr('mesh/bad-gossip-message', { what });
}

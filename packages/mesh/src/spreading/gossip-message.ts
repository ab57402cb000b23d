import { ok, type Result } from '@pars/base';
import { SUITE_ID } from '@pars/crypto';
import type { MeshFailure } from '../errors.ts';
import { bucketFromParcelLength, parcelSizes } from '../parcel/index.ts';
import { saltLength } from '../reconciliation/short-id.ts';
import { type GossipClass, gossipClasses, gossipClassToNumber } from './gossip-class.ts';
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

/** The number of a message's type on the wire. */
export const gossipKinds = {
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
      bytes.set([first(gossipKinds.hello), SUITE_ID, gossipVersion]);
      bytes.set(message.salt, 3);
      return bytes;
    }
    case 'parcel': {
      const bytes = new Uint8Array(1 + message.parcel.length);
      bytes[0] = first(gossipKinds.parcel, message.gossipClass);
      bytes.set(message.parcel, 1);
      return bytes;
    }
    case 'part': {
      const bytes = new Uint8Array(partHeaderLength + message.bytes.length);
      bytes[0] = first(gossipKinds.part, message.gossipClass);
      bytes[1] = message.bucket;
      new DataView(bytes.buffer).setUint32(2, message.offset);
      bytes.set(message.bytes, partHeaderLength);
      return bytes;
    }
    case 'have':
      return withShorts(first(gossipKinds.have, message.gossipClass), message.shorts);
    case 'pull':
    case 'gone':
      return withShorts(first(gossipKinds[message.type]), message.shorts);
    case 'graft':
    case 'prune':
      return Uint8Array.of(first(gossipKinds[message.type]));
  }
}

/** The number of the type of a message that is sound; see {@link gossipKinds}. */
export function kindOf(message: Uint8Array): number {
  return (message[0] as number) >>> 4;
}

/** The class of a sound message whose kind has one. */
export function classOf(message: Uint8Array): GossipClass {
  return gossipClasses[((message[0] as number) & 15) - 1] ?? 'emergency';
}

/** How many short ids a sound `have`, `pull` or `gone` names. */
export function shortCountOf(message: Uint8Array): number {
  return (message.length - 1) / gossipShortLength;
}

/** One of them. */
export function shortAt(message: Uint8Array, index: number): number {
  const at = 1 + gossipShortLength * index;
  const high = ((message[at] as number) << 8) | (message[at + 1] as number);
  const low =
    ((message[at + 2] as number) << 24) |
    ((message[at + 3] as number) << 16) |
    ((message[at + 4] as number) << 8) |
    (message[at + 5] as number);
  return high * 2 ** 32 + (low >>> 0);
}

/**
 * What is wrong with a message: `mesh/bad-gossip-message`, and for `hello`
 * `mesh/unknown-suite` and `mesh/unknown-version`. Total; there is one encoding
 * of every message. A sound one is read in place: most are, a million times an hour.
 */
export function gossipMessageFault(message: Uint8Array): MeshFailure | undefined {
  const { length } = message;
  const start = message[0];
  if (start === undefined || length > maxGossipMessage) return bad('length');
  const kind = start >>> 4;
  const classNumber = start & 15;
  if (kind >= gossipKinds.parcel && kind <= gossipKinds.have) {
    if (classNumber < 1 || classNumber > gossipClasses.length) return bad('class');
  } else if (classNumber !== 0) return bad('class');
  switch (kind) {
    case gossipKinds.hello:
      if (length < 3) return bad('hello');
      if (message[1] !== SUITE_ID) return { code: 'mesh/unknown-suite' };
      if (message[2] !== gossipVersion) return { code: 'mesh/unknown-version' };
      return length === 3 + saltLength ? undefined : bad('hello');
    case gossipKinds.parcel: {
      const isParcel = bucketFromParcelLength(length - 1) !== undefined;
      return isParcel && length - 1 <= maxWholeLength ? undefined : bad('parcel');
    }
    case gossipKinds.part:
      return isPart(message) ? undefined : bad('part');
    case gossipKinds.have:
      return hasShorts(length, maxHaves) ? undefined : bad('have');
    case gossipKinds.pull:
      return hasShorts(length, maxPulls) ? undefined : bad('pull');
    case gossipKinds.gone:
      return hasShorts(length, maxPulls) ? undefined : bad('gone');
    case gossipKinds.graft:
      return length === 1 ? undefined : bad('graft');
    case gossipKinds.prune:
      return length === 1 ? undefined : bad('prune');
    default:
      return bad('kind');
  }
}

/** Reads a message whole; fails as {@link gossipMessageFault} says. Parcels and parts are views of `bytes`. */
export function decodeGossipMessage(bytes: Uint8Array): Result<GossipMessage, MeshFailure> {
  const fault = gossipMessageFault(bytes);
  return fault === undefined ? ok(soundMessage(bytes)) : { ok: false, error: fault };
}

/** The content of a message without a fault. */
export function soundMessage(bytes: Uint8Array): GossipMessage {
  const gossipClass = classOf(bytes);
  switch (kindOf(bytes)) {
    case gossipKinds.hello:
      return { type: 'hello', salt: bytes.slice(3) };
    case gossipKinds.parcel:
      return { type: 'parcel', gossipClass, parcel: bytes.subarray(1) };
    case gossipKinds.part: {
      const offset = partOffset(bytes);
      const part = bytes.subarray(partHeaderLength);
      return { type: 'part', gossipClass, bucket: bytes[1] as number, offset, bytes: part };
    }
    case gossipKinds.have:
      return { type: 'have', gossipClass, shorts: shortsOf(bytes) };
    case gossipKinds.pull:
      return { type: 'pull', shorts: shortsOf(bytes) };
    case gossipKinds.gone:
      return { type: 'gone', shorts: shortsOf(bytes) };
    case gossipKinds.graft:
      return { type: 'graft' };
    default:
      return { type: 'prune' };
  }
}

function isPart(bytes: Uint8Array): boolean {
  const bucket = bytes[1] ?? parcelSizes.length;
  const size = parcelSizes[bucket] ?? 0;
  if (bytes.length <= partHeaderLength || size <= maxWholeLength) return false;
  const offset = partOffset(bytes);
  const rest = Math.min(partLength, size - offset);
  return offset % partLength === 0 && bytes.length - partHeaderLength === rest;
}

function partOffset(bytes: Uint8Array): number {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length).getUint32(2);
}

function hasShorts(length: number, most: number): boolean {
  const count = (length - 1) / gossipShortLength;
  return Number.isInteger(count) && count >= 1 && count <= most;
}

function shortsOf(bytes: Uint8Array): readonly number[] {
  return Array.from({ length: shortCountOf(bytes) }, (_, index) => shortAt(bytes, index));
}

/** A `have` of short ids, without an object in between. */
export function encodeHave(gossipClass: GossipClass, shorts: readonly number[]): Uint8Array {
  return withShorts(first(gossipKinds.have, gossipClass), shorts);
}

function withShorts(start: number, shorts: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(1 + gossipShortLength * shorts.length);
  bytes[0] = start;
  let at = 1;
  for (const short of shorts) {
    const high = Math.floor(short / 2 ** 32);
    const low = short | 0;
    bytes[at] = high >>> 8;
    bytes[at + 1] = high;
    bytes[at + 2] = low >>> 24;
    bytes[at + 3] = low >>> 16;
    bytes[at + 4] = low >>> 8;
    bytes[at + 5] = low;
    at += gossipShortLength;
  }
  return bytes;
}

function first(kind: number, gossipClass?: GossipClass): number {
  return 16 * kind + (gossipClass === undefined ? 0 : gossipClassToNumber(gossipClass));
}

function bad(what: string): MeshFailure {
  return { code: 'mesh/bad-gossip-message', meta: { what } };
}

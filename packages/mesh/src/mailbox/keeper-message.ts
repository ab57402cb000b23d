import {
  concatBytes,
  ok,
  type Result,
  uint32FromBytes,
  uint32ToBytes,
  uint64FromBytes,
  uint64ToBytes,
} from '@pars/base';
import { SUITE_ID } from '@pars/crypto';
import { type MeshFailure, meshErr } from '../errors.ts';
import { bucketFromParcelLength, maxParcelLength } from '../parcel/index.ts';
import { challengeLength, receiptLength } from '../parcel/receipt.ts';
import type { ShardItem } from './shard-item.ts';

/** Version of the protocol of keepers: the third byte of every message (PIP-1006 §5). */
export const keeperVersion = 1;
/** The longest message in bytes: the largest parcel with its challenge. */
export const maxKeeperMessage: number = 3 + challengeLength + maxParcelLength;
/** Pieces of one visit, items of one offer, and proofs of one question at most. */
export const maxPieces = 16;
export const maxOffered = 1_024;
export const maxProofs = 4;
/** Bytes of a proof that a keeper still has a parcel. */
export const proofLength = 32;

/** Which parcels: those of a shard that expire on a day. */
export interface ShardDay {
  /** 0 to 2^32 - 1. */
  readonly shard: number;
  /** 0 to 2^32 - 1. */
  readonly day: number;
}

/** What a listing is: items in their order from one on, or symbols of a sketch under a salt (PIP-1006 §6). */
export type ListingKind = 'range' | 'sketch';

/** A part of a parcel that a client asks for. */
export interface AskedPiece {
  readonly item: ShardItem;
  /** 0 to 255. */
  readonly place: number;
}

/** Everything that crosses between a node and a keeper (PIP-1006 §5). */
export type KeeperMessage =
  /** Keep this, and prove to me that you have it. */
  | { readonly type: 'store'; readonly challenge: Uint8Array; readonly parcel: Uint8Array }
  /** The custody receipt of PIP-1002 §8. */
  | { readonly type: 'stored'; readonly receipt: Uint8Array }
  /** No: 1 full, 2 not my shard, 3 refused by the rules of parcels, 4 too much. The challenge is zero for other questions than `store`. */
  | { readonly type: 'refused'; readonly reason: number; readonly challenge: Uint8Array }
  /** List what you have, and give me these pieces. */
  | {
      readonly type: 'visit';
      readonly shardDay: ShardDay;
      readonly listing: ListingKind;
      /** The first item of a range, or the salt of a sketch. */
      readonly from: bigint;
      /** 1 to 16. */
      readonly pieces: readonly AskedPiece[];
    }
  /** The answer to a visit, of one length for all. */
  | {
      readonly type: 'visited';
      /** How many parcels of the shard and day there are. */
      readonly count: number;
      /** Items in the listing; 0 when it is a sketch. */
      readonly listed: number;
      readonly listing: Uint8Array;
      /** As many as were asked for, all of one length; `undefined` for what is not there. */
      readonly pieces: readonly (Uint8Array | undefined)[];
      readonly pieceLength: number;
    }
  /** I have these; which of them do you lack? */
  | { readonly type: 'offer'; readonly shardDay: ShardDay; readonly items: readonly ShardItem[] }
  /** One bit for each that was offered: true when it is lacking. */
  | { readonly type: 'lacking'; readonly isLacking: readonly boolean[] }
  /** Prove that you have these. */
  | {
      readonly type: 'prove';
      readonly shardDay: ShardDay;
      readonly challenge: Uint8Array;
      readonly items: readonly ShardItem[];
    }
  /** As many as were asked for, each of 32 bytes; zeros for what is not there. */
  | { readonly type: 'proofs'; readonly proofs: readonly Uint8Array[] };

const types = {
  store: 1,
  stored: 2,
  refused: 3,
  visit: 4,
  visited: 5,
  offer: 6,
  lacking: 7,
  prove: 8,
  proofs: 9,
} as const;

const listingNumbers: Readonly<Record<ListingKind, number>> = { range: 1, sketch: 2 };
const itemLength = 8;
const askedLength = itemLength + 1;
const shardDayLength = 8;

/** Reasons of a refusal. */
export const refusals: {
  readonly full: number;
  readonly notMyShard: number;
  readonly badParcel: number;
  readonly tooMuch: number;
} = { full: 1, notMyShard: 2, badParcel: 3, tooMuch: 4 };

/** The challenge of a refusal that answers no `store`. */
export const noChallenge: Uint8Array = new Uint8Array(challengeLength);

/** The bytes of a message. */
export function encodeKeeperMessage(message: KeeperMessage): Uint8Array {
  const start = Uint8Array.of(types[message.type], SUITE_ID, keeperVersion);
  switch (message.type) {
    case 'store':
      return concatBytes(start, message.challenge, message.parcel);
    case 'stored':
      return concatBytes(start, message.receipt);
    case 'refused':
      return concatBytes(start, Uint8Array.of(message.reason), message.challenge);
    case 'visit':
      return concatBytes(
        start,
        encodeShardDay(message.shardDay),
        Uint8Array.of(listingNumbers[message.listing]),
        uint64ToBytes(message.from),
        ...message.pieces.map(({ item, place }) =>
          concatBytes(uint64ToBytes(item), Uint8Array.of(place)),
        ),
      );
    case 'visited':
      return encodeVisited(start, message);
    case 'offer':
      return concatBytes(
        start,
        encodeShardDay(message.shardDay),
        ...message.items.map(uint64ToBytes),
      );
    case 'lacking':
      return concatBytes(
        start,
        uint16ToBytes(message.isLacking.length),
        packBits(message.isLacking),
      );
    case 'prove':
      return concatBytes(
        start,
        encodeShardDay(message.shardDay),
        message.challenge,
        ...message.items.map(uint64ToBytes),
      );
    case 'proofs':
      return concatBytes(start, ...message.proofs);
  }
}

/**
 * Reads a message: `mesh/bad-keeper-message`, `mesh/unknown-suite` or
 * `mesh/unknown-version`. Total; there is one encoding of every message.
 * Parcels, listings and pieces are views of `bytes` and unchecked but for their length.
 */
export function decodeKeeperMessage(bytes: Uint8Array): Result<KeeperMessage, MeshFailure> {
  if (bytes.length < 3 || bytes.length > maxKeeperMessage) return bad('length');
  if (bytes[1] !== SUITE_ID) return meshErr('mesh/unknown-suite');
  if (bytes[2] !== keeperVersion) return meshErr('mesh/unknown-version');
  const rest = bytes.subarray(3);
  switch (bytes[0]) {
    case types.store: {
      const parcel = rest.subarray(challengeLength);
      if (bucketFromParcelLength(parcel.length) === undefined) return bad('store');
      return ok({ type: 'store', challenge: rest.slice(0, challengeLength), parcel });
    }
    case types.stored:
      return rest.length === receiptLength
        ? ok({ type: 'stored', receipt: rest.slice() })
        : bad('stored');
    case types.refused: {
      const reason = rest[0] ?? 0;
      if (rest.length !== 1 + challengeLength || reason < 1 || reason > 4) return bad('refused');
      return ok({ type: 'refused', reason, challenge: rest.slice(1) });
    }
    case types.visit:
      return decodeVisit(rest);
    case types.visited:
      return decodeVisited(rest);
    case types.offer: {
      const items = decodeItems(rest.subarray(shardDayLength), maxOffered);
      return items === undefined
        ? bad('offer')
        : ok({ type: 'offer', shardDay: decodeShardDay(rest), items });
    }
    case types.lacking:
      return decodeLacking(rest);
    case types.prove: {
      const items = decodeItems(rest.subarray(shardDayLength + challengeLength), maxProofs);
      if (items === undefined) return bad('prove');
      const challenge = rest.slice(shardDayLength, shardDayLength + challengeLength);
      return ok({ type: 'prove', shardDay: decodeShardDay(rest), challenge, items });
    }
    case types.proofs: {
      const count = rest.length / proofLength;
      if (!Number.isInteger(count) || count < 1 || count > maxProofs) return bad('proofs');
      const proofs = Array.from({ length: count }, (_, at) =>
        rest.slice(proofLength * at, proofLength * (at + 1)),
      );
      return ok({ type: 'proofs', proofs });
    }
    default:
      return bad('type');
  }
}

/** The bytes of a `store`. */
export function storeMessage(challenge: Uint8Array, parcel: Uint8Array): Uint8Array {
  return encodeKeeperMessage({ type: 'store', challenge, parcel });
}

/** The receipt of 71 bytes in a keeper's answer to `store`; `undefined` when it is another answer. Total. */
export function storedReceipt(answer: Uint8Array): Uint8Array | undefined {
  const message = decodeKeeperMessage(answer);
  return message.ok && message.value.type === 'stored' ? message.value.receipt : undefined;
}

type Message<Type extends KeeperMessage['type']> = Extract<KeeperMessage, { readonly type: Type }>;

/** count [4] ‖ listed [2] ‖ pieces [1] ‖ bytes of a piece [2] ‖ which are there [2] ‖ listing ‖ pieces */
const visitedHeadLength = 11;

function encodeVisited(start: Uint8Array, message: Message<'visited'>): Uint8Array {
  const { count, listed, listing, pieceLength, pieces } = message;
  const bytes = new Uint8Array(
    start.length + visitedHeadLength + listing.length + pieces.length * pieceLength,
  );
  const view = new DataView(bytes.buffer, start.length);
  bytes.set(start);
  view.setUint32(0, count);
  view.setUint16(4, listed);
  view.setUint8(6, pieces.length);
  view.setUint16(7, pieceLength);
  let present = 0;
  const at = start.length + visitedHeadLength;
  bytes.set(listing, at);
  for (const [place, piece] of pieces.entries()) {
    if (piece === undefined) continue;
    present |= 0x8000 >>> place;
    bytes.set(piece, at + listing.length + place * pieceLength);
  }
  view.setUint16(9, present);
  return bytes;
}

function decodeVisited(rest: Uint8Array): Result<KeeperMessage, MeshFailure> {
  if (rest.length < visitedHeadLength) return bad('visited');
  const view = new DataView(rest.buffer, rest.byteOffset, rest.length);
  const [count, listed, number] = [view.getUint32(0), view.getUint16(4), view.getUint8(6)];
  const [pieceLength, present] = [view.getUint16(7), view.getUint16(9)];
  const listingLength = rest.length - visitedHeadLength - number * pieceLength;
  const isUnused = (present & (0xffff >>> number)) !== 0;
  if (number < 1 || number > maxPieces || pieceLength < 1 || isUnused) return bad('visited');
  if (listingLength < 0 || listed * itemLength > listingLength) return bad('listing');
  const listing = rest.subarray(visitedHeadLength, visitedHeadLength + listingLength);
  const pieces: (Uint8Array | undefined)[] = [];
  for (let place = 0; place < number; place += 1) {
    const from = visitedHeadLength + listingLength + place * pieceLength;
    const piece = rest.subarray(from, from + pieceLength);
    const isThere = (present & (0x8000 >>> place)) !== 0;
    // There is one encoding: what is not there is zero.
    if (!isThere && piece.some((byte) => byte !== 0)) return bad('piece');
    pieces.push(isThere ? piece : undefined);
  }
  return ok({ type: 'visited', count, listed, listing, pieces, pieceLength });
}

function decodeVisit(rest: Uint8Array): Result<KeeperMessage, MeshFailure> {
  const head = shardDayLength + 1 + 8;
  const number = (rest.length - head) / askedLength;
  if (!Number.isInteger(number) || number < 1 || number > maxPieces) return bad('visit');
  const listing = rest[shardDayLength] === listingNumbers.range ? 'range' : 'sketch';
  if (rest[shardDayLength] !== listingNumbers[listing]) return bad('visit');
  const pieces = Array.from({ length: number }, (_, index) => {
    const at = head + askedLength * index;
    return { item: uint64FromBytes(rest, at), place: rest[at + itemLength] ?? 0 };
  });
  const from = uint64FromBytes(rest, shardDayLength + 1);
  return ok({ type: 'visit', shardDay: decodeShardDay(rest), listing, from, pieces });
}

function decodeLacking(rest: Uint8Array): Result<KeeperMessage, MeshFailure> {
  const count = 256 * (rest[0] ?? 0) + (rest[1] ?? 0);
  const bits = rest.subarray(2);
  if (count < 1 || count > maxOffered || bits.length !== Math.ceil(count / 8)) {
    return bad('lacking');
  }
  const isLacking = Array.from(
    { length: 8 * bits.length },
    (_, at) => ((bits[at >> 3] ?? 0) & (0x80 >> (at & 7))) !== 0,
  );
  if (isLacking.slice(count).includes(true)) return bad('lacking');
  return ok({ type: 'lacking', isLacking: isLacking.slice(0, count) });
}

function packBits(bits: readonly boolean[]): Uint8Array {
  const packed = new Uint8Array(Math.ceil(bits.length / 8));
  for (const [at, bit] of bits.entries()) {
    if (bit) packed[at >> 3] = (packed[at >> 3] ?? 0) | (0x80 >> (at & 7));
  }
  return packed;
}

function decodeItems(bytes: Uint8Array, most: number): readonly ShardItem[] | undefined {
  const count = bytes.length / itemLength;
  if (!Number.isInteger(count) || count < 1 || count > most) return undefined;
  return Array.from({ length: count }, (_, at) => uint64FromBytes(bytes, itemLength * at));
}

function encodeShardDay({ day, shard }: ShardDay): Uint8Array {
  return concatBytes(uint32ToBytes(shard), uint32ToBytes(day));
}

function decodeShardDay(rest: Uint8Array): ShardDay {
  return { shard: uint32FromBytes(rest), day: uint32FromBytes(rest, 4) };
}

function uint16ToBytes(value: number): Uint8Array {
  return Uint8Array.of(value >>> 8, value);
}

function bad(what: string): Result<never, MeshFailure> {
  return meshErr('mesh/bad-keeper-message', { what });
}

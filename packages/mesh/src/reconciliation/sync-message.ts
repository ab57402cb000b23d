import {
  concatBytes,
  ok,
  type Result,
  uint32ToBytes as uint32,
  uint64ToBytes as uint64,
} from '@pars/base';
import { SUITE_ID } from '@pars/crypto';
import { type MeshFailure, meshErr } from '../errors.ts';
import { parcelSizes } from '../parcel/index.ts';
import type { Fingerprint, IdRange } from './day-set.ts';
import { saltLength, shortIdLength } from './short-id.ts';
import { symbolLength } from './sketch-symbols.ts';

/** Version of reconciliation, in `open` (PIP-1003 §5). */
export const syncVersion = 1;
/** The longest message in bytes: with its length it is a frame of 32 KiB (PIP-1003 §5). */
export const maxSyncMessage = 32_766;
/** Days of a summary at most. */
export const maxDays = 64;
/** Parcels that a summary may claim for a day. */
export const maxDayCount: number = 2 ** 22;

/** What one side says of one of its days. */
export interface DaySummary extends Fingerprint {
  readonly day: number;
}

/** What one side says of a range of ids. */
export interface RangeSummary extends Fingerprint, IdRange {}

/** Everything that crosses during a sync (PIP-1003 §5). */
export type SyncMessage =
  | { readonly type: 'open'; readonly askerSalt: Uint8Array; readonly knownSalt: Uint8Array }
  | {
      readonly type: 'summary';
      readonly answererSalt: Uint8Array;
      readonly days: readonly DaySummary[];
    }
  | { readonly type: 'resumed' }
  | {
      readonly type: 'ask-symbols';
      readonly day: number;
      readonly from: number;
      readonly count: number;
      /** Symbols in one answer at most, 1 to 2,047. */
      readonly perMessage: number;
    }
  | {
      readonly type: 'symbols';
      readonly day: number;
      readonly from: number;
      readonly symbols: Uint8Array;
    }
  | { readonly type: 'ask-ranges'; readonly day: number; readonly ranges: readonly IdRange[] }
  | { readonly type: 'ranges'; readonly day: number; readonly ranges: readonly RangeSummary[] }
  | { readonly type: 'ask-items'; readonly day: number; readonly range: IdRange }
  | {
      readonly type: 'items';
      readonly day: number;
      readonly range: IdRange;
      readonly shorts: readonly bigint[];
    }
  | {
      readonly type: 'offer';
      readonly day: number;
      readonly start: number;
      readonly shorts: readonly bigint[];
    }
  | { readonly type: 'take'; readonly next: number }
  | {
      readonly type: 'want';
      readonly day: number;
      /** Bytes of a parcel in one answer at most, 64 to 32,752. */
      readonly partLength: number;
      /** Where the first parcel goes on. */
      readonly offset: number;
      readonly shorts: readonly bigint[];
    }
  | {
      readonly type: 'part';
      readonly short: bigint;
      readonly bucket: number;
      readonly offset: number;
      /** Of a message that was read, a view of it. */
      readonly bytes: Uint8Array;
    }
  | { readonly type: 'gone'; readonly short: bigint }
  | { readonly type: 'done' };

/** Bytes of a `part` besides the parcel's. */
export const partOverhead = 14;

const typeNumbers: Readonly<Record<SyncMessage['type'], number>> = {
  open: 1,
  summary: 2,
  resumed: 3,
  'ask-symbols': 4,
  symbols: 5,
  'ask-ranges': 6,
  ranges: 7,
  'ask-items': 8,
  items: 9,
  offer: 10,
  take: 11,
  want: 12,
  part: 13,
  gone: 14,
  done: 15,
};

/** The bytes of a message. */
export function encodeSyncMessage(message: SyncMessage): Uint8Array {
  if (message.type === 'part') return encodePart(message);
  return concatBytes(Uint8Array.of(typeNumbers[message.type]), ...fieldsOf(message));
}

type Part = Extract<SyncMessage, { readonly type: 'part' }>;

/** Nearly all that crosses is parts: they are written without arrays for their fields. */
function encodePart({ short, bucket, offset, bytes }: Part): Uint8Array {
  const encoded = new Uint8Array(partOverhead + bytes.length);
  const view = new DataView(encoded.buffer);
  encoded[0] = typeNumbers.part;
  view.setBigUint64(1, short);
  encoded[9] = bucket;
  view.setUint32(10, offset);
  encoded.set(bytes, partOverhead);
  return encoded;
}

function fieldsOf(message: Exclude<SyncMessage, Part>): readonly Uint8Array[] {
  switch (message.type) {
    case 'open':
      return [Uint8Array.of(SUITE_ID, syncVersion), message.askerSalt, message.knownSalt];
    case 'summary':
      return [
        message.answererSalt,
        ...message.days.flatMap(({ day, count, sum }) => [uint32(day), uint32(count), uint64(sum)]),
      ];
    case 'ask-symbols': {
      const { day, from, count, perMessage } = message;
      return [uint32(day), uint32(from), uint16(count), uint16(perMessage)];
    }
    case 'symbols':
      return [uint32(message.day), uint32(message.from), message.symbols];
    case 'ask-ranges':
      return [uint32(message.day), ...message.ranges.flatMap(rangeFields)];
    case 'ranges':
      return [
        uint32(message.day),
        ...message.ranges.flatMap((range) => [
          ...rangeFields(range),
          uint32(range.count),
          uint64(range.sum),
        ]),
      ];
    case 'ask-items':
      return [uint32(message.day), ...rangeFields(message.range)];
    case 'items':
      return [uint32(message.day), ...rangeFields(message.range), ...message.shorts.map(uint64)];
    case 'offer':
      return [uint32(message.day), uint32(message.start), ...message.shorts.map(uint64)];
    case 'take':
      return [uint32(message.next)];
    case 'want': {
      const { day, partLength, offset, shorts } = message;
      return [uint32(day), uint16(partLength), uint32(offset), ...shorts.map(uint64)];
    }
    case 'gone':
      return [uint64(message.short)];
    case 'resumed':
    case 'done':
      return [];
  }
}

/**
 * Reads a message of at most {@link maxSyncMessage} bytes: `mesh/bad-sync-message`,
 * and for `open` `mesh/unknown-suite` and `mesh/unknown-version`. Total; there
 * is one encoding of every message.
 */
export function decodeSyncMessage(bytes: Uint8Array): Result<SyncMessage, MeshFailure> {
  const type = typeByNumber.get(bytes[0] ?? 0);
  if (type === undefined || bytes.length > maxSyncMessage) return bad('type');
  if (type === 'open' && bytes.length >= 3) {
    if (bytes[1] !== SUITE_ID) return meshErr('mesh/unknown-suite');
    if (bytes[2] !== syncVersion) return meshErr('mesh/unknown-version');
  }
  const message = readFields(bytes, type);
  return message === undefined ? bad(type) : ok(message);
}

const typeByNumber: ReadonlyMap<number, SyncMessage['type']> = new Map(
  Object.entries(typeNumbers).map(([type, number]) => [number, type as SyncMessage['type']]),
);

/** The message, or `undefined` when a length or a value is out of range. */
function readFields(bytes: Uint8Array, type: SyncMessage['type']): SyncMessage | undefined {
  const { length } = bytes;
  const view = new DataView(bytes.buffer, bytes.byteOffset, length);
  const listFrom = (offset: number, itemLength: number, least: number) => {
    const count = (length - offset) / itemLength;
    return Number.isInteger(count) && count >= least ? count : undefined;
  };
  const shortsFrom = (offset: number, count: number) =>
    Array.from({ length: count }, (_, place) => view.getBigUint64(offset + shortIdLength * place));
  const rangeAt = (offset: number): IdRange => ({
    from: view.getBigUint64(offset),
    to: view.getBigUint64(offset + 8),
  });

  switch (type) {
    case 'open': {
      if (length !== 3 + 2 * saltLength) return undefined;
      return { type, askerSalt: bytes.slice(3, 19), knownSalt: bytes.slice(19) };
    }
    case 'summary': {
      const count = listFrom(17, 16, 0);
      if (count === undefined || count > maxDays) return undefined;
      const days = Array.from({ length: count }, (_, place) => ({
        day: view.getUint32(17 + 16 * place),
        count: view.getUint32(21 + 16 * place),
        sum: view.getBigUint64(25 + 16 * place),
      }));
      if (!days.every(isDayInOrder)) return undefined;
      return { type, answererSalt: bytes.slice(1, 17), days };
    }
    case 'ask-symbols': {
      if (length !== 13) return undefined;
      const [day, from] = [view.getUint32(1), view.getUint32(5)];
      const [count, perMessage] = [view.getUint16(9), view.getUint16(11)];
      if (count === 0 || perMessage === 0 || perMessage > maxSymbolsPerMessage) return undefined;
      return { type, day, from, count, perMessage };
    }
    case 'symbols': {
      if (listFrom(9, symbolLength, 1) === undefined) return undefined;
      return { type, day: view.getUint32(1), from: view.getUint32(5), symbols: bytes.slice(9) };
    }
    case 'ask-ranges': {
      const count = listFrom(5, 16, 1);
      if (count === undefined || count > maxRanges) return undefined;
      const ranges = Array.from({ length: count }, (_, place) => rangeAt(5 + 16 * place));
      return ranges.every(isRange) ? { type, day: view.getUint32(1), ranges } : undefined;
    }
    case 'ranges': {
      const count = listFrom(5, 28, 1);
      if (count === undefined || count > maxRanges) return undefined;
      const ranges = Array.from({ length: count }, (_, place) => ({
        ...rangeAt(5 + 28 * place),
        count: view.getUint32(21 + 28 * place),
        sum: view.getBigUint64(25 + 28 * place),
      }));
      return ranges.every(isRange) ? { type, day: view.getUint32(1), ranges } : undefined;
    }
    case 'ask-items': {
      if (length !== 21 || !isRange(rangeAt(5))) return undefined;
      return { type, day: view.getUint32(1), range: rangeAt(5) };
    }
    case 'items': {
      const count = listFrom(21, shortIdLength, 0);
      if (count === undefined || !isRange(rangeAt(5))) return undefined;
      const shorts = shortsFrom(21, count);
      return { type, day: view.getUint32(1), range: rangeAt(5), shorts };
    }
    case 'offer': {
      const count = listFrom(9, shortIdLength, 1);
      if (count === undefined) return undefined;
      const [day, start] = [view.getUint32(1), view.getUint32(5)];
      return { type, day, start, shorts: shortsFrom(9, count) };
    }
    case 'take':
      return length === 5 ? { type, next: view.getUint32(1) } : undefined;
    case 'want': {
      const count = listFrom(11, shortIdLength, 1);
      if (count === undefined || count > wantWindow) return undefined;
      const [day, partLength, offset] = [view.getUint32(1), view.getUint16(5), view.getUint32(7)];
      if (partLength < 64 || partLength > maxSyncMessage - partOverhead) return undefined;
      return { type, day, partLength, offset, shorts: shortsFrom(11, count) };
    }
    case 'part': {
      const size = length > partOverhead ? parcelSizes[bytes[9] ?? parcelSizes.length] : undefined;
      if (size === undefined) return undefined;
      const [bucket, offset] = [bytes[9] ?? 0, view.getUint32(10)];
      if (offset + length - partOverhead > size) return undefined;
      const short = view.getBigUint64(1);
      return { type, short, bucket, offset, bytes: bytes.subarray(partOverhead) };
    }
    case 'gone':
      return length === 9 ? { type, short: view.getBigUint64(1) } : undefined;
    case 'resumed':
    case 'done':
      return length === 1 ? { type } : undefined;
  }
}

/** Parcels that one side asks for at once (PIP-1003 §7). */
export const wantWindow = 64;
/** Ranges of a message at most. */
export const maxRanges = 1_024;
const maxSymbolsPerMessage = 2_047;

function isDayInOrder(summary: DaySummary, place: number, all: readonly DaySummary[]): boolean {
  const before = all[place - 1];
  const isPlausible = summary.count > 0 && summary.count <= maxDayCount;
  return isPlausible && (before === undefined || before.day < summary.day);
}

function isRange(range: IdRange): boolean {
  return range.from <= range.to;
}

function rangeFields(range: IdRange): readonly Uint8Array[] {
  return [uint64(range.from), uint64(range.to)];
}

function bad(what: string): Result<never, MeshFailure> {
  return meshErr('mesh/bad-sync-message', { what });
}

function uint16(value: number): Uint8Array {
  return Uint8Array.of(value >>> 8, value);
}

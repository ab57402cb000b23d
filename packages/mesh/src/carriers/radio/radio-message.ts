import { ok, type Result, uint32FromBytes, uint32ToBytes } from '@pars/base';
import { type MeshFailure, meshErr } from '../../errors.ts';
import { maxRadioMessageLength } from './radio-seal.ts';

/** The first 48 bits of a parcel's short id under the group's salt (PIP-1007 §6). */
export type RadioShort = number;

/** Bytes of a symbol at most. */
export const maxRadioSymbolLength: number = maxRadioMessageLength - 13;
/** Entries of a report at most. */
export const maxReportEntries = 25;
/** Short ids that a list names at most. */
export const maxListedShorts = 31;
/** Symbols of a sketch in one message. */
export const radioSketchSymbols = 12;

/** A place in the order of parcels on the radio: class first, then short id (PIP-1007 §8). */
export interface RadioOrderKey {
  /** 0 to 255. */
  readonly rank: number;
  readonly short: RadioShort;
}

/** What one station tells all others (PIP-1007 §6). `left`: how many frames of its turn are still to come. */
export type RadioMessage =
  | {
      readonly kind: 'symbol';
      readonly left: number;
      /** Whoever hears it says at the end of the turn what it lacks. */
      readonly asks: boolean;
      readonly short: RadioShort;
      /** Bytes of the compact parcel, 1 to 2^24 - 1. */
      readonly length: number;
      readonly symbolId: number;
      readonly symbol: Uint8Array;
    }
  | {
      readonly kind: 'report';
      readonly left: number;
      /** `needed`: symbols that are still missing, 0 for a parcel that is there. */
      readonly entries: readonly { readonly short: RadioShort; readonly needed: number }[];
    }
  | {
      readonly kind: 'list';
      readonly left: number;
      /** Parcels of larger buckets are not meant. */
      readonly maxBucket: number;
      /** How many parcels there are in all. */
      readonly count: number;
      /** Everything after `from` and up to `to` in the order is named. */
      readonly from: RadioOrderKey;
      readonly to: RadioOrderKey;
      readonly shorts: readonly RadioShort[];
    }
  | {
      readonly kind: 'sketch';
      readonly left: number;
      readonly maxBucket: number;
      readonly count: number;
      /** 12 symbols of 16 bytes. */
      readonly symbols: Uint8Array;
    };

const kinds = { symbol: 1, report: 2, list: 3, sketch: 4, askingSymbol: 5 } as const;
const sketchLength = 16 * radioSketchSymbols;

/** The bytes of a message, at most 210. */
export function encodeRadioMessage(message: RadioMessage): Uint8Array {
  const isAsking = message.kind === 'symbol' && message.asks;
  const bytes: number[] = [kinds[isAsking ? 'askingSymbol' : message.kind], message.left];
  switch (message.kind) {
    case 'symbol':
      pushUint(bytes, message.short, 6);
      pushUint(bytes, message.length, 3);
      pushUint(bytes, message.symbolId, 2);
      bytes.push(...message.symbol);
      break;
    case 'report':
      for (const { short, needed } of message.entries) {
        pushUint(bytes, short, 6);
        pushUint(bytes, needed, 2);
      }
      break;
    case 'list':
      bytes.push(message.maxBucket, ...uint32ToBytes(message.count));
      for (const { rank, short } of [message.from, message.to]) {
        bytes.push(rank);
        pushUint(bytes, short, 6);
      }
      for (const short of message.shorts) pushUint(bytes, short, 6);
      break;
    case 'sketch':
      bytes.push(message.maxBucket, ...uint32ToBytes(message.count), ...message.symbols);
      break;
  }
  return Uint8Array.from(bytes);
}

/** Reads a message; `mesh/bad-radio-message` when it breaks its layout. Total; there is one encoding of each. */
export function decodeRadioMessage(bytes: Uint8Array): Result<RadioMessage, MeshFailure> {
  const [kind = 0, left = 0] = bytes;
  if (bytes.length <= 2 || bytes.length > maxRadioMessageLength) return bad();
  const rest = bytes.subarray(2);
  switch (kind) {
    case kinds.symbol:
    case kinds.askingSymbol:
      return decodeSymbol(left, rest, kind === kinds.askingSymbol);
    case kinds.report:
      return decodeReport(left, rest);
    case kinds.list:
      return decodeList(left, rest);
    case kinds.sketch:
      return decodeSketch(left, rest);
    default:
      return bad();
  }
}

function decodeSymbol(
  left: number,
  bytes: Uint8Array,
  asks: boolean,
): Result<RadioMessage, MeshFailure> {
  if (bytes.length < 12) return bad();
  const [short, length] = [uintFrom(bytes, 0, 6), uintFrom(bytes, 6, 3)];
  if (length === 0) return bad();
  const [symbolId, symbol] = [uintFrom(bytes, 9, 2), bytes.slice(11)];
  return ok({ kind: 'symbol', left, asks, short, length, symbolId, symbol });
}

function decodeReport(left: number, bytes: Uint8Array): Result<RadioMessage, MeshFailure> {
  if (bytes.length % 8 !== 0 || bytes.length > 8 * maxReportEntries) return bad();
  const entries = Array.from({ length: bytes.length / 8 }, (_, at) => ({
    short: uintFrom(bytes, 8 * at, 6),
    needed: uintFrom(bytes, 8 * at + 6, 2),
  }));
  return ok({ kind: 'report', left, entries });
}

function decodeList(left: number, bytes: Uint8Array): Result<RadioMessage, MeshFailure> {
  const listed = bytes.length - 19;
  if (listed < 0 || listed % 6 !== 0 || listed > 6 * maxListedShorts) return bad();
  const shorts = Array.from({ length: listed / 6 }, (_, at) => uintFrom(bytes, 19 + 6 * at, 6));
  return ok({
    kind: 'list',
    left,
    maxBucket: bytes[0] ?? 0,
    count: uint32FromBytes(bytes.subarray(1, 5)),
    from: { rank: bytes[5] ?? 0, short: uintFrom(bytes, 6, 6) },
    to: { rank: bytes[12] ?? 0, short: uintFrom(bytes, 13, 6) },
    shorts,
  });
}

function decodeSketch(left: number, bytes: Uint8Array): Result<RadioMessage, MeshFailure> {
  if (bytes.length !== 5 + sketchLength) return bad();
  const count = uint32FromBytes(bytes.subarray(1, 5));
  const [maxBucket = 0] = bytes;
  return ok({ kind: 'sketch', left, maxBucket, count, symbols: bytes.slice(5) });
}

function pushUint(bytes: number[], value: number, width: number): void {
  for (let place = width - 1; place >= 0; place -= 1) {
    bytes.push(Math.floor(value / 256 ** place) % 256);
  }
}

function uintFrom(bytes: Uint8Array, from: number, width: number): number {
  let value = 0;
  for (let at = from; at < from + width; at += 1) value = 256 * value + (bytes[at] ?? 0);
  return value;
}

function bad(): Result<never, MeshFailure> {
  return meshErr('mesh/bad-radio-message');
}

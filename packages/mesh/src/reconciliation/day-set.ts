import { compareBytes } from '@pars/base';
import type { DayIds, ParcelId } from '../parcel/index.ts';
import { type ShortIds, shortIdsOf } from './short-id.ts';

/** A part of a day: ids whose first 8 bytes lie from `from` to `to`, both inclusive. */
export interface IdRange {
  readonly from: bigint;
  readonly to: bigint;
}

/** The range that holds every id. */
export const wholeRange: IdRange = { from: 0n, to: 2n ** 64n - 1n };

/** How many, and the exclusive or of their short ids: equal sets have equal ones (PIP-1003 §3). */
export interface Fingerprint {
  readonly count: number;
  readonly sum: bigint;
}

/** The parcels of a day as they were when a sync began, under its salt. */
export interface DaySet {
  readonly day: number;
  readonly count: number;
  readonly shorts: ShortIds;
  fingerprint(range: IdRange): Fingerprint;
  /** Short ids of the range. */
  list(range: IdRange): readonly bigint[];
  /** The id with this short id, or `undefined`. */
  idOf(short: bigint): ParcelId | undefined;
}

/** A short id as one number of 64 bits. */
export function shortFromHalves(high: number, low: number): bigint {
  return (BigInt(high >>> 0) << 32n) | BigInt(low >>> 0);
}

/** The snapshot of a day under a salt: one hash an id, tables when they are first needed. */
export function createDaySet({ day, ids }: DayIds, salt: Uint8Array): DaySet {
  const count = ids.length / 32;
  const shorts = shortIdsOf(ids, salt);
  const { high, low } = shorts;
  const view = new DataView(ids.buffer, ids.byteOffset, ids.length);
  let table: Uint32Array | undefined;
  let sums: ShortIds | undefined;

  /** The place of the first id whose beginning is not below `begin`. */
  function placeOf(begin: bigint): number {
    let from = 0;
    let to = count;
    while (from < to) {
      const middle = (from + to) >>> 1;
      if (view.getBigUint64(32 * middle) < begin) from = middle + 1;
      else to = middle;
    }
    return from;
  }

  return {
    day,
    count,
    shorts,
    fingerprint(range) {
      // Sums from the first id on: a stranger may ask for any number of ranges.
      sums ??= { high: runningSum(high), low: runningSum(low) };
      const end = placeOf(range.to + 1n);
      const begin = placeOf(range.from);
      const sumHigh = (sums.high[end] ?? 0) ^ (sums.high[begin] ?? 0);
      const sumLow = (sums.low[end] ?? 0) ^ (sums.low[begin] ?? 0);
      return { count: end - begin, sum: shortFromHalves(sumHigh, sumLow) };
    },
    list(range) {
      const end = placeOf(range.to + 1n);
      const listed: bigint[] = [];
      for (let place = placeOf(range.from); place < end; place += 1) {
        listed.push(shortFromHalves(high[place] ?? 0, low[place] ?? 0));
      }
      return listed;
    },
    idOf(short) {
      table ??= buildTable(low);
      const wantedHigh = Number(short >> 32n);
      const wantedLow = Number(short & 0xffff_ffffn);
      const mask = table.length - 1;
      for (let slot = wantedLow & mask; ; slot = (slot + 1) & mask) {
        const entry: number = table[slot] ?? 0;
        if (entry === 0) return undefined;
        const place = entry - 1;
        if (low[place] === wantedLow && high[place] === wantedHigh) {
          return ids.slice(32 * place, 32 * place + 32) as ParcelId;
        }
      }
    },
  };
}

/** The exclusive or of the first n values, for every n. */
function runningSum(values: Uint32Array): Uint32Array {
  const sums = new Uint32Array(values.length + 1);
  let sum = 0;
  for (let place = 0; place < values.length; place += 1) {
    sum ^= values[place] ?? 0;
    sums[place + 1] = sum;
  }
  return sums;
}

/** How many parcels the days have together. */
export function countOf(days: Iterable<DaySet>): number {
  let count = 0;
  for (const day of days) count += day.count;
  return count;
}

/** Open addressing by the low half; a slot holds a place + 1, and at least half are empty. */
function buildTable(low: Uint32Array): Uint32Array {
  const table = new Uint32Array(2 ** Math.ceil(Math.log2(2 * low.length + 2)));
  const mask = table.length - 1;
  for (let place = 0; place < low.length; place += 1) {
    let slot = (low[place] ?? 0) & mask;
    while (table[slot] !== 0) slot = (slot + 1) & mask;
    table[slot] = place + 1;
  }
  return table;
}

/** Ids packed by day, both ascending: what a sync starts from. */
export function dayIdsFrom(
  parcels: Iterable<{ readonly day: number; readonly id: ParcelId }>,
): readonly DayIds[] {
  const idsByDay = new Map<number, ParcelId[]>();
  for (const { day, id } of parcels) {
    const ids = idsByDay.get(day) ?? [];
    if (ids.push(id) === 1) idsByDay.set(day, ids);
  }
  return [...idsByDay.keys()]
    .toSorted((a, b) => a - b)
    .map((day) => {
      const sorted = (idsByDay.get(day) ?? []).toSorted(compareBytes);
      const ids = new Uint8Array(32 * sorted.length);
      for (const [place, id] of sorted.entries()) ids.set(id, 32 * place);
      return { day, ids };
    });
}

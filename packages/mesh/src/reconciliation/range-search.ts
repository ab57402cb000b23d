import type { DaySet, Fingerprint, IdRange } from './day-set.ts';
import { wholeRange } from './day-set.ts';
import type { SketchDifference } from './sketch-decoder.ts';
import type { RangeSummary, SyncMessage } from './sync-message.ts';
import { maxRanges } from './sync-message.ts';

/** What an answer led to: a difference that is now known, or why the answer cannot be. */
export type SearchOutcome =
  | ({ readonly kind: 'found' } & SketchDifference)
  /** Nothing new: more answers to the same question are to come. */
  | { readonly kind: 'waiting' }
  | { readonly kind: 'bad' }
  | { readonly kind: 'exhausted' };

/** Nothing new is known yet. */
export const nothingFound: SearchOutcome = { kind: 'found', missing: [], surplus: [] };

/** Compares ranges of ids and lists those that differ and are small (PIP-1003 §6). */
export interface RangeSearch {
  readonly isDone: boolean;
  question(): SyncMessage | undefined;
  onRanges(ranges: readonly RangeSummary[]): SearchOutcome;
  onItems(range: IdRange, shorts: readonly bigint[]): SearchOutcome;
}

/** Ranges with more parcels than this are divided. */
const mostListed = 256;
const mostParts = 64;

/** A search through the whole day, of which the other side has said `other`. */
export function createRangeSearch(
  own: DaySet,
  other: Fingerprint,
  messageLength: number,
): RangeSearch {
  const perList = Math.min(mostListed, Math.floor((messageLength - 21) / 8));
  const perQuestion = Math.min(maxRanges, Math.floor((messageLength - 5) / 28));
  // Honest sets need about two comparisons for every listed range of half the size.
  let comparisonsLeft = 1_024 + Math.ceil((16 * (own.count + other.count)) / perList);
  const toCompare: IdRange[] = [];
  const toList: IdRange[] = [];
  divide(wholeRange, other.count);

  function divide(range: IdRange, otherCount: number): void {
    if (otherCount <= perList) {
      toList.push(range);
      return;
    }
    const parts = BigInt(Math.min(mostParts, Math.ceil((2 * otherCount) / perList)));
    const width = (range.to - range.from) / parts + 1n;
    for (let from = range.from; from <= range.to; from += width) {
      const to = from + width - 1n;
      toCompare.push({ from, to: to < range.to ? to : range.to });
    }
  }

  return {
    get isDone() {
      return toCompare.length === 0 && toList.length === 0;
    },
    question() {
      const [range] = toList;
      if (range !== undefined) return { type: 'ask-items', day: own.day, range };
      const ranges = toCompare.slice(0, perQuestion);
      return ranges.length === 0 ? undefined : { type: 'ask-ranges', day: own.day, ranges };
    },
    onRanges(ranges) {
      const asked = toCompare.slice(0, perQuestion);
      const isAnswer =
        toList.length === 0 &&
        ranges.length === asked.length &&
        ranges.every((range, place) => isSameRange(range, asked[place]));
      if (!isAnswer) return { kind: 'bad' };
      comparisonsLeft -= ranges.length;
      if (comparisonsLeft < 0) return { kind: 'exhausted' };
      toCompare.splice(0, ranges.length);
      for (const range of ranges) {
        const mine = own.fingerprint(range);
        if (mine.count === range.count && mine.sum === range.sum) continue;
        // More ids than one range can be divided into: nobody has these.
        if (range.from === range.to && range.count > perList) return { kind: 'exhausted' };
        divide(range, range.count);
      }
      return nothingFound;
    },
    onItems(range, shorts) {
      const [asked] = toList;
      if (!isSameRange(range, asked) || shorts.length > perList) return { kind: 'bad' };
      toList.shift();
      const mine = own.list(range);
      const ownShorts = new Set(mine);
      const otherShorts = new Set(shorts);
      return {
        kind: 'found',
        missing: shorts.filter((short) => !ownShorts.has(short)),
        surplus: mine.filter((short) => !otherShorts.has(short)),
      };
    },
  };
}

function isSameRange(a: IdRange, b: IdRange | undefined): boolean {
  return a.from === b?.from && a.to === b.to;
}

import type { DaySet, Fingerprint, IdRange } from './day-set.ts';
import {
  createRangeSearch,
  nothingFound,
  type RangeSearch,
  type SearchOutcome,
} from './range-search.ts';
import { createSketchDecoder } from './sketch-decoder.ts';
import { createSketchEncoder } from './sketch-encoder.ts';
import { maxSymbols, symbolLength } from './sketch-symbols.ts';
import type { RangeSummary, SyncMessage } from './sync-message.ts';

/** Finds what one day differs in, question by question; one question is open at a time. */
export interface DaySearch {
  readonly day: number;
  readonly isDone: boolean;
  /** Answers that were under way on the last link will not come. */
  connected(): void;
  /** The open question, also to ask it again on a new link; `undefined` when done. */
  question(): SyncMessage | undefined;
  onSymbols(from: number, symbols: Uint8Array): SearchOutcome;
  onRanges(ranges: readonly RangeSummary[]): SearchOutcome;
  onItems(range: IdRange, shorts: readonly bigint[]): SearchOutcome;
}

const firstSymbols = 8;
const mostSymbolsAtOnce = 2_000;
/** Bytes of a sketch for each difference, roughly. */
const bytesPerDifference = 22;

/**
 * A search against what the other side says of the day. It takes a sketch, or
 * ranges where those are cheaper or where the sketch does not decode
 * (PIP-1003 §4, §6).
 */
export function createDaySearch(own: DaySet, other: Fingerprint, messageLength: number): DaySearch {
  const leastDifference = Math.abs(own.count - other.count);
  // Two sets of that size, with nothing in common, still fit.
  const symbolLimit = Math.min(maxSymbols, Math.max(64, 2 * other.count));
  const encoder = createSketchEncoder(own.shorts);
  const decoder = createSketchDecoder(own, encoder);
  const perMessage = Math.floor((messageLength - 9) / symbolLength);
  let asked = { from: 0, count: 0 };
  let ranges: RangeSearch | undefined;
  let isDone = false;
  /** Symbols that were asked for, will come, and are not needed any more. */
  let leftover = 0;

  if (leastDifference * bytesPerDifference > 8 * other.count + 256) startRanges();
  else askMore();

  function startRanges(): void {
    ranges = createRangeSearch(own, other, messageLength);
  }

  /** Half as many again while there are few, a quarter later: what is asked too much stays small. */
  function askMore(): void {
    const from = decoder.length;
    const more = from === 0 ? firstSymbols : Math.ceil(from / (from < 64 ? 2 : 4));
    const expected = Math.ceil(1.4 * leastDifference) - from;
    const count = Math.min(Math.max(more, expected), mostSymbolsAtOnce);
    asked = { from, count };
    if (from + count > symbolLimit) startRanges();
    // All at once: an extension goes through the whole set.
    else encoder.extend(from + count);
  }

  return {
    day: own.day,
    get isDone() {
      return isDone;
    },
    connected() {
      leftover = 0;
    },
    question() {
      if (isDone) return undefined;
      if (ranges !== undefined) return ranges.question();
      const from = decoder.length;
      const count = asked.from + asked.count - from;
      return { type: 'ask-symbols', day: own.day, from, count, perMessage };
    },
    onSymbols(from, symbols) {
      const count = symbols.length / symbolLength;
      const end = asked.from + asked.count;
      // Answers are as long as they were asked to be: a stranger cannot cut them into slivers.
      const isNeeded = leftover === 0 && !isDone && ranges === undefined;
      const next = isNeeded ? decoder.length : end - leftover;
      if (from !== next || count !== Math.min(perMessage, end - next)) return { kind: 'bad' };
      if (!isNeeded) {
        leftover -= count;
        return { kind: 'waiting' };
      }
      const state = decoder.add(symbols);
      if (state === 'more' && decoder.length < end) return { kind: 'waiting' };
      leftover = end - decoder.length;
      if (state === 'decoded') {
        isDone = true;
        return { kind: 'found', ...decoder.difference() };
      }
      if (state === 'bad') startRanges();
      else askMore();
      return nothingFound;
    },
    onRanges(answer) {
      if (isDone || ranges === undefined) return { kind: 'bad' };
      const outcome = ranges.onRanges(answer);
      isDone = ranges.isDone;
      return outcome;
    },
    onItems(range, shorts) {
      if (isDone || ranges === undefined) return { kind: 'bad' };
      const outcome = ranges.onItems(range, shorts);
      isDone = ranges.isDone;
      return outcome;
    },
  };
}

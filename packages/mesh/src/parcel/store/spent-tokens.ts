import { uint32FromBytes } from '@pars/base';
import { shortIdsOf } from '../../reconciliation/short-id.ts';

/** Bytes of the mark of a token (PIP-1002 §6). */
export const tokenMarkLength = 8;

/**
 * The tokens that this store has taken, by the day that they end with: keyed
 * marks of 64 bits, 16 bytes of memory each at most. Giving way does not make
 * a token good again.
 */
export interface SpentTokens {
  /** The mark of a token's key. */
  markOf(tokenKey: Uint8Array): Uint8Array;
  has(day: number, mark: Uint8Array): boolean;
  /** Whether no more can be remembered for the day: then none may be taken. */
  isFull(day: number): boolean;
  add(day: number, mark: Uint8Array): void;
  /** Forgets days before `day`. */
  forgetBefore(day: number): void;
}

/** None as yet; remembers at most `perDay` tokens of a day. `salt` has 16 secret bytes. */
export function createSpentTokens(salt: Uint8Array, perDay: number): SpentTokens {
  const marksByDay = new Map<number, MarkSet>();
  return {
    markOf(tokenKey) {
      const { high, low } = shortIdsOf(tokenKey, salt);
      const mark = new Uint8Array(tokenMarkLength);
      const view = new DataView(mark.buffer);
      view.setUint32(0, high[0] ?? 0);
      // Zero stands for no token at all.
      view.setUint32(4, (low[0] ?? 0) | 1);
      return mark;
    },
    has: (day, mark) => marksByDay.get(day)?.has(mark) === true,
    isFull: (day) => (marksByDay.get(day)?.count ?? 0) >= perDay,
    add(day, mark) {
      const marks = marksByDay.get(day) ?? createMarkSet();
      marks.add(mark);
      marksByDay.set(day, marks);
    },
    forgetBefore(day) {
      for (const known of marksByDay.keys()) if (known < day) marksByDay.delete(known);
    },
  };
}

interface MarkSet {
  readonly count: number;
  has(mark: Uint8Array): boolean;
  add(mark: Uint8Array): void;
}

/** Open addressing over pairs of words; a pair of zeros is free, and at least a quarter are. */
function createMarkSet(): MarkSet {
  let words = new Uint32Array(32);
  let count = 0;

  /** The place of the mark, or the free one where it belongs. */
  function placeOf(high: number, low: number): number {
    const mask = words.length / 2 - 1;
    let place = high & mask;
    while (
      words[2 * place + 1] !== 0 &&
      (words[2 * place] !== high || words[2 * place + 1] !== low)
    ) {
      place = (place + 1) & mask;
    }
    return 2 * place;
  }

  function grow(): void {
    const old = words;
    words = new Uint32Array(2 * old.length);
    for (let place = 0; place < old.length; place += 2) {
      const [high = 0, low = 0] = [old[place], old[place + 1]];
      if (low !== 0) words.set([high, low], placeOf(high, low));
    }
  }

  return {
    get count() {
      return count;
    },
    has: (mark) => words[placeOf(uint32FromBytes(mark, 0), uint32FromBytes(mark, 4)) + 1] !== 0,
    add(mark) {
      if (8 * (count + 1) > 3 * words.length) grow();
      const high = uint32FromBytes(mark, 0);
      const low = uint32FromBytes(mark, 4);
      const place = placeOf(high, low);
      if (words[place + 1] === 0) count += 1;
      words.set([high, low], place);
    },
  };
}

/** Bytes of a symbol on the wire: sum 8, check 4, count 4 (PIP-1003 §4). */
export const symbolLength = 16;
/** Symbols of a sketch at most; beyond them a sync compares ranges (PIP-1003 §4). */
export const maxSymbols = 131_072;

/** A row of symbols that grows at its end. */
export interface SketchSymbols {
  readonly length: number;
  readonly high: Uint32Array;
  readonly low: Uint32Array;
  readonly check: Uint32Array;
  readonly count: Int32Array;
  /** Adds empty symbols until there are `length`. */
  grow(length: number): void;
  /** Adds an item (sign 1) to a symbol, or takes it out (sign -1). */
  apply(at: number, high: number, low: number, check: number, sign: number): void;
  isEmpty(at: number): boolean;
}

/** No symbols. */
export function createSketchSymbols(): SketchSymbols {
  let length = 0;
  let high = new Uint32Array(64);
  let low = new Uint32Array(64);
  let check = new Uint32Array(64);
  let count = new Int32Array(64);
  return {
    get length() {
      return length;
    },
    get high() {
      return high;
    },
    get low() {
      return low;
    },
    get check() {
      return check;
    },
    get count() {
      return count;
    },
    grow(wanted) {
      if (wanted > high.length) {
        const capacity = Math.max(wanted, 2 * high.length);
        const resize = <T extends Uint32Array | Int32Array>(from: T, to: T): T => {
          to.set(from);
          return to;
        };
        high = resize(high, new Uint32Array(capacity));
        low = resize(low, new Uint32Array(capacity));
        check = resize(check, new Uint32Array(capacity));
        count = resize(count, new Int32Array(capacity));
      }
      length = Math.max(length, wanted);
    },
    apply(at, itemHigh, itemLow, itemCheck, sign) {
      high[at] = (high[at] ?? 0) ^ itemHigh;
      low[at] = (low[at] ?? 0) ^ itemLow;
      check[at] = (check[at] ?? 0) ^ itemCheck;
      count[at] = (count[at] ?? 0) + sign;
    },
    isEmpty: (at) => high[at] === 0 && low[at] === 0 && check[at] === 0 && count[at] === 0,
  };
}

import type { ShortIds } from './short-id.ts';
import { createSketchSymbols, type SketchSymbols, symbolLength } from './sketch-symbols.ts';
import { checkOf, startWalk, symbolAfter } from './symbol-walk.ts';

/** The sketch of a set: as many symbols as are asked for, the same each time (PIP-1003 §4). */
export interface SketchEncoder {
  readonly symbols: SketchSymbols;
  /** Makes sure that the first `length` symbols are there. */
  extend(length: number): void;
  /** `count` symbols from `from` on, as bytes: 16 each. */
  encode(from: number, count: number): Uint8Array;
}

/** Takes 12 bytes of memory an item for the walks. */
export function createSketchEncoder(shorts: ShortIds): SketchEncoder {
  const { high, low } = shorts;
  const symbols = createSketchSymbols();
  const walksA = Uint32Array.from(high);
  const walksB = new Uint32Array(low.length);
  const next = new Uint32Array(low.length);
  for (let item = 0; item < low.length; item += 1) {
    walksB[item] = startWalk(high[item] ?? 0, low[item] ?? 0).b;
  }

  function extend(length: number): void {
    if (length <= symbols.length) return;
    symbols.grow(length);
    const { high: sumsHigh, low: sumsLow, check: sumsCheck, count: counts } = symbols;
    for (let item = 0; item < next.length; item += 1) {
      let at = next[item] ?? 0;
      if (at >= length) continue;
      const itemHigh = high[item] ?? 0;
      const itemLow = low[item] ?? 0;
      const check = checkOf(itemHigh, itemLow);
      // `stepWalk` with its state in local variables: this loop is the cost of a sketch.
      let a = (walksA[item] ?? 0) | 0;
      let b = (walksB[item] ?? 0) | 0;
      while (at < length) {
        sumsHigh[at] = (sumsHigh[at] ?? 0) ^ itemHigh;
        sumsLow[at] = (sumsLow[at] ?? 0) ^ itemLow;
        sumsCheck[at] = (sumsCheck[at] ?? 0) ^ check;
        counts[at] = (counts[at] ?? 0) + 1;
        const scaled = Math.imul(a, 0x9e37_79bb);
        const drawn = Math.imul((scaled << 5) | (scaled >>> 27), 5) >>> 0;
        b ^= a;
        a = ((a << 26) | (a >>> 6)) ^ b ^ (b << 9);
        b = (b << 13) | (b >>> 19);
        at = symbolAfter(at, drawn);
      }
      walksA[item] = a;
      walksB[item] = b;
      next[item] = at;
    }
  }

  return {
    symbols,
    extend,
    encode(from, count) {
      extend(from + count);
      const bytes = new Uint8Array(symbolLength * count);
      const view = new DataView(bytes.buffer);
      for (let place = 0; place < count; place += 1) {
        const at = from + place;
        view.setUint32(symbolLength * place, symbols.high[at] ?? 0);
        view.setUint32(symbolLength * place + 4, symbols.low[at] ?? 0);
        view.setUint32(symbolLength * place + 8, symbols.check[at] ?? 0);
        view.setInt32(symbolLength * place + 12, symbols.count[at] ?? 0);
      }
      return bytes;
    },
  };
}

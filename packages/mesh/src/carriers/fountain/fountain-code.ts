import { ParsError } from '@pars/base';

/** Source symbols of one object at most (PIP-1007 §1). */
export const maxSourceSymbols = 4_096;
/** Up to so many source symbols, coefficients are of GF(256); above, they are 0 or 1. */
export const maxDenseSymbols = 256;

/** How an object is cut (PIP-1007 §1). */
export interface FountainShape {
  /** Bytes of the object, at least 1. */
  readonly objectLength: number;
  /** Bytes of each symbol, 1 to 65,535. */
  readonly symbolLength: number;
}

/** How many source symbols the object has; throws `mesh/argument` beyond 4,096. */
export function sourceSymbolCount({ objectLength, symbolLength }: FountainShape): number {
  const isShape =
    Number.isInteger(objectLength) &&
    Number.isInteger(symbolLength) &&
    objectLength >= 1 &&
    symbolLength >= 1 &&
    symbolLength <= 0xffff;
  const count = Math.ceil(objectLength / symbolLength);
  if (!isShape || count > maxSourceSymbols) {
    throw new ParsError('mesh/argument', { what: 'fountainShape' });
  }
  return count;
}

/**
 * The coefficients of the repair symbol with this id (PIP-1007 §1): one byte
 * for each of `count` source symbols, written to `target`. Ids below `count`
 * name the source symbols themselves and are none of this function's.
 */
export function fillCoefficients(target: Uint8Array, id: number, count: number): void {
  const start = mix(id ^ Math.imul(count, 0x9e37_79b1));
  const perWord = count <= maxDenseSymbols ? 4 : 32;
  const width = 32 / perWord;
  const mask = perWord === 4 ? 0xff : 1;
  for (let at = 0, number = 1; at < count; number += 1) {
    const word = mix(start + Math.imul(number, 0x9e37_79b9));
    const end = Math.min(count, at + perWord);
    for (let shift = 0; at < end; at += 1, shift += width) target[at] = (word >>> shift) & mask;
  }
}

/** The finaliser of MurmurHash3 over 32 bits. */
function mix(value: number): number {
  let bits = value | 0;
  bits = Math.imul(bits ^ (bits >>> 16), 0x85eb_ca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2_ae35);
  return bits ^ (bits >>> 16);
}

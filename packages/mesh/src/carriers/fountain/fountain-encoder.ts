import { ParsError } from '@pars/base';
import { fillCoefficients, sourceSymbolCount } from './fountain-code.ts';
import { addScaled, createFieldVector } from './galois-field.ts';

/** Makes symbols of one object, as many as anybody asks for (PIP-1007 §1). */
export interface FountainEncoder {
  /** How many source symbols there are: so many symbols are enough, in most cases. */
  readonly sourceCount: number;
  /** The symbol with this id, 0 to 2^32 - 1: a part of the object below `sourceCount`, a sum of parts from there on. */
  symbol(id: number): Uint8Array;
}

/** An encoder of `object`, which it keeps; 1 to 4,096 symbols' worth of bytes. */
export function createFountainEncoder(object: Uint8Array, symbolLength: number): FountainEncoder {
  const sourceCount = sourceSymbolCount({ objectLength: object.length, symbolLength });
  const parts = Array.from({ length: sourceCount }, (_, at) => {
    const part = createFieldVector(symbolLength);
    part.bytes.set(object.subarray(at * symbolLength, (at + 1) * symbolLength));
    return part;
  });
  const coefficients = new Uint8Array(sourceCount);
  return {
    sourceCount,
    symbol(id) {
      if (!Number.isInteger(id) || id < 0 || id > 0xffff_ffff) {
        throw new ParsError('mesh/argument', { what: 'symbolId' });
      }
      const part = parts[id];
      if (part !== undefined) return part.bytes.slice(0, symbolLength);
      fillCoefficients(coefficients, id, sourceCount);
      const sum = createFieldVector(symbolLength);
      for (const [at, source] of parts.entries()) addScaled(sum, source, coefficients[at] ?? 0);
      return sum.bytes.slice(0, symbolLength);
    },
  };
}

import { type FountainShape, fillCoefficients, sourceSymbolCount } from './fountain-code.ts';
import {
  addScaled,
  createFieldVector,
  type FieldVector,
  inverseOf,
  scale,
} from './galois-field.ts';

/**
 * What a symbol did: brought something; nothing new; nothing new, and it
 * contradicts the others, so that at least one of them is forged; or it was of
 * another length.
 */
export type FountainStep = 'added' | 'redundant' | 'contradiction' | 'unfit';

/** Puts one object together from symbols in any order (PIP-1007 §2). */
export interface FountainDecoder {
  readonly sourceCount: number;
  /** How many more symbols it takes at least. */
  readonly missing: number;
  /**
   * Takes a symbol; total. Costs at most 2 · `sourceCount` additions of rows,
   * and keeps at most `sourceCount` rows of a symbol and `sourceCount` bytes each.
   */
  add(id: number, symbol: Uint8Array): FountainStep;
  /** The object, once nothing is missing. It is what the symbols say: its hash is the caller's to check. */
  object(): Uint8Array | undefined;
}

/** A decoder without symbols; throws `mesh/argument` for a shape that no object has. */
export function createFountainDecoder(shape: FountainShape): FountainDecoder {
  const sourceCount = sourceSymbolCount(shape);
  const { objectLength, symbolLength } = shape;
  // Rows are kept fully reduced (Gauss-Jordan), so that no symbol, not even the last one, costs more
  // than two passes over them.
  const rows: (Row | undefined)[] = Array.from({ length: sourceCount });
  let rank = 0;

  function add(id: number, symbol: Uint8Array): FountainStep {
    if (symbol.length !== symbolLength || !isSymbolId(id)) return 'unfit';
    const payload = createFieldVector(symbolLength);
    payload.bytes.set(symbol);
    const isSource = id < sourceCount;
    if (isSource && rows[id] === undefined) {
      settle(id, { payload, coefficients: undefined });
      return 'added';
    }
    const coefficients = createFieldVector(sourceCount);
    if (isSource) coefficients.bytes[id] = 1;
    else fillCoefficients(coefficients.bytes, id, sourceCount);
    for (const [at, row] of rows.entries()) {
      if (row !== undefined) subtract(coefficients, payload, at, row);
    }
    const pivot = coefficients.bytes.findIndex((value) => value !== 0);
    if (pivot === -1)
      return payload.words.some((word) => word !== 0) ? 'contradiction' : 'redundant';
    const factor = inverseOf(coefficients.bytes[pivot] ?? 1);
    scale(coefficients, factor);
    scale(payload, factor);
    settle(pivot, { payload, coefficients });
    return 'added';
  }

  /** Takes the new row out of all others, and keeps it. */
  function settle(pivot: number, added: Row): void {
    for (const row of rows) {
      if (row?.coefficients !== undefined) subtract(row.coefficients, row.payload, pivot, added);
    }
    rows[pivot] = added;
    rank += 1;
  }

  return {
    sourceCount,
    get missing() {
      return sourceCount - rank;
    },
    add,
    object() {
      if (rank < sourceCount) return undefined;
      const object = new Uint8Array(objectLength);
      for (const [at, row] of rows.entries()) {
        const from = at * symbolLength;
        const part = row?.payload.bytes.subarray(0, Math.min(symbolLength, objectLength - from));
        if (part !== undefined) object.set(part, from);
      }
      return object;
    },
  };
}

/** An equation: what the coefficients make of the source symbols is the payload. */
interface Row {
  readonly payload: FieldVector;
  /** `undefined`: the source symbol itself. */
  readonly coefficients: FieldVector | undefined;
}

/** Clears the place `pivot` with the row whose pivot it is. */
function subtract(coefficients: FieldVector, payload: FieldVector, pivot: number, row: Row): void {
  const factor = coefficients.bytes[pivot] ?? 0;
  if (factor === 0) return;
  if (row.coefficients === undefined) coefficients.bytes[pivot] = 0;
  else addScaled(coefficients, row.coefficients, factor);
  addScaled(payload, row.payload, factor);
}

function isSymbolId(id: number): boolean {
  return Number.isInteger(id) && id >= 0 && id <= 0xffff_ffff;
}

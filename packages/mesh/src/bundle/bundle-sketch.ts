import { concatBytes, ParsError, type Random } from '@pars/base';
import { type DayIds, parcelIds } from '../parcel/index.ts';
import { createDaySet, type DaySet } from '../reconciliation/day-set.ts';
import { saltLength, shortIdsOf } from '../reconciliation/short-id.ts';
import { createSketchDecoder } from '../reconciliation/sketch-decoder.ts';
import { createSketchEncoder } from '../reconciliation/sketch-encoder.ts';
import { symbolLength } from '../reconciliation/sketch-symbols.ts';
import { maxBundleSymbols, type SketchRecord } from './bundle-record.ts';

/**
 * The sketch of the parcels of all days together: `symbolCount` symbols of 16
 * bytes, 1 to 4,096 (PIP-1004 §8). Takes 20 bytes of memory a parcel of the fullest day.
 */
export function createBundleSketch(
  random: Random,
  days: readonly DayIds[],
  symbolCount: number,
): SketchRecord {
  if (!Number.isInteger(symbolCount) || symbolCount < 1 || symbolCount > maxBundleSymbols) {
    throw new ParsError('mesh/argument', { what: 'sketchSymbols' });
  }
  const salt = random.bytes(saltLength);
  const symbols = new Uint8Array(symbolLength * symbolCount);
  let count = 0;
  for (const { ids } of days) {
    count += ids.length / 32;
    const encoder = createSketchEncoder(shortIdsOf(ids, salt));
    addSymbols(symbols, encoder.encode(0, symbolCount));
  }
  return { kind: 'sketch', salt, count, symbols };
}

/**
 * Which of the own parcels the far side lacks, by its sketch, as texts of
 * their ids; `undefined` when the two differ by more than the sketch tells (about
 * 2,900 for 4,096 symbols), or when it is no sketch of any set. Takes about 70
 * bytes of memory a parcel meanwhile.
 */
export function lackingAtFarSide(
  days: readonly DayIds[],
  far: SketchRecord,
): ReadonlySet<string> | undefined {
  const ids = concatBytes(...days.map((day) => day.ids));
  const own: DaySet = createDaySet({ day: 0, ids }, far.salt);
  const decoder = createSketchDecoder(own, createSketchEncoder(own.shorts));
  if (decoder.add(far.symbols) !== 'decoded') return undefined;
  const { missing, surplus } = decoder.difference();
  // A count that does not fit the symbols is no honest sketch.
  if (far.count !== own.count - surplus.length + missing.length) return undefined;
  const lacking = new Set<string>();
  for (const short of surplus) {
    const id = own.idOf(short);
    if (id !== undefined) lacking.add(parcelIds.toText(id));
  }
  return lacking;
}

/** Symbols of a union are the sums of those of its parts: exclusive or, and the number added. */
function addSymbols(sums: Uint8Array, symbols: Uint8Array): void {
  const to = new DataView(sums.buffer);
  const from = new DataView(symbols.buffer, symbols.byteOffset, symbols.length);
  for (let at = 0; at < sums.length; at += symbolLength) {
    for (let word = at; word < at + 12; word += 4) {
      to.setInt32(word, to.getInt32(word) ^ from.getInt32(word));
    }
    to.setInt32(at + 12, to.getInt32(at + 12) + from.getInt32(at + 12));
  }
}

import { ParsError, type Random } from '@pars/base';
import type { ParcelId } from '../parcel/index.ts';
import { createDaySet, dayIdsFrom } from '../reconciliation/day-set.ts';
import { saltLength } from '../reconciliation/short-id.ts';
import { createSketchDecoder } from '../reconciliation/sketch-decoder.ts';
import { createSketchEncoder } from '../reconciliation/sketch-encoder.ts';
import { maxBundleSymbols, type SketchRecord } from './bundle-record.ts';

/** The sketch of a set of parcels, all days together: `symbolCount` symbols of 16 bytes, 1 to 4,096 (PIP-1004 §8). */
export function createBundleSketch(
  random: Random,
  ids: readonly ParcelId[],
  symbolCount: number,
): SketchRecord {
  if (!Number.isInteger(symbolCount) || symbolCount < 1 || symbolCount > maxBundleSymbols) {
    throw new ParsError('mesh/argument', { what: 'sketchSymbols' });
  }
  const salt = random.bytes(saltLength);
  const encoder = createSketchEncoder(setOf(ids, salt).shorts);
  return { kind: 'sketch', salt, count: ids.length, symbols: encoder.encode(0, symbolCount) };
}

/**
 * Which of the own parcels the far side lacks, by its sketch; `undefined` when
 * the two differ by more than the sketch tells (about 2,900 for 4,096 symbols),
 * or when it is no sketch of any set.
 */
export function lackingAtFarSide(
  ids: readonly ParcelId[],
  far: SketchRecord,
): ReadonlySet<string> | undefined {
  const own = setOf(ids, far.salt);
  const decoder = createSketchDecoder(own, createSketchEncoder(own.shorts));
  if (decoder.add(far.symbols) !== 'decoded') return undefined;
  const { missing, surplus } = decoder.difference();
  // A count that does not fit the symbols is no honest sketch.
  if (far.count !== ids.length - surplus.length + missing.length) return undefined;
  return new Set(surplus.flatMap((short) => own.idOf(short)?.toHex() ?? []));
}

function setOf(ids: readonly ParcelId[], salt: Uint8Array): ReturnType<typeof createDaySet> {
  const [day] = dayIdsFrom(ids.map((id) => ({ day: 0, id })));
  return createDaySet(day ?? { day: 0, ids: new Uint8Array(0) }, salt);
}

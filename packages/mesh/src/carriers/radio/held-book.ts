import { concatBytes } from '@pars/base';
import {
  bucketFromParcelLength,
  type ParcelEntry,
  type ParcelId,
  parcelIds,
} from '../../parcel/index.ts';
import { priorityToNumber } from '../../parcel/parcel-priority.ts';
import { createDaySet } from '../../reconciliation/day-set.ts';
import { shortIdsOf } from '../../reconciliation/short-id.ts';
import { createSketchDecoder } from '../../reconciliation/sketch-decoder.ts';
import { createSketchEncoder } from '../../reconciliation/sketch-encoder.ts';
import {
  maxListedShorts,
  type RadioMessage,
  type RadioOrderKey,
  type RadioShort,
  radioSketchSymbols,
} from './radio-message.ts';

/** A parcel of the store that may go over the radio. */
export interface HeldParcel extends RadioOrderKey {
  readonly id: ParcelId;
  readonly sizeBytes: number;
  readonly isEmergency: boolean;
}

type Listing = Extract<RadioMessage, { kind: 'list' }>;
type Sketch = Extract<RadioMessage, { kind: 'sketch' }>;

/** What this station holds, in the order in which it is sent (PIP-1007 §8). */
export interface HeldBook {
  readonly count: number;
  get(short: RadioShort): HeldParcel | undefined;
  shortOf(id: ParcelId): RadioShort;
  /** Replaces all; beyond 16,384 the last ones are left out. */
  replace(entries: Iterable<ParcelEntry>): void;
  add(entry: ParcelEntry): HeldParcel | undefined;
  remove(short: RadioShort): void;
  /** The next part of the list after `cursor`. */
  list(cursor: RadioOrderKey): Omit<Listing, 'kind' | 'left'>;
  sketch(): Omit<Sketch, 'kind' | 'left'>;
  /** What is said about: own parcels that are there too, and those that are lacking. */
  compareList(list: Listing): Comparison;
  /** `undefined` when the two differ by more than a sketch tells. */
  compareSketch(sketch: Sketch): Comparison | undefined;
}

/** Own parcels, as another station's words have them. */
export interface Comparison {
  readonly lacking: readonly RadioShort[];
  readonly present: readonly RadioShort[];
}

/** Before the first and after the last parcel. */
export const firstKey: RadioOrderKey = { rank: 0, short: 0 };
const lastKey: RadioOrderKey = { rank: 255, short: 2 ** 48 - 1 };
const maxHeld = 16_384;

/** A book without parcels, for those of bucket `maxBucket` and less. */
export function createHeldBook(salt: Uint8Array, maxBucket: number): HeldBook {
  const byShort = new Map<RadioShort, HeldParcel>();
  let order: HeldParcel[] = [];

  function heldFrom(entry: ParcelEntry): HeldParcel | undefined {
    const bucket = bucketFromParcelLength(entry.sizeBytes);
    if (bucket === undefined || bucket > maxBucket) return undefined;
    const { id, priority, sizeBytes } = entry;
    const rank = 8 * (2 - priorityToNumber(priority)) + bucket;
    return { id, sizeBytes, rank, short: shortOf(id), isEmergency: priority === 'emergency' };
  }

  function shortOf(id: ParcelId): RadioShort {
    const { high, low } = shortIdsOf(id, salt);
    return shortFrom(high[0] ?? 0, low[0] ?? 0);
  }

  function insert(held: HeldParcel): void {
    let [from, to] = [0, order.length];
    while (from < to) {
      const middle = (from + to) >>> 1;
      const other = order[middle];
      if (other !== undefined && compareKeys(other, held) < 0) from = middle + 1;
      else to = middle;
    }
    order.splice(from, 0, held);
    byShort.set(held.short, held);
  }

  /** Those of at most `bucket`, the smaller of the two stations' bounds. */
  function common(bucket: number): readonly HeldParcel[] {
    return bucket >= maxBucket ? order : order.filter(({ rank }) => rank % 8 <= bucket);
  }

  function split(held: Iterable<HeldParcel>, isThere: (parcel: HeldParcel) => boolean): Comparison {
    const lacking: RadioShort[] = [];
    const present: RadioShort[] = [];
    for (const parcel of held) (isThere(parcel) ? present : lacking).push(parcel.short);
    return { lacking, present };
  }

  return {
    get count() {
      return order.length;
    },
    get: (short) => byShort.get(short),
    shortOf,
    replace(entries) {
      byShort.clear();
      for (const entry of entries) {
        const held = heldFrom(entry);
        if (held !== undefined) byShort.set(held.short, held);
        if (byShort.size >= 4 * maxHeld) break;
      }
      order = [...byShort.values()].sort(compareKeys);
      for (const { short } of order.splice(maxHeld)) byShort.delete(short);
    },
    add(entry) {
      const held = heldFrom(entry);
      if (held === undefined || byShort.has(held.short)) return held;
      insert(held);
      const last = order.length > maxHeld ? order.pop() : undefined;
      if (last !== undefined) byShort.delete(last.short);
      return held;
    },
    remove(short) {
      if (byShort.delete(short)) order = order.filter((held) => held.short !== short);
    },
    list(cursor) {
      const start = order.findIndex((held) => compareKeys(held, cursor) > 0);
      const part = start === -1 ? [] : order.slice(start, start + maxListedShorts);
      const isEnd = start === -1 || start + part.length >= order.length;
      const last = part.at(-1);
      return {
        maxBucket,
        count: order.length,
        from: { rank: cursor.rank, short: cursor.short },
        to: isEnd || last === undefined ? lastKey : { rank: last.rank, short: last.short },
        shorts: part.map(({ short }) => short),
      };
    },
    sketch() {
      const shorts = shortIdsOf(concatBytes(...order.map(({ id }) => id)), salt);
      const symbols = createSketchEncoder(shorts).encode(0, radioSketchSymbols);
      return { maxBucket, count: order.length, symbols };
    },
    compareList({ from, maxBucket: bucket, shorts, to }) {
      const there = new Set(shorts);
      const within = common(bucket).filter(
        (held) => compareKeys(held, from) > 0 && compareKeys(held, to) <= 0,
      );
      return split(within, ({ short }) => there.has(short));
    },
    compareSketch({ count, maxBucket: bucket, symbols }) {
      const own = common(bucket);
      const ids = concatBytes(...own.map(({ id }) => id));
      const set = createDaySet({ day: 0, ids }, salt);
      const decoder = createSketchDecoder(set, createSketchEncoder(set.shorts));
      if (decoder.add(symbols) !== 'decoded') return undefined;
      const { missing, surplus } = decoder.difference();
      if (count !== own.length - surplus.length + missing.length) return undefined;
      const lacking = new Set(
        surplus.flatMap((short) => {
          const id = set.idOf(short);
          return id === undefined ? [] : [parcelIds.toText(id)];
        }),
      );
      return split(own, ({ id }) => !lacking.has(parcelIds.toText(id)));
    },
  };
}

/** The upper 48 of the 64 bits of a short id. */
function shortFrom(high: number, low: number): RadioShort {
  return (high >>> 0) * 65_536 + (low >>> 16);
}

function compareKeys(left: RadioOrderKey, right: RadioOrderKey): number {
  return left.rank - right.rank || left.short - right.short;
}

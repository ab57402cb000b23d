import type { SlotTable } from './slot-table.ts';

/** The parcels of one day: ids of 32 bytes, ascending, one after another (PIP-1003 §1). */
export interface DayIds {
  /** Days since 1970, UTC. */
  readonly day: number;
  /** Shared by whoever asked in the same state of the day: never written to. */
  readonly ids: Uint8Array;
}

/**
 * The slots of one day in the order of their ids. What is added is put in its
 * place when the order is next looked at: a few one by one, many by one merge.
 */
export interface DayOrder {
  readonly count: number;
  add(slot: number): void;
  remove(slot: number): void;
  /** Ascending by id, those above the id with these eight words; the order must not change meanwhile. */
  slots(above?: Uint32Array): Iterable<number>;
  /** All ids, packed. What was packed is used again until the day changes, while somebody holds it. */
  packed(): Uint8Array;
}

const maxChunk = 512;
const mergedChunk = 384;
const chunkStep = 32;
const maxPending = 65_536;

/** An empty order: sorted chunks of at most 512 slots, 4 to 5 bytes a slot in all. */
export function createDayOrder(table: SlotTable): DayOrder {
  let chunks: Chunk[] = [];
  let pending: number[] = [];
  let count = 0;
  let cache: WeakRef<Uint8Array> | undefined;

  /** The last chunk whose first id is not above; 0 when there is none. */
  function chunkOf(compare: (slot: number) => number): number {
    let from = 0;
    let to = chunks.length;
    while (to - from > 1) {
      const middle = (from + to) >>> 1;
      if (compare(chunks[middle]?.slots[0] ?? 0) <= 0) from = middle;
      else to = middle;
    }
    return from;
  }

  function add(slot: number): void {
    cache = undefined;
    count += 1;
    pending.push(slot);
    if (pending.length >= maxPending) settle();
  }

  function settle(): void {
    if (pending.length === 0) return;
    const added = pending;
    pending = [];
    const settled = count - added.length;
    if (added.length < 64 || 16 * added.length < settled) for (const slot of added) insert(slot);
    else merge(sortById(table, added), settled);
  }

  function insert(slot: number): void {
    const words = table.wordsOf(slot);
    const compare = (other: number) => table.compareIdTo(other, words);
    const number = chunkOf(compare);
    const chunk = chunks[number];
    if (chunk === undefined) {
      chunks.push({ slots: Uint32Array.of(slot), length: 1 });
      return;
    }
    insertAt(chunk, placeIn(chunk, compare), slot);
    if (chunk.length > maxChunk) {
      const half = chunk.length >>> 1;
      const upper = chunk.slots.slice(half, chunk.length);
      const lower = { slots: chunk.slots.slice(0, half), length: half };
      chunks.splice(number, 1, lower, { slots: upper, length: upper.length });
    }
  }

  function merge(added: readonly number[], settled: number): void {
    const merged = new Uint32Array(settled + added.length);
    let length = 0;
    let next = 0;
    const takeBelow = (words: Uint32Array | undefined) => {
      for (; next < added.length; next += 1) {
        const slot = added[next] ?? 0;
        if (words !== undefined && table.compareIdTo(slot, words) > 0) return;
        merged[length] = slot;
        length += 1;
      }
    };
    for (const chunk of chunks) {
      for (let place = 0; place < chunk.length; place += 1) {
        const slot = chunk.slots[place] ?? 0;
        if (next < added.length) takeBelow(table.wordsOf(slot));
        merged[length] = slot;
        length += 1;
      }
    }
    takeBelow(undefined);
    chunks = [];
    for (let from = 0; from < length; from += mergedChunk) {
      const slots = merged.slice(from, Math.min(from + mergedChunk, length));
      chunks.push({ slots, length: slots.length });
    }
  }

  function remove(slot: number): void {
    settle();
    const words = table.wordsOf(slot);
    const compare = (other: number) => table.compareIdTo(other, words);
    const number = chunkOf(compare);
    const chunk = chunks[number];
    const place = chunk === undefined ? 0 : placeIn(chunk, compare);
    if (chunk?.slots[place] !== slot || place >= chunk.length) return;
    cache = undefined;
    count -= 1;
    chunk.slots.copyWithin(place, place + 1, chunk.length);
    chunk.length -= 1;
    if (chunk.length === 0) chunks.splice(number, 1);
    else if (chunk.slots.length > 2 * chunk.length + chunkStep) {
      chunk.slots = chunk.slots.slice(0, chunk.length);
    }
  }

  function* slots(above?: Uint32Array): Iterable<number> {
    settle();
    // An equal one counts as below.
    const compare = (other: number) =>
      above === undefined || table.compareIdTo(other, above) > 0 ? 1 : -1;
    const first = chunkOf(compare);
    for (let number = first; number < chunks.length; number += 1) {
      const chunk = chunks[number] as Chunk;
      for (let place = number === first ? placeIn(chunk, compare) : 0; place < chunk.length; ) {
        yield chunk.slots[place] ?? 0;
        place += 1;
      }
    }
  }

  return {
    get count() {
      return count;
    },
    add,
    remove,
    slots,
    packed() {
      settle();
      const known = cache?.deref();
      if (known !== undefined) return known;
      const ids = new Uint8Array(32 * count);
      const view = new DataView(ids.buffer);
      let offset = 0;
      for (const chunk of chunks) {
        for (let place = 0; place < chunk.length; place += 1) {
          table.writeId(chunk.slots[place] ?? 0, view, offset);
          offset += 32;
        }
      }
      cache = new WeakRef(ids);
      return ids;
    },
  };
}

interface Chunk {
  slots: Uint32Array;
  length: number;
}

/** Sorts by the first four bytes with numbers alone, then mends where those are equal. */
function sortById(table: SlotTable, slots: readonly number[]): readonly number[] {
  // Four bytes of the id and 16 bits of the place are exact in a double.
  const keys = Float64Array.from(
    slots,
    (slot, place) => table.idBeginOf(slot) * maxPending + place,
  ).sort();
  const sorted = Array.from(keys, (key) => slots[key % maxPending] ?? 0);
  for (let at = 1; at < sorted.length; at += 1) {
    const slot = sorted[at] ?? 0;
    const words = table.wordsOf(slot);
    let to = at;
    for (; to > 0 && table.compareIdTo(sorted[to - 1] ?? 0, words) > 0; to -= 1) {
      sorted[to] = sorted[to - 1] ?? 0;
    }
    sorted[to] = slot;
  }
  return sorted;
}

/** The place of the first slot that does not compare below. */
function placeIn(chunk: Chunk, compare: (slot: number) => number): number {
  let from = 0;
  let to = chunk.length;
  while (from < to) {
    const middle = (from + to) >>> 1;
    if (compare(chunk.slots[middle] ?? 0) < 0) from = middle + 1;
    else to = middle;
  }
  return from;
}

function insertAt(chunk: Chunk, place: number, slot: number): void {
  if (chunk.length === chunk.slots.length) {
    const larger = new Uint32Array(chunk.length + chunkStep);
    larger.set(chunk.slots);
    chunk.slots = larger;
  }
  chunk.slots.copyWithin(place + 1, place, chunk.length);
  chunk.slots[place] = slot;
  chunk.length += 1;
}

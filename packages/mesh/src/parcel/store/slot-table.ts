import type { ParcelId } from '../parcel.ts';
import { parcelPriorities, priorityToNumber } from '../parcel-priority.ts';
import { parcelSizes } from '../parcel-size.ts';
import type { ParcelEntry } from './parcel-entry.ts';

/** The link that ends a chain of slots; in a chain's head, an empty chain. */
export const noSlot = 0xffff_ffff;

/** The columns that chain slots to lists: by id, by tag, by rank. */
export type SlotChain = 'idChain' | 'tagChain' | 'rankChain';

/**
 * What is in memory of each parcel, in columns: 54 bytes a slot (56 where
 * shards are wider than 16 bits). Slots are numbers that are used again.
 */
export interface SlotTable {
  /** Takes a free slot and writes the entry there; `source` is below 65,536. */
  add(entry: ParcelEntry, source: number): number;
  free(slot: number): void;
  entryOf(slot: number): ParcelEntry;
  /** A copy of the 32 bytes. */
  idOf(slot: number): ParcelId;
  /** Writes the 32 bytes of the id. */
  writeId(slot: number, target: DataView, offset: number): void;
  /** The first four bytes of the id as a number. */
  idBeginOf(slot: number): number;
  /** The eight words of the id: a view that holds until the slot is freed or the table grows. */
  wordsOf(slot: number): Uint32Array;
  /** Below zero when the slot's id comes before the one with these eight words; zero for the same. */
  compareIdTo(slot: number, words: Uint32Array): number;
  expirySlotOf(slot: number): number;
  shardOf(slot: number): number;
  sizeOf(slot: number): number;
  sourceOf(slot: number): number;
  priorityNumberOf(slot: number): number;
  levelOf(slot: number): number;
  /** A keyed hash of the tag, 32 bits. */
  tagPrintOf(slot: number): number;
  setTagPrint(slot: number, print: number): void;
  next(chain: SlotChain, slot: number): number;
  setNext(chain: SlotChain, slot: number, next: number): void;
}

const segmentBits = 12;
const segmentSlots = 2 ** segmentBits;
const segmentMask = segmentSlots - 1;
const firstSegmentSlots = 16;
const idWords = 8;

/** An empty table; it grows by segments of 4,096 slots, the first one by doubling. */
export function createSlotTable(shardBits: number): SlotTable {
  const shardShift = shardBits <= 16 ? 16 : 0;
  const segments: Segment[] = [];
  let used = 0;
  let freed = noSlot;

  const at = (slot: number): Segment => segments[slot >>> segmentBits] as Segment;

  function takeSlot(): number {
    if (freed !== noSlot) {
      const slot = freed;
      freed = at(slot).rankChain[slot & segmentMask] ?? noSlot;
      return slot;
    }
    const slot = used;
    used += 1;
    const segment = slot >>> segmentBits;
    const place = slot & segmentMask;
    const current = segments[segment];
    if (current === undefined) {
      segments.push(createSegment(segment === 0 ? firstSegmentSlots : segmentSlots, shardShift));
    } else if (place >= current.expiry.length) {
      segments[segment] = enlarge(current, 2 * current.expiry.length, shardShift);
    }
    return slot;
  }

  function compareIdTo(slot: number, words: Uint32Array): number {
    const { ids } = at(slot);
    const begin = (slot & segmentMask) * idWords;
    for (let word = 0; word < idWords; word += 1) {
      const difference = (ids[begin + word] ?? 0) - (words[word] ?? 0);
      if (difference !== 0) return difference;
    }
    return 0;
  }

  return {
    add(entry, source) {
      const slot = takeSlot();
      const segment = at(slot);
      const place = slot & segmentMask;
      segment.ids.set(idToWords(entry.id), place * idWords);
      segment.expiry[place] = entry.expirySlot;
      segment.shards[place] = entry.shard >>> shardShift;
      const bucket = parcelSizes.indexOf(entry.sizeBytes);
      const small = (priorityToNumber(entry.priority) << 3) | bucket;
      segment.facts[place] = ((source << 16) | (Math.min(entry.level, 255) << 8) | small) >>> 0;
      return slot;
    },
    free(slot) {
      at(slot).rankChain[slot & segmentMask] = freed;
      freed = slot;
    },
    entryOf(slot) {
      const segment = at(slot);
      const place = slot & segmentMask;
      const facts = segment.facts[place] ?? 0;
      return {
        id: idFrom(segment.ids, place),
        shard: ((segment.shards[place] ?? 0) << shardShift) >>> 0,
        expirySlot: segment.expiry[place] ?? 0,
        priority: parcelPriorities[(facts >>> 3) & 3] ?? 'normal',
        level: (facts >>> 8) & 255,
        sizeBytes: parcelSizes[facts & 7] ?? 0,
      };
    },
    idOf: (slot) => idFrom(at(slot).ids, slot & segmentMask),
    writeId(slot, target, offset) {
      const { ids } = at(slot);
      const begin = (slot & segmentMask) * idWords;
      for (let word = 0; word < idWords; word += 1) {
        target.setUint32(offset + 4 * word, ids[begin + word] ?? 0);
      }
    },
    idBeginOf: (slot) => at(slot).ids[(slot & segmentMask) * idWords] ?? 0,
    wordsOf(slot) {
      const begin = (slot & segmentMask) * idWords;
      return at(slot).ids.subarray(begin, begin + idWords);
    },
    compareIdTo,
    expirySlotOf: (slot) => at(slot).expiry[slot & segmentMask] ?? 0,
    shardOf: (slot) => ((at(slot).shards[slot & segmentMask] ?? 0) << shardShift) >>> 0,
    sizeOf: (slot) => parcelSizes[(at(slot).facts[slot & segmentMask] ?? 0) & 7] ?? 0,
    sourceOf: (slot) => (at(slot).facts[slot & segmentMask] ?? 0) >>> 16,
    priorityNumberOf: (slot) => ((at(slot).facts[slot & segmentMask] ?? 0) >>> 3) & 3,
    levelOf: (slot) => ((at(slot).facts[slot & segmentMask] ?? 0) >>> 8) & 255,
    tagPrintOf: (slot) => at(slot).tagPrints[slot & segmentMask] ?? 0,
    setTagPrint(slot, print) {
      at(slot).tagPrints[slot & segmentMask] = print;
    },
    next: (chain, slot) => at(slot)[chain][slot & segmentMask] ?? noSlot,
    setNext(chain, slot, next) {
      at(slot)[chain][slot & segmentMask] = next;
    },
  };
}

/** The 32 bytes of an id as eight numbers, which compare like the bytes. */
export function idToWords(id: Uint8Array): Uint32Array {
  const words = new Uint32Array(idWords);
  const view = new DataView(id.buffer, id.byteOffset, id.length);
  for (let word = 0; word < idWords; word += 1) words[word] = view.getUint32(4 * word);
  return words;
}

interface Segment {
  /** Eight words an id. */
  readonly ids: Uint32Array;
  readonly expiry: Uint32Array;
  readonly shards: Uint16Array | Uint32Array;
  /** Source in 16 bits, level in 8, priority and bucket in 3 each. */
  readonly facts: Uint32Array;
  readonly tagPrints: Uint32Array;
  readonly idChain: Uint32Array;
  readonly tagChain: Uint32Array;
  readonly rankChain: Uint32Array;
}

function createSegment(slots: number, shardShift: number): Segment {
  return {
    ids: new Uint32Array(idWords * slots),
    expiry: new Uint32Array(slots),
    shards: shardShift === 16 ? new Uint16Array(slots) : new Uint32Array(slots),
    facts: new Uint32Array(slots),
    tagPrints: new Uint32Array(slots),
    idChain: new Uint32Array(slots),
    tagChain: new Uint32Array(slots),
    rankChain: new Uint32Array(slots),
  };
}

function enlarge(segment: Segment, slots: number, shardShift: number): Segment {
  const larger = createSegment(slots, shardShift);
  for (const name of Object.keys(segment) as (keyof Segment)[]) larger[name].set(segment[name]);
  return larger;
}

function idFrom(ids: Uint32Array, place: number): ParcelId {
  const bytes = new Uint8Array(4 * idWords);
  const view = new DataView(bytes.buffer);
  for (let word = 0; word < idWords; word += 1) {
    view.setUint32(4 * word, ids[place * idWords + word] ?? 0);
  }
  return bytes as ParcelId;
}

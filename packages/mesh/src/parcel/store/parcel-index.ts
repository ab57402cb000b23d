import type { Result } from '@pars/base';
import type { MeshFailure } from '../../errors.ts';
import { shortIdsOf } from '../../reconciliation/short-id.ts';
import type { ParcelId } from '../parcel.ts';
import type { ParcelNetwork } from '../parcel-network.ts';
import { dayFromSlot } from '../parcel-time.ts';
import { createDayOrder, type DayIds, type DayOrder } from './day-order.ts';
import type { ParcelEntry, TaggedParcelEntry } from './parcel-entry.ts';
import { createParcelQuota, type ParcelBounds } from './parcel-quota.ts';
import { rankParts } from './parcel-rank.ts';
import { createRankLists, rankOfSlot } from './rank-lists.ts';
import { createSlotChains } from './slot-chains.ts';
import { createSlotTable, idToWords, noSlot } from './slot-table.ts';
import { createSourceNames, unknownSource } from './source-names.ts';

/**
 * All that a store keeps in memory of its parcels: about 64 bytes each, whose
 * parts agree after every call. Tags are there as keyed hashes only.
 */
export interface ParcelIndex {
  readonly count: number;
  readonly sizeBytes: number;
  slotOf(id: ParcelId): number | undefined;
  entryOf(slot: number): ParcelEntry;
  /** What would give way for `entry` from `source`, as slots; or why it may not come. */
  planRoom(entry: ParcelEntry, source: string | undefined): Result<readonly number[], MeshFailure>;
  /** Adds an entry that is not there; sources beyond 4,096 share one account. */
  add(entry: TaggedParcelEntry, source: string | undefined): void;
  remove(slots: readonly number[]): void;
  /** Slots that may bear the tag, and rarely others. */
  slotsWithTag(tag: Uint8Array): readonly number[];
  /** Days that have parcels, ascending. */
  days(): readonly number[];
  /** Live ids by day as of `nowSlot`, both ascending. */
  snapshot(nowSlot: number): readonly DayIds[];
  /** Live ids of a day, ascending and packed; of one shard only when that is given. */
  idsOf(day: number, nowSlot: number, shard?: number): Uint8Array;
  /** Up to `limit` slots that have ended at `nowSlot`. */
  endedSlots(nowSlot: number, limit: number): readonly number[];
  /** The first slot of the day whose id is above `id`, in the order of ids. */
  nextOfDay(day: number, id: ParcelId | undefined): number | undefined;
  /** Ranks that have parcels, the highest first. */
  ranksDescending(): readonly number[];
  /** The first slot of the rank whose id is above `id`, in the order of ids. */
  nextOfRank(rank: number, id: ParcelId | undefined): number | undefined;
}

/** An empty index. `salt`, 20 secret bytes, keeps strangers from choosing what collides in it. */
export function createParcelIndex(
  network: ParcelNetwork,
  bounds: ParcelBounds,
  salt: Uint8Array,
): ParcelIndex {
  const table = createSlotTable(network.shardBits);
  const idSalt = new DataView(salt.buffer, salt.byteOffset).getUint32(16);
  const byId = createSlotChains(table, 'idChain', (slot) => table.idBeginOf(slot) ^ idSalt);
  const byTag = createSlotChains(table, 'tagChain', (slot) => table.tagPrintOf(slot));
  const lists = createRankLists(table, network.leastLevel);
  const quota = createParcelQuota(bounds, network.leastLevel, table, lists);
  const orderByDay = new Map<number, DayOrder>();
  const sources = createSourceNames();

  const tagPrint = (tag: Uint8Array): number => shortIdsOf(tag, salt).low[0] ?? 0;
  const dayOf = (slot: number): number => dayFromSlot(table.expirySlotOf(slot));
  const days = (): readonly number[] => [...orderByDay.keys()].toSorted((a, b) => a - b);

  function* liveOf(order: DayOrder, nowSlot: number): Iterable<number> {
    for (const slot of order.slots()) if (table.expirySlotOf(slot) > nowSlot) yield slot;
  }

  function packedIds(day: number, order: DayOrder, nowSlot: number): Uint8Array {
    // Parcels of later days are all live.
    if (day > dayFromSlot(nowSlot)) return order.packed();
    return pack([...liveOf(order, nowSlot)]);
  }

  function pack(slots: readonly number[]): Uint8Array {
    const ids = new Uint8Array(32 * slots.length);
    const view = new DataView(ids.buffer);
    for (const [place, slot] of slots.entries()) table.writeId(slot, view, 32 * place);
    return ids;
  }

  return {
    get count() {
      return quota.count;
    },
    get sizeBytes() {
      return quota.sizeBytes;
    },
    slotOf(id) {
      const words = idToWords(id);
      let slot = byId.firstCandidate((words[0] ?? 0) ^ idSalt);
      while (slot !== noSlot && table.compareIdTo(slot, words) !== 0) {
        slot = table.next('idChain', slot);
      }
      return slot === noSlot ? undefined : slot;
    },
    entryOf: (slot) => table.entryOf(slot),
    planRoom: (entry, source) =>
      quota.planRoom(entry, source === undefined ? unknownSource : sources.numberOf(source)),
    add(entry, source) {
      const number = source === undefined ? unknownSource : sources.assign(source);
      const slot = table.add(entry, number);
      table.setTagPrint(slot, tagPrint(entry.tag));
      byId.add(slot);
      byTag.add(slot);
      lists.add(slot);
      quota.added(slot);
      const day = dayOf(slot);
      const order = orderByDay.get(day) ?? createDayOrder(table);
      order.add(slot);
      orderByDay.set(day, order);
    },
    remove(slots) {
      const touched = new Set(slots.map((slot) => table.sourceOf(slot)));
      lists.remove(slots);
      for (const slot of slots) {
        quota.removed(slot);
        byId.remove(slot);
        byTag.remove(slot);
        const order = orderByDay.get(dayOf(slot));
        order?.remove(slot);
        if (order?.count === 0) orderByDay.delete(dayOf(slot));
        table.free(slot);
      }
      for (const source of touched) {
        if (lists.amountOf(source).count === 0) sources.release(source);
      }
    },
    slotsWithTag(tag) {
      const print = tagPrint(tag);
      const found: number[] = [];
      let slot = byTag.firstCandidate(print);
      for (; slot !== noSlot; slot = table.next('tagChain', slot)) {
        if (table.tagPrintOf(slot) === print) found.push(slot);
      }
      return found;
    },
    days,
    snapshot(nowSlot) {
      const today = dayFromSlot(nowSlot);
      const snapshot: DayIds[] = [];
      for (const day of days()) {
        const order = orderByDay.get(day);
        if (order === undefined || day < today) continue;
        const ids = packedIds(day, order, nowSlot);
        if (ids.length > 0) snapshot.push({ day, ids });
      }
      return snapshot;
    },
    idsOf(day, nowSlot, shard) {
      const order = orderByDay.get(day);
      if (order === undefined) return new Uint8Array(0);
      if (shard === undefined) return packedIds(day, order, nowSlot);
      const slots: number[] = [];
      for (const slot of liveOf(order, nowSlot)) {
        if (table.shardOf(slot) === shard) slots.push(slot);
      }
      return pack(slots);
    },
    endedSlots(nowSlot, limit) {
      const today = dayFromSlot(nowSlot);
      const ended: number[] = [];
      for (const list of lists.ascending()) {
        if (rankParts(list.rank).day > today) continue;
        for (const slot of list.slots()) {
          if (ended.length >= limit) return ended;
          if (table.expirySlotOf(slot) <= nowSlot) ended.push(slot);
        }
      }
      return ended;
    },
    nextOfDay(day, id) {
      for (const slot of orderByDay.get(day)?.slots(id && idToWords(id)) ?? []) return slot;
      return undefined;
    },
    ranksDescending: () => lists.ranks().toReversed(),
    nextOfRank(rank, id) {
      const order = orderByDay.get(rankParts(rank).day);
      for (const slot of order?.slots(id && idToWords(id)) ?? []) {
        if (rankOfSlot(table, slot, network.leastLevel) === rank) return slot;
      }
      return undefined;
    },
  };
}

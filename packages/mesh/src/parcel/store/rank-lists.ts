import { rankFrom } from './parcel-rank.ts';
import { noSlot, type SlotTable } from './slot-table.ts';

/** Slots of one source and one rank, the first in first: a chain in the slots' own column. */
export interface RankList {
  readonly source: number;
  readonly rank: number;
  readonly count: number;
  readonly sizeBytes: number;
  /** From the one that came first on; the list must not change meanwhile. */
  slots(): Iterable<number>;
}

/** How much of something is held. */
export interface Amount {
  readonly count: number;
  readonly sizeBytes: number;
}

/** All slots by rank and source: what eviction walks through. */
export interface RankLists {
  add(slot: number): void;
  /** Removes slots; those that come first in their lists cost a step each. */
  remove(slots: Iterable<number>): void;
  /** The lists from the lowest rank up. */
  ascending(): Iterable<RankList>;
  /** The same for one source. */
  ascendingOf(source: number): Iterable<RankList>;
  amountOf(source: number): Amount;
  /** Every rank that has slots, ascending. */
  ranks(): readonly number[];
}

/** The rank of what a slot holds (PIP-1002 §9). */
export function rankOfSlot(table: SlotTable, slot: number, leastLevel: number): number {
  const paid = table.levelOf(slot) - leastLevel;
  return rankFrom(table.priorityNumberOf(slot), paid, table.expirySlotOf(slot));
}

/** Empty lists over the slots of `table`. */
export function createRankLists(table: SlotTable, leastLevel: number): RankLists {
  const listsByRank = new Map<number, Map<number, MutableList>>();
  const listsBySource = new Map<number, Map<number, MutableList>>();
  const amountBySource = new Map<number, { count: number; sizeBytes: number }>();
  let sortedRanks: readonly number[] | undefined;

  function open(source: number, rank: number): MutableList {
    const known = listsBySource.get(source)?.get(rank);
    if (known !== undefined) return known;
    const list = createList(table, source, rank);
    if (!listsByRank.has(rank)) sortedRanks = undefined;
    put(listsByRank, rank, source, list);
    put(listsBySource, source, rank, list);
    return list;
  }

  function close({ source, rank }: MutableList): void {
    if (drop(listsByRank, rank, source)) sortedRanks = undefined;
    drop(listsBySource, source, rank);
  }

  function ranks(): readonly number[] {
    sortedRanks ??= [...listsByRank.keys()].toSorted((a, b) => a - b);
    return sortedRanks;
  }

  return {
    add(slot) {
      const source = table.sourceOf(slot);
      open(source, rankOfSlot(table, slot, leastLevel)).append(slot);
      const amount = amountBySource.get(source) ?? { count: 0, sizeBytes: 0 };
      amount.count += 1;
      amount.sizeBytes += table.sizeOf(slot);
      amountBySource.set(source, amount);
    },
    remove(slots) {
      const goneByList = new Map<MutableList, Set<number>>();
      for (const slot of slots) {
        const list = open(table.sourceOf(slot), rankOfSlot(table, slot, leastLevel));
        goneByList.set(list, (goneByList.get(list) ?? new Set()).add(slot));
      }
      for (const [list, gone] of goneByList) {
        const before = { count: list.count, sizeBytes: list.sizeBytes };
        list.remove(gone);
        const amount = amountBySource.get(list.source);
        if (amount !== undefined) {
          amount.count -= before.count - list.count;
          amount.sizeBytes -= before.sizeBytes - list.sizeBytes;
          if (amount.count === 0) amountBySource.delete(list.source);
        }
        if (list.count === 0) close(list);
      }
    },
    *ascending() {
      for (const rank of ranks()) yield* listsByRank.get(rank)?.values() ?? [];
    },
    *ascendingOf(source) {
      const lists = [...(listsBySource.get(source)?.values() ?? [])];
      yield* lists.toSorted((a, b) => a.rank - b.rank);
    },
    amountOf: (source) => amountBySource.get(source) ?? { count: 0, sizeBytes: 0 },
    ranks,
  };
}

interface MutableList extends RankList {
  append(slot: number): void;
  remove(slots: Set<number>): void;
}

function createList(table: SlotTable, source: number, rank: number): MutableList {
  let head = noSlot;
  let tail = noSlot;
  let count = 0;
  let sizeBytes = 0;
  return {
    source,
    rank,
    get count() {
      return count;
    },
    get sizeBytes() {
      return sizeBytes;
    },
    *slots() {
      for (let slot = head; slot !== noSlot; slot = table.next('rankChain', slot)) yield slot;
    },
    append(slot) {
      table.setNext('rankChain', slot, noSlot);
      if (tail === noSlot) head = slot;
      else table.setNext('rankChain', tail, slot);
      tail = slot;
      count += 1;
      sizeBytes += table.sizeOf(slot);
    },
    remove(slots) {
      let left = slots.size;
      let before = noSlot;
      for (let slot = head; slot !== noSlot && left > 0; ) {
        const next = table.next('rankChain', slot);
        if (slots.has(slot)) {
          if (before === noSlot) head = next;
          else table.setNext('rankChain', before, next);
          if (tail === slot) tail = before;
          count -= 1;
          sizeBytes -= table.sizeOf(slot);
          left -= 1;
        } else {
          before = slot;
        }
        slot = next;
      }
    },
  };
}

function put<T>(outer: Map<number, Map<number, T>>, a: number, b: number, value: T): void {
  const inner = outer.get(a) ?? new Map<number, T>();
  outer.set(a, inner.set(b, value));
}

/** Whether the outer key has gone too. */
function drop<T>(outer: Map<number, Map<number, T>>, a: number, b: number): boolean {
  const inner = outer.get(a);
  inner?.delete(b);
  return inner?.size === 0 && outer.delete(a);
}

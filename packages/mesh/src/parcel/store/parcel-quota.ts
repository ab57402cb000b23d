import { ok, type Result } from '@pars/base';
import { type MeshFailure, meshErr } from '../../errors.ts';
import { priorityToNumber } from '../parcel-priority.ts';
import type { ParcelEntry } from './parcel-entry.ts';
import { rankOf, rankParts } from './parcel-rank.ts';
import type { Amount, RankList, RankLists } from './rank-lists.ts';
import type { SlotTable } from './slot-table.ts';
import { unknownSource } from './source-names.ts';

/** How much a store holds. */
export interface ParcelBounds {
  /** Sum of the parcels' sizes in bytes; at least 2 MiB. */
  readonly capacityBytes: number;
  /** At most this many parcels, 1 to 2^24; bounds memory to about 64 bytes each. */
  readonly maxParcels: number;
}

/** Decides who stays when room is short (PIP-1002 §9). */
export interface ParcelQuota extends Amount {
  /**
   * The slots that have to give way for `entry`; nothing changes yet. Fails
   * with `mesh/parcel-over-quota` (its source or class is full of parcels that
   * are no cheaper) or `mesh/parcel-store-full` (the store is). `source` is 0
   * when nobody knows who brought it.
   */
  planRoom(entry: ParcelEntry, source: number): Result<readonly number[], MeshFailure>;
  /** Counts a slot that was added to the lists. */
  added(slot: number): void;
  /** Counts a slot before it is freed. */
  removed(slot: number): void;
}

/** Shares of the capacity (PIP-1002 §9). */
export const quotaShares: Readonly<Record<'source' | 'leastLevel' | 'high' | 'emergency', number>> =
  { source: 1 / 8, leastLevel: 1 / 2, high: 1 / 2, emergency: 1 / 4 };

/** A quota over lists that are empty as yet. */
export function createParcelQuota(
  bounds: ParcelBounds,
  leastLevel: number,
  table: SlotTable,
  lists: RankLists,
): ParcelQuota {
  const all = { count: 0, sizeBytes: 0 };
  const leastPaid = { count: 0, sizeBytes: 0 };
  const urgent = [all, { count: 0, sizeBytes: 0 }, { count: 0, sizeBytes: 0 }] as const;

  function count(slot: number, sign: 1 | -1): void {
    const sizeBytes = sign * table.sizeOf(slot);
    const priority = table.priorityNumberOf(slot);
    const amounts = [all];
    if (table.levelOf(slot) <= leastLevel) amounts.push(leastPaid);
    if (priority > 0) amounts.push(urgent[priority] ?? all);
    for (const amount of amounts) {
      amount.count += sign;
      amount.sizeBytes += sizeBytes;
    }
  }

  /** From the narrowest to the widest: what gives way in one also makes room in the next. */
  function scopesOf(entry: ParcelEntry, source: number): readonly Scope[] {
    const scopes: Scope[] = [];
    const add = (held: Amount, share: number, rest: Omit<Scope, 'held' | keyof Limit>) =>
      scopes.push({
        held,
        maxBytes: Math.floor(bounds.capacityBytes * share),
        maxCount: Math.ceil(bounds.maxParcels * share),
        ...rest,
      });
    if (source !== unknownSource) {
      add(lists.amountOf(source), quotaShares.source, {
        lists: () => lists.ascendingOf(source),
        has: (slot) => table.sourceOf(slot) === source,
      });
    }
    if (entry.level <= leastLevel) {
      add(leastPaid, quotaShares.leastLevel, {
        lists: () => listsWhere((parts) => parts.paid === 0),
        has: (slot) => table.levelOf(slot) <= leastLevel,
      });
    }
    if (entry.priority !== 'normal') {
      const number = priorityToNumber(entry.priority);
      add(urgent[number] ?? all, quotaShares[entry.priority], {
        lists: () => listsWhere((parts) => parts.priority === entry.priority),
        has: (slot) => table.priorityNumberOf(slot) === number,
      });
    }
    add(all, 1, { lists: () => lists.ascending(), has: () => true });
    return scopes;
  }

  function* listsWhere(
    isMeant: (parts: ReturnType<typeof rankParts>) => boolean,
  ): Iterable<RankList> {
    for (const list of lists.ascending()) {
      if (isMeant(rankParts(list.rank))) yield list;
    }
  }

  return {
    get count() {
      return all.count;
    },
    get sizeBytes() {
      return all.sizeBytes;
    },
    planRoom(entry, source) {
      const rank = rankOf(entry, leastLevel);
      const victims = new Set<number>();
      for (const scope of scopesOf(entry, source)) {
        if (clearScope(table, scope, { rank, sizeBytes: entry.sizeBytes }, victims)) continue;
        return meshErr(scope.held === all ? 'mesh/parcel-store-full' : 'mesh/parcel-over-quota');
      }
      return ok([...victims]);
    },
    added: (slot) => count(slot, 1),
    removed: (slot) => count(slot, -1),
  };
}

interface Limit {
  readonly maxBytes: number;
  readonly maxCount: number;
}

interface Scope extends Limit {
  readonly held: Amount;
  /** What is held in it, from the lowest rank up. */
  readonly lists: () => Iterable<RankList>;
  readonly has: (slot: number) => boolean;
}

/** Adds the lowest of the scope to the victims until the new one fits; only lower ones than it may go. */
function clearScope(
  table: SlotTable,
  scope: Scope,
  arriving: { readonly rank: number; readonly sizeBytes: number },
  victims: Set<number>,
): boolean {
  let { count, sizeBytes } = scope.held;
  const leave = (slot: number) => {
    count -= 1;
    sizeBytes -= table.sizeOf(slot);
  };
  const fits = () =>
    sizeBytes + arriving.sizeBytes <= scope.maxBytes && count + 1 <= scope.maxCount;
  for (const victim of victims) if (scope.has(victim)) leave(victim);
  if (fits()) return true;
  for (const list of scope.lists()) {
    if (list.rank >= arriving.rank) return false;
    for (const slot of list.slots()) {
      if (victims.has(slot)) continue;
      victims.add(slot);
      leave(slot);
      if (fits()) return true;
    }
  }
  return false;
}

import { ok, type Result } from '@pars/base';
import { type MeshFailure, meshErr } from '../errors.ts';
import { type ParcelEntry, rankOf } from './parcel-entry.ts';
import { createRankIndex, type RankIndex } from './rank-index.ts';

/** How much a store holds. */
export interface ParcelBounds {
  /** Sum of the parcels' sizes in bytes; at least 2 MiB. */
  readonly capacityBytes: number;
  /** At most this many parcels, 1 to 2^24; bounds memory. */
  readonly maxParcels: number;
}

/** An entry with its place among those that may give way. */
export interface HeldParcel {
  readonly entry: ParcelEntry;
  readonly rank: number;
  readonly sizeBytes: number;
  /** Who brought it; `undefined` since the last start. */
  readonly source: string | undefined;
}

/** Decides who stays when room is short (PIP-1002 §9). */
export interface ParcelQuota {
  readonly count: number;
  readonly sizeBytes: number;
  /** The entry as it would be held. */
  rank(entry: ParcelEntry, source: string | undefined): HeldParcel;
  /**
   * What has to give way for `held`; nothing changes yet. Fails with
   * `mesh/parcel-over-quota` (its source or class is full of parcels that are
   * no cheaper) or `mesh/parcel-store-full` (the store is).
   */
  planRoom(held: HeldParcel): Result<readonly HeldParcel[], MeshFailure>;
  add(held: HeldParcel): void;
  remove(held: HeldParcel): void;
}

/** Shares of the capacity (PIP-1002 §9). */
export const quotaShares: Readonly<Record<'source' | 'leastLevel' | 'high' | 'emergency', number>> =
  { source: 1 / 8, leastLevel: 1 / 2, high: 1 / 2, emergency: 1 / 4 };

/** An empty quota. It remembers only sources that hold something. */
export function createParcelQuota(bounds: ParcelBounds, leastLevel: number): ParcelQuota {
  const all = createRankIndex<HeldParcel>();
  const classes = {
    leastLevel: createRankIndex<HeldParcel>(),
    high: createRankIndex<HeldParcel>(),
    emergency: createRankIndex<HeldParcel>(),
  };
  const heldBySource = new Map<string, RankIndex<HeldParcel>>();

  return {
    get count() {
      return all.count;
    },
    get sizeBytes() {
      return all.sizeBytes;
    },
    rank: (entry, source) => ({
      entry,
      source,
      rank: rankOf(entry, leastLevel),
      sizeBytes: entry.sizeBytes,
    }),
    planRoom(held) {
      const victims = new Set<HeldParcel>();
      for (const scope of scopesOf(held)) {
        if (!clearScope(scope, held, victims)) {
          return meshErr(scope.index === all ? 'mesh/parcel-store-full' : 'mesh/parcel-over-quota');
        }
      }
      return ok([...victims]);
    },
    add(held) {
      for (const { index, source } of scopesOf(held)) {
        index.add(held);
        if (source !== undefined) heldBySource.set(source, index);
      }
    },
    remove(held) {
      for (const { index, source } of scopesOf(held)) {
        index.remove(held);
        if (source !== undefined && index.count === 0) heldBySource.delete(source);
      }
    },
  };

  /** From the narrowest to the widest: what gives way in one also makes room in the next. */
  function scopesOf(held: HeldParcel): readonly Scope[] {
    const scopes: Scope[] = [];
    const share = (index: RankIndex<HeldParcel>, of: keyof typeof quotaShares, source?: string) =>
      scopes.push({
        index,
        source,
        maxBytes: Math.floor(bounds.capacityBytes * quotaShares[of]),
        maxCount: Math.ceil(bounds.maxParcels * quotaShares[of]),
      });
    const { entry, source } = held;
    if (source !== undefined)
      share(heldBySource.get(source) ?? createRankIndex(), 'source', source);
    if (entry.level <= leastLevel) share(classes.leastLevel, 'leastLevel');
    if (entry.priority !== 'normal') share(classes[entry.priority], entry.priority);
    const { capacityBytes: maxBytes, maxParcels: maxCount } = bounds;
    scopes.push({ index: all, source: undefined, maxBytes, maxCount });
    return scopes;
  }
}

interface Scope {
  readonly index: RankIndex<HeldParcel>;
  readonly maxBytes: number;
  readonly maxCount: number;
  /** Whose index it is, when it is one source's. */
  readonly source: string | undefined;
}

/** Adds the lowest of the scope to the victims until `held` fits; only lower ones than it may go. */
function clearScope(scope: Scope, held: HeldParcel, victims: Set<HeldParcel>): boolean {
  const { index, maxBytes, maxCount } = scope;
  const gone = [...victims].filter((victim) => index.has(victim));
  let sizeBytes = gone.reduce((rest, victim) => rest - victim.sizeBytes, index.sizeBytes);
  let count = index.count - gone.length;
  const fits = () => sizeBytes + held.sizeBytes <= maxBytes && count + 1 <= maxCount;
  if (fits()) return true;
  for (const candidate of index.ascending()) {
    if (candidate.rank >= held.rank) return false;
    if (victims.has(candidate)) continue;
    victims.add(candidate);
    sizeBytes -= candidate.sizeBytes;
    count -= 1;
    if (fits()) return true;
  }
  return false;
}

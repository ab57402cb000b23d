/** Items by rank, with their total size: what one quota looks at. */
export interface RankIndex<T> {
  readonly count: number;
  readonly sizeBytes: number;
  has(item: T): boolean;
  add(item: T): void;
  /** Removes it if it is there. */
  remove(item: T): void;
  /** From the lowest rank up; within a rank in no particular order. */
  ascending(): Iterable<T>;
}

/** An empty index. There are few ranks and many items of each. */
export function createRankIndex<
  T extends { readonly rank: number; readonly sizeBytes: number },
>(): RankIndex<T> {
  const itemsByRank = new Map<number, Set<T>>();
  let sortedRanks: readonly number[] | undefined;
  let count = 0;
  let sizeBytes = 0;
  return {
    get count() {
      return count;
    },
    get sizeBytes() {
      return sizeBytes;
    },
    has: (item) => itemsByRank.get(item.rank)?.has(item) === true,
    add(item) {
      const items = itemsByRank.get(item.rank) ?? new Set();
      if (items.has(item)) return;
      if (items.size === 0) sortedRanks = undefined;
      itemsByRank.set(item.rank, items.add(item));
      count += 1;
      sizeBytes += item.sizeBytes;
    },
    remove(item) {
      const items = itemsByRank.get(item.rank);
      if (items?.delete(item) !== true) return;
      if (items.size === 0) {
        itemsByRank.delete(item.rank);
        sortedRanks = undefined;
      }
      count -= 1;
      sizeBytes -= item.sizeBytes;
    },
    *ascending() {
      sortedRanks ??= [...itemsByRank.keys()].toSorted((a, b) => a - b);
      for (const rank of sortedRanks) {
        yield* itemsByRank.get(rank) ?? [];
      }
    },
  };
}

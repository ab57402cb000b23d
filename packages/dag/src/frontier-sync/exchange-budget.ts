/**
 * What the other side may cost without bringing anything: bytes received, and
 * work that it asks for. What it brings gives back (PIP-1003 §15).
 */
export interface ExchangeBudget {
  /** False when there is nothing left. */
  spend(bytes: number): boolean;
  gain(bytes: number): void;
  /** A new link: full again when the last one came forward. */
  renew(progress: number): void;
}

/** Of one link, or of several that bring nothing forward. */
export const frontierAllowance: number = 16 * 1024 * 1024;

/** Bytes of allowance that looking up a head costs, which is done again with each greeting. */
export const headLookupCost = 64;

/**
 * What a piece that came too early takes in memory besides its bytes: else a
 * window of single bytes would be a hundred windows.
 */
export const earlyPieceOverhead = 256;
/** Windows that early pieces may take: even the shortest honest messages, all but the first, fit into 3. */
export const mostEarlyWindows = 3;

/** A full allowance. */
export function createExchangeBudget(): ExchangeBudget {
  let left = frontierAllowance;
  let seen = 0;
  return {
    spend(bytes) {
      left -= bytes;
      return left >= 0;
    },
    gain(bytes) {
      left = Math.min(frontierAllowance, left + bytes);
    },
    renew(progress) {
      if (progress > seen) left = frontierAllowance;
      seen = progress;
    },
  };
}

/** Keys of ids, the newest `limit` of them. */
export interface RecentKeys {
  readonly size: number;
  /** Makes it the newest. */
  add(key: string): void;
  has(key: string): boolean;
  /** Oldest first. */
  keys(): Iterable<string>;
  clear(): void;
}

export function createRecentKeys(limit: number): RecentKeys {
  const keys = new Set<string>();
  return {
    get size() {
      return keys.size;
    },
    add(key) {
      keys.delete(key);
      keys.add(key);
      if (keys.size <= limit) return;
      const [oldest = ''] = keys;
      keys.delete(oldest);
    },
    has: (key) => keys.has(key),
    keys: () => keys.keys(),
    clear: () => keys.clear(),
  };
}

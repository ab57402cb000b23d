import { maxDifficulty } from './puzzle.ts';

/** A handshake that has not ended yet. */
export interface HalfOpen {
  /** Says that its hello made us do public-key work. */
  markWorking(): void;
  /** Takes it out of the table, however it ended. */
  remove(): void;
}

/** Inbound handshakes under way, bounded (PIP-1000 §5). */
export interface HalfOpenTable {
  /**
   * Adds one. When the table is full, the oldest entry of the source with most
   * entries gives way first: its `evict` is called. `source`: what an attacker
   * has few of, e.g. the IP address.
   */
  add(source: string, evict: () => void): HalfOpen;
  /** Difficulty of the puzzle to set now, or `undefined` while the load is low. */
  difficulty(): number | undefined;
  readonly size: number;
}

/** Handshakes with work in them from which on a cookie is asked (PIP-1000 §5). */
export const challengeThreshold = 32;

/** A table of at most `capacity` entries (default 512). */
export function createHalfOpenTable(capacity = 512): HalfOpenTable {
  interface Entry {
    readonly source: string;
    readonly evict: () => void;
    isWorking: boolean;
  }
  /** In order of arrival. */
  const entriesBySource = new Map<string, Set<Entry>>();
  let size = 0;
  let workingCount = 0;

  return {
    add(source, evict) {
      if (size >= capacity) evictOne();
      const entry: Entry = { source, evict, isWorking: false };
      const entries = entriesBySource.get(source) ?? new Set<Entry>();
      entries.add(entry);
      entriesBySource.set(source, entries);
      size += 1;
      return {
        markWorking() {
          if (entry.isWorking || entriesBySource.get(source)?.has(entry) !== true) return;
          entry.isWorking = true;
          workingCount += 1;
        },
        remove: () => remove(entry),
      };
    },
    difficulty() {
      if (workingCount < challengeThreshold) return undefined;
      const doublings = Math.floor(Math.log2(workingCount / challengeThreshold));
      return Math.min(10 + 2 * doublings, maxDifficulty);
    },
    get size() {
      return size;
    },
  };

  function evictOne(): void {
    let busiest: Set<Entry> | undefined;
    for (const entries of entriesBySource.values()) {
      if (busiest === undefined || entries.size > busiest.size) busiest = entries;
    }
    const oldest = busiest?.values().next().value;
    if (oldest === undefined) return;
    remove(oldest);
    oldest.evict();
  }

  function remove(entry: Entry): void {
    const entries = entriesBySource.get(entry.source);
    if (entries?.delete(entry) !== true) return;
    if (entries.size === 0) entriesBySource.delete(entry.source);
    size -= 1;
    if (entry.isWorking) workingCount -= 1;
  }
}

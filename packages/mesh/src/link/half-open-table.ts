import type { ClockDep } from '@pars/base';
import { maxDifficulty } from './puzzle.ts';

/** A handshake that has not ended yet. */
export interface HalfOpen {
  /** Says that its hello made us do public-key work. */
  markWorking(): void;
  /**
   * Takes it out of the table. The work of one that gave no link still counts
   * as load for {@link workMemoryMs}: a stranger who leaves as soon as we have
   * worked would otherwise never meet a puzzle.
   */
  end(outcome: 'linked' | 'failed'): void;
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

/** Milliseconds for which work without a link counts as load (PIP-1000 §5). */
export const workMemoryMs = 10_000;

/** Works that are remembered at most: as many as ask for the hardest puzzle. */
const maxRemembered = 256;

/** A table of at most `capacity` entries (default 512). */
export function createHalfOpenTable({ clock }: ClockDep, capacity = 512): HalfOpenTable {
  interface Entry {
    readonly source: string;
    readonly evict: () => void;
    isWorking: boolean;
  }
  /** In order of arrival. */
  const entriesBySource = new Map<string, Set<Entry>>();
  /** When works that gave no link cease to count, in order. */
  const forgottenAtMs: number[] = [];
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
        end: (outcome) => end(entry, outcome),
      };
    },
    difficulty() {
      const load = workingCount + rememberedCount();
      if (load < challengeThreshold) return undefined;
      const doublings = Math.floor(Math.log2(load / challengeThreshold));
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
    end(oldest, 'failed');
    oldest.evict();
  }

  function rememberedCount(): number {
    const nowMs = clock.monotonicMs();
    while ((forgottenAtMs[0] ?? Infinity) <= nowMs) forgottenAtMs.shift();
    return forgottenAtMs.length;
  }

  function end(entry: Entry, outcome: 'linked' | 'failed'): void {
    const entries = entriesBySource.get(entry.source);
    if (entries?.delete(entry) !== true) return;
    if (entries.size === 0) entriesBySource.delete(entry.source);
    size -= 1;
    if (!entry.isWorking) return;
    workingCount -= 1;
    if (outcome === 'linked') return;
    forgottenAtMs.push(clock.monotonicMs() + workMemoryMs);
    if (forgottenAtMs.length > maxRemembered) forgottenAtMs.shift();
  }
}

import { ParsError } from '../pars-error.ts';
import { requireListLimit, requireStoreBatch, requireStoreKey } from '../ports/storage-limits.ts';
import type { Store, StoreEntry, StoreRange } from '../ports/store.ts';
import { type CrashMoment, createCrashPlan } from './crash-plan.ts';
import { createSortedEntries, type EntriesSnapshot } from './sorted-entries.ts';

/** A disk in memory that outlives the stores opened on it, and crashes when told to. */
export interface MemoryStoreDisk {
  /** Starts a process life on the disk; stores opened earlier are dead from now on. */
  readonly open: () => Store;
  /**
   * Lets the `write`-th batch from now (1 is the next) fail, before or after
   * it takes effect as a whole. Every later call fails until {@link open}.
   */
  readonly crashAt: (write: number, moment: CrashMoment) => void;
  /** Batches that were tried so far: how many crash points a run of the test has. */
  readonly writeCount: number;
}

/** An empty disk. */
export function createMemoryStoreDisk(): MemoryStoreDisk {
  const plan = createCrashPlan();
  const entries = createSortedEntries();

  function open(): Store {
    const life = plan.revive();
    let closed = false;

    function requireOpen(signal?: AbortSignal): void {
      signal?.throwIfAborted();
      plan.requireAlive(life);
      if (closed) throw new ParsError('base/storage-closed');
    }

    return {
      async get(key, signal) {
        requireOpen(signal);
        requireStoreKey(key);
        return entries.get(key)?.value.slice();
      },
      list(range, signal) {
        requireOpen(signal);
        return listOf(entries.snapshot(), range, () => requireOpen(signal));
      },
      async write(batch, signal) {
        requireOpen(signal);
        requireStoreBatch(batch);
        plan.perform(life, () => {
          for (const { key, value } of batch) {
            if (value === undefined) entries.delete(key);
            else entries.put({ key: key.slice(), value: value.slice() });
          }
        });
      },
      async close() {
        closed = true;
      },
    };
  }

  return {
    open,
    crashAt: plan.crashAt,
    get writeCount() {
      return plan.writeCount;
    },
  };
}

/** A store in memory, on a disk of its own. */
export function createMemoryStore(): Store {
  return createMemoryStoreDisk().open();
}

function listOf(
  entries: EntriesSnapshot,
  range: StoreRange,
  requireOpen: () => void,
): AsyncIterable<StoreEntry> {
  const { from, to, reverse = false } = range;
  const limit = requireListLimit(range.limit);
  const bounds = { from: from?.slice(), to: to?.slice(), reverse };

  async function* iterate(): AsyncGenerator<StoreEntry> {
    let left = limit;
    try {
      for (const { key, value } of left === 0 ? [] : entries.walk(bounds)) {
        requireOpen();
        yield { key: key.slice(), value: value.slice() };
        left -= 1;
        if (left === 0) return;
      }
    } finally {
      entries.release();
    }
  }
  return iterate();
}

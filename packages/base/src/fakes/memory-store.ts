import { compareBytes } from '../bytes/bytes.ts';
import { ParsError } from '../pars-error.ts';
import { requireListLimit, requireStoreBatch, requireStoreKey } from '../ports/storage-limits.ts';
import type { Store, StoreEntry, StoreRange, StoreWrite } from '../ports/store.ts';
import { type CrashMoment, createCrashPlan } from './crash-plan.ts';

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
  // Never changed in place: a list keeps reading the array that it started with.
  let entries: readonly StoreEntry[] = [];

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
        const found = entries[positionOf(entries, key)];
        if (found === undefined || compareBytes(found.key, key) !== 0) return undefined;
        return found.value.slice();
      },
      list(range, signal) {
        requireOpen(signal);
        return listOf(entries, range, () => requireOpen(signal));
      },
      async write(batch, signal) {
        requireOpen(signal);
        requireStoreBatch(batch);
        plan.perform(life, () => {
          entries = applyBatch(entries, batch);
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

/** The position of the first entry whose key is not below `key`. */
function positionOf(entries: readonly StoreEntry[], key: Uint8Array): number {
  let low = 0;
  let high = entries.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (compareBytes((entries[middle] as StoreEntry).key, key) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

function applyBatch(
  entries: readonly StoreEntry[],
  batch: readonly StoreWrite[],
): readonly StoreEntry[] {
  const changed = [...entries];
  for (const { key, value } of batch) {
    const position = positionOf(changed, key);
    const found = changed[position];
    const replaces = found !== undefined && compareBytes(found.key, key) === 0 ? 1 : 0;
    const added = value === undefined ? [] : [{ key: key.slice(), value: value.slice() }];
    changed.splice(position, replaces, ...added);
  }
  return changed;
}

function listOf(
  entries: readonly StoreEntry[],
  range: StoreRange,
  requireOpen: () => void,
): AsyncIterable<StoreEntry> {
  const { from, to, reverse = false } = range;
  const start = from === undefined ? 0 : positionOf(entries, from);
  const end = to === undefined ? entries.length : positionOf(entries, to);
  const count = Math.min(requireListLimit(range.limit), Math.max(0, end - start));

  async function* iterate(): AsyncGenerator<StoreEntry> {
    for (let step = 0; step < count; step += 1) {
      requireOpen();
      const { key, value } = entries[reverse ? end - 1 - step : start + step] as StoreEntry;
      yield { key: key.slice(), value: value.slice() };
    }
  }
  return iterate();
}

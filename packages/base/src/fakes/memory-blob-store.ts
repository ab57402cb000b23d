import type { BlobStore } from '../ports/blob.ts';
import { requireBlobContent, requireBlobName } from '../ports/storage-limits.ts';
import { type CrashMoment, createCrashPlan } from './crash-plan.ts';

/** A disk in memory that outlives the blob stores opened on it, and crashes when told to. */
export interface MemoryBlobDisk {
  /** Starts a process life on the disk; blob stores opened earlier are dead from now on. */
  readonly open: () => BlobStore;
  /**
   * Lets the `write`-th replacement or removal from now (1 is the next) fail,
   * before or after it takes effect. Every later call fails until {@link open}.
   */
  readonly crashAt: (write: number, moment: CrashMoment) => void;
  /** Replacements and removals that were tried so far. */
  readonly writeCount: number;
}

/** An empty disk. */
export function createMemoryBlobDisk(): MemoryBlobDisk {
  const plan = createCrashPlan();
  const contentByName = new Map<string, Uint8Array>();

  function open(): BlobStore {
    const life = plan.revive();

    function requireUsable(name: string, signal?: AbortSignal): void {
      signal?.throwIfAborted();
      plan.requireAlive(life);
      requireBlobName(name);
    }

    return {
      async read(name, signal) {
        requireUsable(name, signal);
        return contentByName.get(name)?.slice();
      },
      async replace(name, content, signal) {
        requireUsable(name, signal);
        requireBlobContent(content);
        plan.perform(life, () => contentByName.set(name, content.slice()));
      },
      async remove(name, signal) {
        requireUsable(name, signal);
        plan.perform(life, () => contentByName.delete(name));
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

/** A blob store in memory, on a disk of its own. */
export function createMemoryBlobStore(): BlobStore {
  return createMemoryBlobDisk().open();
}

import { concatBytes, ok, ParsError, type Result } from '@pars/base';
import { CELL_KIND } from './cell.ts';
import { forgetContainer, marginOf, type OpenContainer, type OpenVolume } from './container.ts';
import { type VaultFailure, vaultErr } from './errors.ts';
import { type ExtraFlushes, extraFlushesOf, MAX_EXTRA_FLUSHES } from './extra-flushes.ts';
import { flushContainer, readPlace } from './flush.ts';
import { maxPagesOf, maxQueuedPagesOf } from './geometry.ts';
import type { Media } from './media.ts';
import type { OpenSlab } from './slab/slab.ts';
import type { UnlockedContainer } from './unlock-container.ts';
import type { PageVolume, Vault, VaultDeps } from './vault.ts';
import type { PageWrites } from './volume-writer.ts';

/** Milliseconds between two flushes while the vault is unlocked (PIP-3000 §8). */
export const TICK_MS = 30_000;

interface Waiter {
  readonly volume: OpenVolume;
  readonly upTo: number;
  readonly resolve: (result: Result<void, VaultFailure>) => void;
}

/** What the slab needs of a session; keys among it, so no one else gets it. */
export interface SessionParts {
  readonly container: OpenContainer;
  /** Whether nothing was flushed and no slab opened yet. */
  readonly isFresh: () => boolean;
  /** The medium as long as the vault was not dropped. */
  readonly guard: (media: Media) => Media;
  /** Opens a slab between two flushes; the clock drives it from then on. */
  readonly attach: (open: () => Promise<OpenSlab>) => Promise<Result<OpenSlab, VaultFailure>>;
}

const partsByVault = new WeakMap<Vault, SessionParts>();

/** The parts of a session. Throws for a vault that is none. */
export function partsOf(vault: Vault): SessionParts {
  const parts = partsByVault.get(vault);
  if (parts === undefined) throw new ParsError('vault/argument', { what: 'vault' });
  return parts;
}

/** The vault over a container that was unlocked: it owns it from now on. */
export function createVaultSession(allDeps: VaultDeps, unlocked: UnlockedContainer): Vault {
  const { clock, scheduler } = allDeps;
  const { container, kind } = unlocked;
  // Only a change of passwords and a move need E again.
  for (const half of [unlocked.secretHalf, unlocked.rootHalf]) half.fill(0);
  let state: 'open' | 'locked' | 'failed' = 'open';
  let turn: Promise<unknown> = Promise.resolve();
  let waiters: readonly Waiter[] = [];
  let locking: Promise<Result<void, VaultFailure>> | undefined;
  let lockAtTick: (() => void) | undefined;
  let isDropped = false;
  let slab: OpenSlab | undefined;
  const firstFlush = container.flush;
  const deps: VaultDeps = { ...allDeps, media: guarded(allDeps.media, () => isDropped) };
  const listeners = new Set<() => void>();
  const { promise: locked, resolve: tellLocked } = Promise.withResolvers<void>();
  let cancelTick = scheduler.schedule(TICK_MS, tick);

  const volumes = container.volumes.map(pageVolumeOf);
  const vault: Vault = {
    kind,
    decoy: volumes[0] as PageVolume,
    hidden: volumes[1],
    get isLocked() {
      return state !== 'open';
    },
    locked,
    onFlush(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    extraFlushesLeft: () => MAX_EXTRA_FLUSHES - extraOfToday().count,
    async flushNow() {
      if (state !== 'open') return closed();
      if (!countExtra()) return vaultErr('vault/no-extra-flush');
      return inTurn(flush);
    },
    lock() {
      locking ??= lockOnce();
      return locking;
    },
    drop() {
      isDropped = true;
      close('locked');
    },
    async [Symbol.asyncDispose]() {
      await vault.lock();
    },
  };
  partsByVault.set(vault, {
    container,
    isFresh: () => container.flush === firstFlush && slab === undefined,
    guard: (media) => guarded(media, () => isDropped),
    attach: (open) =>
      inTurn(async () => {
        if (state !== 'open') return closed();
        try {
          slab = await open();
        } catch {
          close('failed');
          return vaultErr('vault/medium-failed');
        }
        return ok(slab);
      }),
  });
  return vault;

  /** The tick goes on at the same pace however long a flush takes. */
  function tick(): void {
    cancelTick = scheduler.schedule(TICK_MS, tick);
    void inTurn(flush).then(() => lockAtTick?.());
  }

  async function lockOnce(): Promise<Result<void, VaultFailure>> {
    if (state !== 'open') return closed();
    if (!countExtra()) {
      await new Promise<void>((resolve) => {
        lockAtTick = resolve;
      });
      const ended = closed();
      close('locked');
      return ended.error.code === 'vault/medium-failed' ? ended : ok(undefined);
    }
    const flushed = await inTurn(flush);
    close('locked');
    return flushed;
  }

  async function flush(): Promise<Result<void, VaultFailure>> {
    if (state !== 'open') return closed();
    for (const listener of listeners) listener();
    try {
      await slab?.prepare(container.flush + 1);
      await flushContainer(deps, container);
      await slab?.finish(container.flush);
    } catch {
      close('failed');
      return vaultErr('vault/medium-failed');
    }
    const isDone = ({ volume, upTo }: Waiter): boolean => volume.writer.durableSequence >= upTo;
    for (const waiter of waiters.filter(isDone)) waiter.resolve(ok(undefined));
    waiters = waiters.filter((waiter) => !isDone(waiter));
    return ok(undefined);
  }

  function close(next: 'locked' | 'failed'): void {
    if (state !== 'open') return;
    state = next;
    cancelTick();
    slab?.close();
    forgetContainer(container);
    for (const waiter of waiters) waiter.resolve(closed());
    waiters = [];
    listeners.clear();
    tellLocked();
    lockAtTick?.();
  }

  function closed(): ReturnType<typeof vaultErr> {
    return vaultErr(state === 'failed' ? 'vault/medium-failed' : 'vault/locked');
  }

  function pageVolumeOf(volume: OpenVolume): PageVolume {
    const { index, writer, number } = volume;
    const { geometry } = container;
    const maxPages = maxPagesOf(geometry, number);
    const requirePage = (page: number): void => {
      if (!Number.isInteger(page) || page < 0 || page >= maxPages) {
        throw new ParsError('vault/argument', { what: 'page' });
      }
    };
    return {
      pageBytes: geometry.pageBytes,
      maxPages,
      maxWaitingPages: maxQueuedPagesOf(geometry, number),
      pages: () => index.dataPages(),
      readPage(page) {
        requirePage(page);
        return inTurn(async () => {
          if (state !== 'open') return closed();
          const waiting = writer.peek(page);
          if (waiting !== undefined) {
            return ok(waiting.content === undefined ? undefined : concatBytes(waiting.content));
          }
          return readVisible(volume, page);
        });
      },
      writePages(writes) {
        if (state !== 'open') return closed();
        if (volume.isDamaged) return vaultErr('vault/volume-damaged');
        const most = maxQueuedPagesOf(geometry, number);
        if (writes.size > most) return vaultErr('vault/transaction-too-large');
        if (writer.queuedPages + writes.size > most) return vaultErr('vault/queue-full');
        const copied = new Map<number, Uint8Array | undefined>();
        for (const [page, content] of writes) {
          requirePage(page);
          if (content !== undefined && content.length !== geometry.pageBytes) {
            throw new ParsError('vault/argument', { what: 'page length' });
          }
          copied.set(page, content === undefined ? undefined : concatBytes(content));
        }
        return ok(writer.take(copied satisfies PageWrites));
      },
      async durable(upTo) {
        if (!Number.isInteger(upTo) || upTo < 0 || upTo > writer.takenSequence) {
          throw new ParsError('vault/argument', { what: 'transaction' });
        }
        if (writer.durableSequence >= upTo) return ok(undefined);
        if (state !== 'open') return closed();
        return new Promise((resolve) => {
          waiters = [...waiters, { volume, upTo, resolve }];
        });
      },
      marginFlushes: () => {
        if (number === 0 || state !== 'open') return undefined;
        return marginOf(container, volume);
      },
      lostPages: () => index.lostCount(),
    };
  }

  async function readVisible(
    volume: OpenVolume,
    page: number,
  ): Promise<Result<Uint8Array | undefined, VaultFailure>> {
    const version = volume.index.get(CELL_KIND.data, page);
    if (version === undefined) {
      return volume.isDamaged ? vaultErr('vault/page-damaged') : ok(undefined);
    }
    try {
      for (const place of version.places) {
        const content = await readPlace(deps, container, version, place);
        if (content !== undefined) return ok(content);
      }
    } catch {
      return vaultErr('vault/medium-failed');
    }
    return vaultErr('vault/page-damaged');
  }

  /** One thing at a time: what is read while a window is replaced would be neither old nor new. */
  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const next = turn.then(work);
    turn = next.catch(() => undefined);
    return next;
  }

  function extraOfToday(): ExtraFlushes {
    return extraFlushesOf(container.extra, clock.nowMs());
  }

  function countExtra(): boolean {
    const { day, count } = extraOfToday();
    if (count >= MAX_EXTRA_FLUSHES) return false;
    container.extra = { day, count: count + 1 };
    return true;
  }
}

/** A flush that goes on after its keys were overwritten would seal pages under zeros. */
function guarded(media: Media, isDropped: () => boolean): Media {
  return {
    sizeBytes: media.sizeBytes,
    read: (offset, length, into) => media.read(offset, length, into),
    async write(offset, bytes) {
      if (isDropped()) throw new ParsError('vault/argument', { what: 'a vault that was dropped' });
      await media.write(offset, bytes);
    },
    flush: () => media.flush(),
  };
}

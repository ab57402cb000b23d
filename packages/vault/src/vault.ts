import type { ClockDep, Failure, RandomDep, Result, SchedulerDep } from '@pars/base';
import type { Suite } from '@pars/crypto';
import type { ErasableSecretDep } from './erasable-secret.ts';
import type { VaultFailure } from './errors.ts';
import type { MediaDep } from './media.ts';
import type { UnlockKind } from './unlock-kind.ts';
import type { PageWrites } from './volume-writer.ts';

/** What a vault is made of. */
export interface VaultDeps extends MediaDep, ErasableSecretDep, RandomDep, ClockDep, SchedulerDep {
  readonly suite: Pick<Suite, 'symmetric' | 'password'>;
}

/** An unlocked vault: the page stores of what opened, and the clock that writes them (PIP-3000 §8). */
export interface Vault extends AsyncDisposable {
  readonly kind: UnlockKind;
  readonly decoy: PageVolume;
  /** Only with the hidden password. */
  readonly hidden: PageVolume | undefined;
  readonly isLocked: boolean;
  /** Resolves when it is locked, whatever locked it: `lock`, a medium that failed. */
  readonly locked: Promise<void>;
  /**
   * Calls `listener` at the start of every flush, also of the last one, before
   * it is decided what is written: the moment to write pages that were held
   * back. It must not throw. Gives a function that ends it.
   */
  onFlush(listener: () => void): () => void;
  /** Extra flushes that are left today: 64, less what was used, locks included. */
  extraFlushesLeft(): number;
  /**
   * A flush before the tick, for a visible bulk action; counts as an extra one.
   * Fails with `vault/no-extra-flush`, `vault/medium-failed` or `vault/locked`.
   */
  flushNow(): Promise<Result<void, VaultFailure>>;
  /**
   * Flushes once more and overwrites the keys. That flush is an extra one; when
   * none is left the vault locks after the next tick. A transaction that is not
   * durable by then is lost. Fails with `vault/medium-failed`; locked it is in any case.
   */
  lock(): Promise<Result<void, VaultFailure>>;
  /**
   * Overwrites the keys at once and writes nothing any more, in the middle of a
   * flush too: for a panic. What is not durable is lost.
   */
  drop(): void;
}

/** Numbered pages of one volume, for a database engine above (PIP-3000 §8). */
export interface PageVolume {
  readonly pageBytes: number;
  /** Pages are numbered from 0 up to and without this. */
  readonly maxPages: number;
  /** Pages that may wait for the clock, and that one transaction may have. */
  readonly maxWaitingPages: number;
  /** The pages that are there, in order, as of the last flush. */
  pages(): readonly number[];
  /**
   * A page as written last, flushed or not; `undefined` when there is none.
   * Fails with `vault/page-damaged`, `vault/locked` or `vault/medium-failed`.
   */
  readPage(page: number): Promise<Result<Uint8Array | undefined, Failure>>;
  /**
   * Takes a transaction: after a crash all of it is there or nothing of it, and
   * nothing without what was written before. Contents are copied, `pageBytes`
   * each; `undefined` removes a page. Gives the number to pass to `durable`.
   * Fails with `vault/transaction-too-large`, `vault/queue-full`,
   * `vault/volume-damaged` or `vault/locked`; then nothing was taken.
   */
  writePages(writes: PageWrites): Result<number, VaultFailure>;
  /** Resolves once a flush covers the transaction `upTo` and all before it, or fails when the vault locks first. */
  durable(upTo: number): Promise<Result<void, VaultFailure>>;
  /**
   * How many flushes of the vault without this volume all its pages survive
   * (PIP-3000 §7); `undefined` for volume 0, which is open at every flush, and
   * once the vault is locked.
   */
  marginFlushes(): number | undefined;
  /** Pages, map pages included, whose copies were all lost. */
  lostPages(): number;
}

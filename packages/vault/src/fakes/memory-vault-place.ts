import { err, ok, type Result, type SchedulerDep } from '@pars/base';
import type { SimulationRandom } from '@pars/base/fakes';
import { changeContainerPasswords } from '../change-passwords.ts';
import { createContainer } from '../create-container.ts';
import type { VaultFailure } from '../errors.ts';
import { type Geometry, sizeOf, type Tier } from '../geometry.ts';
import type { Media } from '../media.ts';
import { moveContainer } from '../move-container.ts';
import { panicVault } from '../panic.ts';
import { unlockContainer } from '../unlock-container.ts';
import type { VaultDeps } from '../vault.ts';
import type { VaultPlace } from '../vault-place.ts';
import { createVaultSession, TICK_MS } from '../vault-session.ts';
import { createMemoryMedia, type MemoryMedia } from './memory-media.ts';
import { createMemorySecret, type MemorySecret } from './memory-secret.ts';

/** What a place in memory is opened with: the vault's own ports without medium and keeper. */
export type MemoryVaultDeps = Omit<VaultDeps, 'media' | 'secret'>;

/** The disk of a simulated device: one vault and its keeper of E, which outlive every process. */
export interface MemoryVaultDisk {
  /** The container; `undefined` while there is no vault. */
  readonly media: MemoryMedia | undefined;
  readonly secret: MemorySecret;
  /** Writes and flushes of the container so far: how many crash points a run of a test has. */
  readonly operationCount: number;
  /**
   * The power fails in the `operation`-th write or flush of the container from
   * now (1 is the next); everything fails until {@link open}. There must be a vault.
   */
  crashAt(operation: number): void;
  /**
   * Starts a process life: the power is back, and whatever an earlier process
   * still wants to read or write fails.
   */
  open(deps: MemoryVaultDeps): VaultPlace;
}

/** How a place in memory differs from others. */
export interface MemoryVaultOptions {
  /** Decides what a crash leaves of a write. */
  readonly random: SimulationRandom;
  /** Windows of 64 cells with pages of 4,096 bytes; even, 16 unless given: 960 KiB for volume 0, 480 for volume 1. */
  readonly windows?: number;
  /** Milliseconds between two flushes, in place of 30,000. */
  readonly tickMs?: number;
}

/**
 * An empty disk. Its vaults are real ones of no tier, too small for people, and
 * answer an unlock at once instead of at the deadline.
 */
export function createMemoryVaultDisk(options: MemoryVaultOptions): MemoryVaultDisk {
  const { random, windows = 16, tickMs = TICK_MS } = options;
  const geometry: Geometry = { windows, pageBytes: 4096, passwordProfile: 'phone' };
  const secret = createMemorySecret();
  let vault: { readonly media: MemoryMedia; readonly tier: Tier } | undefined;
  let finished = 0;
  let life = 0;

  function newMedia(): MemoryMedia {
    return createMemoryMedia({ sizeBytes: sizeOf(geometry), random });
  }

  function adopt(next: typeof vault): void {
    finished += vault?.media.operations.length ?? 0;
    vault = next;
  }

  function open(deps: MemoryVaultDeps): VaultPlace {
    life += 1;
    const ownLife = life;
    let panics = 0;
    const isAlive = (): boolean => life === ownLife;
    vault?.media.restart();
    const scheduler = hurried(deps, tickMs);
    /** For one call: a panic ends it. */
    const depsOf = (media: MemoryMedia): VaultDeps => {
      const before = panics;
      const isGoing = (): boolean => isAlive() && panics === before;
      return {
        ...deps,
        scheduler,
        secret: ofLife(secret, isGoing),
        media: guarded(media, isGoing),
      };
    };

    return {
      async look() {
        if (!isAlive()) return err('vault/medium-failed');
        if (vault === undefined) return ok(undefined);
        return ok({ tier: vault.tier, diskBytes: vault.media.sizeBytes, keeper: 'file' });
      },
      async create({ tier, passwords }) {
        if (vault !== undefined) return err('vault/exists');
        const media = newMedia();
        const created = await createContainer(depsOf(media), geometry, passwords);
        if (created.ok) adopt({ media, tier });
        return created;
      },
      async unlock(request) {
        if (vault === undefined) return err('vault/none');
        const used = depsOf(vault.media);
        const unlocked = await unlockContainer(used, geometry, request);
        return unlocked.ok ? ok(createVaultSession(used, unlocked.value)) : unlocked;
      },
      async changePasswords(change) {
        if (vault === undefined) return err('vault/none');
        return changeContainerPasswords(depsOf(vault.media), geometry, change);
      },
      async move(tier, change) {
        if (vault === undefined) return err('vault/none');
        const media = newMedia();
        return moveContainer(depsOf(vault.media), geometry, geometry, {
          ...change,
          to: guarded(media, isAlive),
          adopt: async () => adopt({ media, tier }),
        });
      },
      async panic({ vault: unlocked, everything }) {
        const filled = everything && vault !== undefined ? [guarded(vault.media, isAlive)] : [];
        panics += 1;
        const own = { random: deps.random, secret: ofLife(secret, isAlive) };
        const outcome = await panicVault(own, {
          ...(unlocked === undefined ? {} : { vault: unlocked }),
          media: filled,
        });
        if (everything && outcome.areMediaRandom) adopt(undefined);
        return outcome;
      },
    };
  }

  return {
    get media() {
      return vault?.media;
    },
    secret,
    get operationCount() {
      return finished + (vault?.media.operations.length ?? 0);
    },
    crashAt: (operation) => vault?.media.crashAt(operation),
    open,
  };
}

/** Ticks at another pace; the deadline of an unlock is not waited for. */
function hurried({ scheduler }: SchedulerDep, tickMs: number): SchedulerDep['scheduler'] {
  return {
    schedule: (delayMs, run) => scheduler.schedule(delayMs === TICK_MS ? tickMs : delayMs, run),
    sleep: async () => undefined,
  };
}

function guarded(media: MemoryMedia, isAlive: () => boolean): Media {
  async function whileAlive<T>(work: () => Promise<T>): Promise<T> {
    if (!isAlive()) throw new Error('this process has ended');
    return work();
  }
  return {
    sizeBytes: media.sizeBytes,
    read: (offset, length) => whileAlive(() => media.read(offset, length)),
    write: (offset, bytes) => whileAlive(() => media.write(offset, bytes)),
    flush: () => whileAlive(() => media.flush()),
  };
}

function ofLife(secret: MemorySecret, isAlive: () => boolean): VaultDeps['secret'] {
  const gone = (): Result<never, VaultFailure> => err('vault/secret-unavailable');
  return {
    isHiddenFromDisk: secret.isHiddenFromDisk,
    read: async () => (isAlive() ? secret.read() : gone()),
    write: async (value) => (isAlive() ? secret.write(value) : gone()),
  };
}

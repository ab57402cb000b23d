import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Redacted, redact, unwrap, utf8ToBytes } from '@pars/base';
import { createSuite } from '@pars/crypto';
import { type UnlockRequest, unlockVault, type Vault, type VaultDeps } from '@pars/vault';
import { createPageImage, openVaultDatabase, type SqlDatabase } from '@pars/vault/sql';
import { createNodeCryptoProvider } from '../crypto/node-crypto-provider.ts';
import { systemRandom } from '../crypto/system-random.ts';
import { createFileMedia, openFileMedia } from './file-media.ts';
import { openFileSecret } from './file-secret.ts';
import { openNodeSqlEngine } from './sqlite-engine.ts';

/** Pages of every tier. */
export const PAGE_BYTES = 4096;

/** The days that extra flushes of a measurement take: the clock jumps when those of one are used. */
export interface JumpingDays {
  readonly deps: Pick<VaultDeps, 'clock' | 'scheduler'>;
  readonly flush: (vault: Vault) => Promise<void>;
}

/** A clock whose next day comes when no extra flush is left, and no deadline. */
export function createJumpingDays(): JumpingDays {
  let today = Date.now();
  return {
    deps: {
      clock: { nowMs: () => today, monotonicMs: () => performance.now() },
      scheduler: { schedule: () => () => undefined, sleep: async () => undefined },
    },
    async flush(vault) {
      if (vault.extraFlushesLeft() === 0) today += 86_400_000;
      unwrap(await vault.flushNow());
      // What waits for the flush hears of it.
      await new Promise((resolve) => setImmediate(resolve));
    },
  };
}

/** A password of the measurements. */
export function passwordOf(text: string): Redacted<Uint8Array> {
  return redact(utf8ToBytes(text));
}

/** A folder for a container and its E, gone afterwards. */
export async function withFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'pars-vault-'));
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** A container in a file of that folder: made with so many zeros, or the one that is there. */
export async function fileVaultDeps(
  folder: string,
  options: Pick<VaultDeps, 'clock' | 'scheduler'> & { readonly sizeBytes?: number },
): Promise<VaultDeps & AsyncDisposable> {
  const path = join(folder, 'container');
  const media =
    options.sizeBytes === undefined
      ? await openFileMedia(path)
      : await createFileMedia(path, options.sizeBytes);
  return {
    media,
    secret: openFileSecret(join(folder, 'secret')),
    random: systemRandom,
    suite: createSuite({ provider: createNodeCryptoProvider(), random: systemRandom }),
    clock: options.clock,
    scheduler: options.scheduler,
    [Symbol.asyncDispose]: () => media[Symbol.asyncDispose](),
  };
}

/** An unlocked vault with its databases open: that of the decoy, and the hidden one where it opened. */
export async function openDatabases(
  deps: VaultDeps,
  request: UnlockRequest,
): Promise<{
  readonly vault: Vault;
  readonly decoy: SqlDatabase;
  readonly hidden: SqlDatabase | undefined;
}> {
  const images = [
    createPageImage(PAGE_BYTES, 30_720),
    createPageImage(PAGE_BYTES, 30_720),
  ] as const;
  const vault = unwrap(
    await unlockVault(deps, {
      ...request,
      onPage: (volume, page, content) => images[volume].set(page, content),
    }),
  );
  const open = (volume: Vault['decoy'], number: 0 | 1): SqlDatabase =>
    unwrap(openVaultDatabase(openNodeSqlEngine, { vault, volume, image: images[number].take() }));
  return {
    vault,
    decoy: open(vault.decoy, 0),
    hidden: vault.hidden === undefined ? undefined : open(vault.hidden, 1),
  };
}

import { err, type Failure, ok, type Random, type Redacted, type Result } from '@pars/base';
import type { Suite } from '@pars/crypto';
import type { PageVolume, Vault, VaultPlace, VolumeNumber } from '@pars/vault';
import {
  createPageImage,
  migrate,
  type OpenSqlEngine,
  openVaultDatabase,
  type PageImage,
  type SqlDatabase,
} from '@pars/vault/sql';
import type { ProfileHome } from '../profile/profile.ts';
import { profileMigrations } from '../profile/schema.ts';
import { touchCheckInSlots } from './check-in-slots.ts';

/** An unlocked vault with the profile that the password is for. */
export interface OpenedVault extends ProfileHome {
  readonly vault: Vault;
  /** The hidden volume after the hidden password, else the decoy's. */
  readonly volume: PageVolume;
  /** Margin of the hidden volume when it was unlocked; `undefined` for the other. */
  readonly marginAtUnlock: number | undefined;
  /** Whether a crash can still undo what the unlock itself wrote. */
  readonly isUnsaved: boolean;
}

/** What opening needs. */
export interface OpenVaultDeps {
  readonly suite: Suite;
  readonly random: Random;
  readonly vaultPlace: VaultPlace;
  readonly openSqlEngine: OpenSqlEngine;
}

/**
 * Unlocks and opens what the password opens (PIP-3000 §10, §12): the hidden
 * profile, or the decoy for the decoy and the duress password, which differ in
 * nothing that can be seen. Codes: those of `VaultPlace.unlock`, `sql/damaged`,
 * `sql/newer-schema`; then the vault is locked.
 */
export async function openVault(
  deps: OpenVaultDeps,
  password: Redacted<Uint8Array>,
): Promise<Result<OpenedVault, Failure>> {
  const images: [PageImage | undefined, PageImage | undefined] = [undefined, undefined];
  const onPage = (volume: VolumeNumber, page: number, content: Uint8Array): void => {
    const image = images[volume] ?? createPageImage(content.length, MAX_PAGES);
    images[volume] = image;
    image.set(page, content);
  };
  const unlocked = await deps.vaultPlace.unlock({ password, onPage });
  if (!unlocked.ok) return unlocked;
  const vault = unlocked.value;
  const { decoy, hidden } = vault;
  const [decoyImage, hiddenImage] = images.map((image) =>
    image === undefined ? new Uint8Array(0) : image.take(),
  );
  try {
    // The decoy's check-in slots are there from the first unlock on, whichever password comes first.
    const isDecoyNew = decoyImage?.length === 0 && decoy.lostPages() === 0;
    if (hidden !== undefined && isDecoyNew) {
      const made = await openDatabase(deps, vault, decoy, decoyImage);
      if (!made.ok) return await locked(vault, made.error);
    } else if (hidden !== undefined) {
      decoyImage?.fill(0);
    }
    const volume = hidden ?? decoy;
    const image = hidden === undefined ? decoyImage : hiddenImage;
    const opened = await openDatabase(deps, vault, volume, image);
    if (!opened.ok) return await locked(vault, opened.error);
    const { database, sequence } = opened.value;
    return ok({
      vault,
      volume,
      database,
      flushNow: () => vault.flushNow(),
      marginAtUnlock: volume.marginFlushes(),
      get isUnsaved() {
        return database.durableSequence < sequence;
      },
    });
  } catch (error) {
    await vault.lock();
    throw error;
  }
}

/** The database of a volume, with the schema of now and its check-in slots; it owns the image from then on. */
async function openDatabase(
  deps: OpenVaultDeps,
  vault: Vault,
  volume: PageVolume,
  image: Uint8Array | undefined,
): Promise<Result<{ readonly database: SqlDatabase; readonly sequence: number }, Failure>> {
  const opened = openVaultDatabase(deps.openSqlEngine, { vault, volume, image });
  if (!opened.ok) {
    image?.fill(0);
    return opened;
  }
  const database = opened.value;
  const migrated = await migrate(database, profileMigrations);
  if (!migrated.ok) return migrated;
  const touched = await database.write((sql) => touchCheckInSlots(deps, sql, vault.kind));
  return touched.ok ? ok({ database, sequence: touched.value.sequence }) : touched;
}

async function locked(vault: Vault, failure: Failure): Promise<Result<never, Failure>> {
  await vault.lock();
  return err(failure.code, failure.meta);
}

/** As many as any tier has (PIP-3000 §2): 15 for each of 2,048 windows. */
const MAX_PAGES = 30_720;

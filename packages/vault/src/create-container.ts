import { concatBytes, ok, type Redacted, type Result } from '@pars/base';
import type { OpenContainer, OpenVolume } from './container.ts';
import { ERASABLE_SECRET_BYTES } from './erasable-secret.ts';
import { type VaultFailure, vaultErr } from './errors.ts';
import { flushContainer } from './flush.ts';
import {
  assertGeometry,
  type Geometry,
  sizeOf,
  TOPS_PER_ROOT,
  type VolumeNumber,
} from './geometry.ts';
import {
  createSaltPage,
  type DecoySecrets,
  keySetOf,
  SALT_BYTES,
  saltOfSet,
  sealKeySlot,
} from './key-page.ts';
import { areFit, type NewPasswords } from './new-passwords.ts';
import { derivePasswordKeys, hashPassword, type PasswordKeys } from './password-keys.ts';
import { randomiseMedia } from './randomise.ts';
import type { VolumeSecrets } from './root-record.ts';
import { rootKeysFrom } from './root-stripe.ts';
import type { VaultDeps } from './vault.ts';
import { deriveVaultKey } from './vault-keys.ts';
import { createVolumeIndex } from './volume-index.ts';
import { createVolumeWriter } from './volume-writer.ts';

/**
 * Fills the medium with a new container and gives E its first value
 * (PIP-3000 §11). Everything that was there is lost. The same three password
 * hashes, writes and sizes whatever passwords there are.
 */
export async function createContainer(
  deps: VaultDeps,
  geometry: Geometry,
  passwords: NewPasswords,
): Promise<Result<void, VaultFailure>> {
  assertGeometry(geometry);
  if (deps.media.sizeBytes !== sizeOf(geometry)) return vaultErr('vault/bad-size');
  if (!areFit(passwords)) return vaultErr('vault/bad-passwords');
  const secret = deps.random.bytes(ERASABLE_SECRET_BYTES);
  const written = await deps.secret.write(concatBytes(secret)).catch(() => undefined);
  if (written?.ok !== true) return vaultErr('vault/secret-unavailable');
  try {
    await flushContainer(deps, await beginContainer(deps, geometry, passwords, secret));
  } catch {
    return vaultErr('vault/medium-failed');
  }
  return ok(undefined);
}

/** Random bytes everywhere and the key set: a container before its first flush. `secret`: E, 64 bytes. */
export async function beginContainer(
  deps: VaultDeps,
  geometry: Geometry,
  passwords: NewPasswords,
  secret: Uint8Array,
): Promise<OpenContainer> {
  const { media, random, suite } = deps;
  await randomiseMedia(deps);
  const saltPage = createSaltPage(random);
  const keySet = keySetOf(saltPage, 0);
  const secrets = {
    decoy: random.bytes(32),
    hidden: random.bytes(32),
    root: random.bytes(32),
  };
  const keys = await sealKeySet(deps, geometry, { passwords, saltPage, keySet, secrets, secret });
  await media.write(0, saltPage);

  const volumes = [createVolume(deps, geometry, { number: 0, secrets, rootSecret: secrets.root })];
  if (passwords.hidden !== undefined) {
    const rootSecret = keys.hidden.hidden[0];
    volumes.push(createVolume(deps, geometry, { number: 1, secrets, rootSecret }));
  }
  keys.hidden.erase();
  return {
    geometry,
    commitKey: deriveVaultKey(suite.symmetric, secrets.decoy, 'commit'),
    decoySecret: secrets.decoy,
    keySet: 0,
    retired: [],
    volumes,
    flush: 0,
    redo: undefined,
    extra: { day: 0, count: 0 },
  };
}

/**
 * Three password hashes, whatever passwords there are, and the key slots of
 * those that are there (PIP-3000 §11). Gives the keys of the hidden password, for
 * the caller to erase.
 */
export async function sealKeySet(
  deps: Pick<VaultDeps, 'suite' | 'random'>,
  geometry: Geometry,
  request: {
    readonly passwords: NewPasswords;
    readonly saltPage: Uint8Array;
    /** Random bytes; gets the slots. */
    readonly keySet: Uint8Array;
    readonly secrets: DecoySecrets;
    /** The 64 bytes of E. */
    readonly secret: Uint8Array;
  },
): Promise<{ readonly hidden: PasswordKeys }> {
  const { passwords, saltPage, keySet, secrets, secret } = request;
  const sealing = { symmetric: deps.suite.symmetric, random: deps.random };
  const salt = saltPage.slice(0, SALT_BYTES);
  const keysOf = async (password: Redacted<Uint8Array> | undefined): Promise<PasswordKeys> => {
    const hash = await hashPassword(deps.suite, geometry, password ?? passwords.decoy, salt);
    const keys = derivePasswordKeys(sealing.symmetric, hash, saltOfSet(keySet), secret);
    hash.fill(0);
    return keys;
  };
  const decoy = await keysOf(passwords.decoy);
  const duress = await keysOf(passwords.duress);
  const hidden = await keysOf(passwords.hidden);
  sealKeySlot(sealing, keySet, 'decoy', decoy.decoy, secrets);
  if (passwords.duress !== undefined) {
    sealKeySlot(sealing, keySet, 'duress', duress.duress, secrets);
  }
  for (const keys of [decoy, duress]) keys.erase();
  return { hidden };
}

/** A volume without pages. `rootSecret`: what its roots are sealed under (PIP-3000 §9.2). */
export function createVolume(
  deps: Pick<VaultDeps, 'suite' | 'random'>,
  geometry: Geometry,
  request: {
    readonly number: VolumeNumber;
    readonly secrets: VolumeSecrets;
    readonly rootSecret: Uint8Array;
  },
): OpenVolume {
  const { symmetric } = deps.suite;
  const { number, secrets, rootSecret } = request;
  const index = createVolumeIndex(geometry, number);
  const tops = Array.from({ length: TOPS_PER_ROOT }, () => undefined);
  const secret = number === 0 ? secrets.decoy : secrets.hidden;
  return {
    number,
    maskKey: deriveVaultKey(symmetric, secret, 'cell mask'),
    rootKeys: rootKeysFrom(symmetric, rootSecret),
    index,
    writer: createVolumeWriter({ random: deps.random, geometry }, index, tops),
    secrets: number === 0 ? undefined : secrets,
    root: { flush: 0, slots: [] },
    isDamaged: false,
  };
}

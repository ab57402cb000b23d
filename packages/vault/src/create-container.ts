import { concatBytes, equalBytes, expose, ok, type Redacted, type Result } from '@pars/base';
import type { OpenContainer, OpenVolume } from './container.ts';
import { randomBytes } from './draws.ts';
import { ERASABLE_SECRET_BYTES } from './erasable-secret.ts';
import { type VaultFailure, vaultErr } from './errors.ts';
import { flushContainer } from './flush.ts';
import {
  assertGeometry,
  type Geometry,
  sizeOf,
  stagingOffset,
  TOPS_PER_ROOT,
  type VolumeNumber,
  windowBytes,
} from './geometry.ts';
import { createSaltPage, SALT_BYTES, sealKeySlot } from './key-page.ts';
import { derivePasswordKeys, type PasswordKeys } from './password-keys.ts';
import { rootKeysFrom } from './root-stripe.ts';
import type { VaultDeps } from './vault.ts';
import { deriveVaultKey } from './vault-keys.ts';
import { createVolumeIndex } from './volume-index.ts';
import { createVolumeWriter } from './volume-writer.ts';

/** Passwords of a new vault: 1 to 1,024 bytes each, all different. */
export interface NewPasswords {
  /** Opens volume 0. Whoever needs no hidden volume uses this one alone. */
  readonly decoy: Redacted<Uint8Array>;
  /** Opens both volumes; without it, volume 1 does not exist and nothing shows that. */
  readonly hidden?: Redacted<Uint8Array>;
  /** Opens volume 0 and destroys E. */
  readonly duress?: Redacted<Uint8Array>;
}

const MAX_PASSWORD_BYTES = 1024;

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
    await fill(deps, geometry);
    await writeFirstFlush(deps, geometry, passwords, secret);
  } catch {
    return vaultErr('vault/medium-failed');
  }
  return ok(undefined);
}

async function writeFirstFlush(
  deps: VaultDeps,
  geometry: Geometry,
  passwords: NewPasswords,
  secret: Uint8Array,
): Promise<void> {
  const { media, random, suite } = deps;
  const { symmetric } = suite;
  const saltPage = createSaltPage(random);
  const salt = saltPage.slice(0, SALT_BYTES);
  const secrets = { decoy: random.bytes(32), hidden: random.bytes(32) };
  const keysOf = (password: Redacted<Uint8Array> | undefined): Promise<PasswordKeys> =>
    derivePasswordKeys(suite, geometry, { password: password ?? passwords.decoy, salt, secret });
  const decoy = await keysOf(passwords.decoy);
  const duress = await keysOf(passwords.duress);
  const hidden = await keysOf(passwords.hidden);

  sealKeySlot({ symmetric, random }, saltPage, 'decoy', decoy.decoy, secrets.decoy);
  if (passwords.duress !== undefined) {
    sealKeySlot({ symmetric, random }, saltPage, 'duress', duress.duress, secrets.decoy);
  }
  await media.write(0, saltPage);

  const volumes = [newVolume(deps, geometry, 0, secrets.decoy, secrets.decoy, undefined)];
  if (passwords.hidden !== undefined) {
    volumes.push(newVolume(deps, geometry, 1, secrets.hidden, hidden.hidden[0], secrets));
  }
  const container: OpenContainer = {
    geometry,
    commitKey: deriveVaultKey(symmetric, secrets.decoy, 'commit'),
    volumes,
    flush: 0,
    redo: undefined,
    extra: { day: 0, count: 0 },
  };
  await flushContainer(deps, container);
}

function newVolume(
  deps: VaultDeps,
  geometry: Geometry,
  number: VolumeNumber,
  secret: Uint8Array,
  rootSecret: Uint8Array,
  secrets: OpenVolume['secrets'],
): OpenVolume {
  const { symmetric } = deps.suite;
  const index = createVolumeIndex(geometry, number);
  const tops = Array.from({ length: TOPS_PER_ROOT }, () => undefined);
  return {
    number,
    maskKey: deriveVaultKey(symmetric, secret, 'cell mask'),
    rootKeys: rootKeysFrom(symmetric, rootSecret),
    index,
    writer: createVolumeWriter({ random: deps.random, geometry }, index, tops),
    secrets,
    root: { flush: 0, slots: [] },
    isDamaged: false,
  };
}

/** Random bytes everywhere, a window's length at a time. */
async function fill(deps: VaultDeps, geometry: Geometry): Promise<void> {
  const step = windowBytes(geometry);
  const end = sizeOf(geometry);
  for (let offset = 0; offset < stagingOffset(geometry); offset += step) {
    const length = Math.min(step, stagingOffset(geometry) - offset);
    await deps.media.write(offset, randomBytes(deps.random, length));
  }
  for (let offset = stagingOffset(geometry); offset < end; offset += step) {
    await deps.media.write(offset, randomBytes(deps.random, step));
  }
  await deps.media.flush();
}

function areFit(passwords: NewPasswords): boolean {
  const all = [passwords.decoy, passwords.hidden, passwords.duress]
    .filter((password) => password !== undefined)
    .map((password) => expose(password));
  const isDifferent = all.every((one, at) =>
    all.every((other, index) => at === index || !equalBytes(one, other)),
  );
  return isDifferent && all.every(({ length }) => length >= 1 && length <= MAX_PASSWORD_BYTES);
}

import { ok, type Result } from '@pars/base';
import { createContainer } from '../create-container.ts';
import type { VaultFailure } from '../errors.ts';
import { type Geometry, sizeOf } from '../geometry.ts';
import type { NewPasswords } from '../new-passwords.ts';
import { type UnlockRequest, unlockContainer } from '../unlock-container.ts';
import type { Vault, VaultDeps } from '../vault.ts';
import { createVaultSession } from '../vault-session.ts';

/** 32 windows with pages of 512 bytes: no tier, for tests with real files and processes. */
const GEOMETRY: Geometry = { windows: 32, pageBytes: 512, passwordProfile: 'phone' };

/** The bytes that its medium must have. */
export const SMALL_VAULT_BYTES: number = sizeOf(GEOMETRY);

/** A vault like that of `createVault`, too small for anything but tests. */
export function createSmallVault(
  deps: VaultDeps,
  passwords: NewPasswords,
): Promise<Result<void, VaultFailure>> {
  return createContainer(deps, GEOMETRY, passwords);
}

/** Like `unlockVault`, for a small one. */
export async function unlockSmallVault(
  deps: VaultDeps,
  request: UnlockRequest,
): Promise<Result<Vault, VaultFailure>> {
  const unlocked = await unlockContainer(deps, GEOMETRY, request);
  return unlocked.ok ? ok(createVaultSession(deps, unlocked.value)) : unlocked;
}

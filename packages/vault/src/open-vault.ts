import { ok, type Result } from '@pars/base';
import {
  changeContainerPasswords,
  type PasswordChange,
  type PasswordsChanged,
} from './change-passwords.ts';
import { createContainer } from './create-container.ts';
import { type VaultFailure, vaultErr } from './errors.ts';
import { TIERS, type Tier, tierOfSize } from './geometry.ts';
import { moveContainer, type VaultMove, type VaultMoved } from './move-container.ts';
import type { NewPasswords } from './new-passwords.ts';
import { type UnlockRequest, unlockContainer } from './unlock-container.ts';
import type { Vault, VaultDeps } from './vault.ts';
import { createVaultSession } from './vault-session.ts';

/** What a new vault is to be. */
export interface NewVault {
  /** Its size for ever: the medium must have {@link containerBytes} of it. */
  readonly tier: Tier;
  readonly passwords: NewPasswords;
}

/**
 * Makes a vault on a medium, over whatever is there (PIP-3000 §11). It is
 * locked afterwards. Fails with `vault/bad-size`, `vault/bad-passwords`,
 * `vault/secret-unavailable` or `vault/medium-failed`.
 */
export function createVault(
  deps: VaultDeps,
  request: NewVault,
): Promise<Result<void, VaultFailure>> {
  return createContainer(deps, TIERS[request.tier], request.passwords);
}

/**
 * Replaces all passwords of a locked vault, adds or removes its hidden volume
 * (PIP-3000 §11.2). What is not given again opens nothing afterwards. Fails with
 * `vault/bad-size` and what {@link changeContainerPasswords} tells.
 */
export async function changePasswords(
  deps: VaultDeps,
  change: PasswordChange,
): Promise<Result<PasswordsChanged, VaultFailure>> {
  const geometry = tierOfSize(deps.media.sizeBytes);
  if (geometry === undefined) return vaultErr('vault/bad-size');
  return changeContainerPasswords(deps, geometry, change);
}

/**
 * Moves a locked vault to a medium of its own tier or a larger one, under new
 * secrets and passwords (PIP-3000 §11.3); {@link moveContainer} tells the rest.
 * A volume with an unreadable page map fails with `vault/volume-damaged`.
 */
export async function moveVault(
  deps: VaultDeps,
  move: VaultMove,
): Promise<Result<VaultMoved, VaultFailure>> {
  const geometry = tierOfSize(deps.media.sizeBytes);
  const toGeometry = tierOfSize(move.to.sizeBytes);
  if (geometry === undefined || toGeometry === undefined) return vaultErr('vault/bad-size');
  return moveContainer(deps, geometry, toGeometry, move);
}

/**
 * Unlocks (PIP-3000 §10). `vault/wrong-password` stands for every password that
 * opens nothing, for a container without that volume and for random bytes.
 * Other failures: `vault/bad-size`, `vault/secret-unavailable`,
 * `vault/medium-failed`, `vault/volume-damaged`.
 */
export async function unlockVault(
  deps: VaultDeps,
  request: UnlockRequest,
): Promise<Result<Vault, VaultFailure>> {
  const geometry = tierOfSize(deps.media.sizeBytes);
  if (geometry === undefined) return vaultErr('vault/bad-size');
  const unlocked = await unlockContainer(deps, geometry, request);
  return unlocked.ok ? ok(createVaultSession(deps, unlocked.value)) : unlocked;
}

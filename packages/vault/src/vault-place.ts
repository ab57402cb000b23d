import type { Failure, Result } from '@pars/base';
import type { PasswordChange, PasswordsChanged } from './change-passwords.ts';
import type { Tier } from './geometry.ts';
import type { VaultMoved } from './move-container.ts';
import type { NewVault } from './open-vault.ts';
import type { PanicOutcome } from './panic.ts';
import type { UnlockRequest } from './unlock-container.ts';
import type { Vault } from './vault.ts';

/** Where the erasable secret of a vault lies (PIP-3000 §9.3). */
export type SecretKeeperKind = 'tpm' | 'keyring' | 'file';

/** What can be seen of a vault without a password. */
export interface VaultPlaceInfo {
  readonly tier: Tier;
  /** Bytes on the disk; the same for every vault of the tier. */
  readonly diskBytes: number;
  readonly keeper: SecretKeeperKind;
}

/** A vault that is to be made, and who keeps its E. */
export interface NewPlacedVault extends NewVault {
  /** The best one that answers when absent. One that was asked for and does not answer is `vault/secret-unavailable`. */
  readonly keeper?: SecretKeeperKind;
}

/**
 * The place of the one vault of a node: its medium and its keeper of E, found
 * or made. Platforms implement it. Its caller makes one call at a time, and
 * none but `panic` while a vault is unlocked. Nothing is ever made by itself:
 * without a vault every call but `look`, `create` and `panic` fails with
 * `vault/none`.
 */
export interface VaultPlace {
  /** What is there; `undefined` when there is no vault. Fails with `vault/medium-failed`, `vault/bad-size`, or `vault/secret-unavailable` when it is not known where E is. */
  look(): Promise<Result<VaultPlaceInfo | undefined, Failure>>;
  /**
   * Makes the vault. A crash leaves none, or the whole. Fails with
   * `vault/exists`, `vault/bad-passwords`, `vault/secret-unavailable`,
   * `vault/no-room` or `vault/medium-failed`; then there is none.
   */
  create(request: NewPlacedVault): Promise<Result<void, Failure>>;
  /** As `unlockVault`. */
  unlock(request: UnlockRequest): Promise<Result<Vault, Failure>>;
  /** As `changePasswords`. */
  changePasswords(change: PasswordChange): Promise<Result<PasswordsChanged, Failure>>;
  /** As `moveVault`, into a new medium that takes the name of the old one; also `vault/no-room`. */
  move(tier: Tier, change: PasswordChange): Promise<Result<VaultMoved, Failure>>;
  /**
   * As `panicVault`. With `everything` the medium is filled with random bytes
   * and taken away, E's place too, so that nothing of the vault is left; else E
   * alone is destroyed and the decoy opens as after a duress unlock. Works
   * without a vault, again after a crash, and while another call runs, which
   * fails then.
   */
  panic(request: {
    readonly vault: Vault | undefined;
    readonly everything: boolean;
  }): Promise<PanicOutcome>;
}

import { type Err, err, type Failure } from '@pars/base';

/** Failure codes of the vault. None of them depends on which volumes a container has. */
export type VaultFailureCode =
  /** The password opens nothing here: another password, no such volume, another container, or random bytes. Ask again. */
  | 'vault/wrong-password'
  /** The medium has not the size of a tier: cut, grown, or no container. Restore it from a copy; it is never re-created by itself. */
  | 'vault/bad-size'
  /** The keeper of the erasable secret is locked, gone or gave something else than 64 bytes. Unlock the keyring and try again. */
  | 'vault/secret-unavailable'
  /** The medium failed: unplugged, full or damaged. The vault has locked itself; unlock again to be at the last whole flush. */
  | 'vault/medium-failed'
  /** Two of the passwords given are the same, or one is empty or longer than 1,024 bytes. Choose others. */
  | 'vault/bad-passwords'
  /** A change without the hidden password would destroy a hidden volume, if there is one; nobody can know. Ask for the password that opens most, or have its loss confirmed. Nothing was changed. */
  | 'vault/hidden-password-needed'
  /** The page was written and its cells cannot be read any more. For the hidden volume: it was not opened for too long. */
  | 'vault/page-damaged'
  /** The slab has no room for another chunk of this volume. Delete something. */
  | 'vault/slab-full'
  /** No such chunk: it was removed, or a crash came before it was durable. Get the file again. */
  | 'vault/chunk-missing'
  /** A part of the page map cannot be read: the volume can be read as far as it goes, and not written. Restore from a backup. */
  | 'vault/volume-damaged'
  /** The transaction has more pages than one may have. Split it. */
  | 'vault/transaction-too-large'
  /** Too many pages wait for the clock. Wait for `durable`, then write again. */
  | 'vault/queue-full'
  /** All 64 extra flushes of the day are used. Wait for the next tick. */
  | 'vault/no-extra-flush'
  /** There is no vault here yet. Create one. */
  | 'vault/none'
  /** There is a vault here already. Unlock it; it is never overwritten. */
  | 'vault/exists'
  /** The disk has not as much room as the vault takes. Make room, or choose another folder. */
  | 'vault/no-room'
  /** The vault is locked. Unlock it. */
  | 'vault/locked';

/** Codes of the `ParsError`s that this package throws: bugs of the caller. */
export type VaultBugCode =
  /** An argument outside of its documented range; `meta.what` says which. */
  'vault/argument';

/** A failure of this package. */
export type VaultFailure = Failure<VaultFailureCode>;

/** {@link err} with the code checked against {@link VaultFailureCode}. */
export function vaultErr(code: VaultFailureCode): Err<VaultFailure> {
  return err(code);
}

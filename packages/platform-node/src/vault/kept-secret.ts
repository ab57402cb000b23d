import { type Err, err, type Failure, ParsError, type Result } from '@pars/base';
import { ERASABLE_SECRET_BYTES, type ErasableSecret } from '@pars/vault';

/** Why a keeper did not do as told. */
export type KeeperFailureCode =
  /** The keeper is locked, gone, or not on this machine. Unlock the keyring or plug it in, and try again. */
  | 'secret-keeper/unavailable'
  /** The keeper is there and holds nothing, or not 64 bytes: it was wiped, or belongs to something else. */
  | 'secret-keeper/nothing-there';

/** An erasable secret that lies somewhere on this machine (PIP-3000 §9.3). */
export interface KeptSecret extends ErasableSecret {
  /** Overwrites the value with random bytes and takes its place away: for a panic. Nothing there is no failure. */
  destroy(): Promise<Result<void, Failure<KeeperFailureCode>>>;
}

/** {@link err} with the code checked against {@link KeeperFailureCode}. */
export function keeperErr(code: KeeperFailureCode): Err<Failure<KeeperFailureCode>> {
  return err(code);
}

/** Throws for a value that is not 64 bytes: a bug of the caller. */
export function requireSecretLength(value: Uint8Array): void {
  if (value.length !== ERASABLE_SECRET_BYTES) {
    throw new ParsError('base/argument', { what: 'erasable secret' });
  }
}

import type { Failure, Result } from '@pars/base';

/** Bytes of the erasable secret E: two halves of 32 (PIP-3000 §9). */
export const ERASABLE_SECRET_BYTES = 64;

/**
 * The keeper of E (PIP-3000 §9): 64 bytes outside of the container that can be
 * destroyed at once. A TPM, the keyring of the system, a passkey; at worst a file.
 */
export interface ErasableSecret {
  /**
   * Whether nobody can look at the value twice: neither who copies the disk nor
   * who makes the owner log in. Only then may it rotate: to see it change tells
   * that the hidden volume was opened.
   */
  readonly isHiddenFromDisk: boolean;
  /** The 64 bytes. Fails where the keeper is locked or gone. */
  read(): Promise<Result<Uint8Array, Failure>>;
  /** Replaces them atomically: a crash leaves the old or the new bytes. What was replaced is beyond recovery, as far as the keeper can. */
  write(value: Uint8Array): Promise<Result<void, Failure>>;
}

/** What a module that needs E asks for. */
export interface ErasableSecretDep {
  readonly secret: ErasableSecret;
}

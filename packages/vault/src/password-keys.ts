import { concatBytes, expose, type Redacted } from '@pars/base';
import type { Suite, SymmetricPrimitives } from '@pars/crypto';
import type { Geometry } from './geometry.ts';
import { deriveVaultKey } from './vault-keys.ts';

/** The four keys that every password gives in a key set, whatever it is the password of (PIP-3000 §9.2). */
export interface PasswordKeys {
  readonly decoy: Uint8Array;
  readonly duress: Uint8Array;
  /** With the first and with the second half of E. */
  readonly hidden: readonly [Uint8Array, Uint8Array];
  /** With another half: what a rotation needs. */
  readonly hiddenWith: (half: Uint8Array) => Uint8Array;
  /** Overwrites all of them and what they came from; nothing of it may be used afterwards. */
  readonly erase: () => void;
}

/** One Argon2id, 32 bytes. `password`: 1 to 1,024 bytes; `salt`: 32 bytes. */
export async function hashPassword(
  suite: Pick<Suite, 'password'>,
  geometry: Geometry,
  password: Redacted<Uint8Array>,
  salt: Uint8Array,
): Promise<Uint8Array> {
  return expose(await suite.password.derive(password, salt, geometry.passwordProfile));
}

/**
 * Four derivations from the hash of a password, which they keep a copy of.
 * `setSalt`: 32 bytes; `secret`: the 64 bytes of E.
 */
export function derivePasswordKeys(
  symmetric: SymmetricPrimitives,
  hash: Uint8Array,
  setSalt: Uint8Array,
  secret: Uint8Array,
): PasswordKeys {
  const base = concatBytes(hash, setSalt);
  const hiddenWith = (half: Uint8Array): Uint8Array => {
    const whole = concatBytes(base, half);
    const key = deriveVaultKey(symmetric, whole, 'hidden password');
    whole.fill(0);
    return key;
  };
  const decoy = deriveVaultKey(symmetric, base, 'decoy password');
  const duress = deriveVaultKey(symmetric, base, 'duress password');
  const hidden = [hiddenWith(secret.subarray(0, 32)), hiddenWith(secret.subarray(32, 64))] as const;
  const erase = (): void => {
    for (const key of [base, decoy, duress, ...hidden]) key.fill(0);
  };
  return { decoy, duress, hidden, hiddenWith, erase };
}

import { concatBytes, expose, type Redacted } from '@pars/base';
import type { Suite } from '@pars/crypto';
import type { Geometry } from './geometry.ts';
import { deriveVaultKey } from './vault-keys.ts';

/** The four keys that every password gives, whatever it is the password of (PIP-3000 §9.2). */
export interface PasswordKeys {
  readonly decoy: Uint8Array;
  readonly duress: Uint8Array;
  /** With the first and with the second half of E. */
  readonly hidden: readonly [Uint8Array, Uint8Array];
  /** With another half: what a rotation needs. */
  readonly hiddenWith: (half: Uint8Array) => Uint8Array;
}

/** One Argon2id, then four derivations. `password`: 1 to 1,024 bytes; `secret`: the 64 bytes of E. */
export async function derivePasswordKeys(
  suite: Pick<Suite, 'symmetric' | 'password'>,
  geometry: Geometry,
  request: {
    readonly password: Redacted<Uint8Array>;
    readonly salt: Uint8Array;
    readonly secret: Uint8Array;
  },
): Promise<PasswordKeys> {
  const { symmetric } = suite;
  const { password, salt, secret } = request;
  const hash = expose(await suite.password.derive(password, salt, geometry.passwordProfile));
  const hiddenWith = (half: Uint8Array): Uint8Array =>
    deriveVaultKey(symmetric, concatBytes(hash, half), 'hidden password');
  return {
    decoy: deriveVaultKey(symmetric, hash, 'decoy password'),
    duress: deriveVaultKey(symmetric, hash, 'duress password'),
    hidden: [hiddenWith(secret.subarray(0, 32)), hiddenWith(secret.subarray(32, 64))],
    hiddenWith,
  };
}

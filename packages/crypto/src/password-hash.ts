import { expose, type Redacted, redact } from '@pars/base';
import { assertLength, assertRange } from './errors.ts';
import type { Argon2idParameters, CryptoProvider } from './provider/crypto-provider.ts';
import type { PasswordHash } from './suite.ts';

/** Bytes of the salt of every password hash (PIP-2000 §9.1). */
export const PASSWORD_SALT_LENGTH = 32;
/** Longest password, in bytes (PIP-2000 §9.1). */
export const MAX_PASSWORD_LENGTH = 1024;

/** The two cost profiles (PIP-2000 §9.1); nothing else can be asked for. */
export type PasswordProfile = 'standard' | 'phone';

const PROFILES: Readonly<Record<PasswordProfile, Argon2idParameters>> = Object.freeze({
  standard: { memoryKiB: 131_072, passes: 3, lanes: 1, tagLength: 32 },
  phone: { memoryKiB: 65_536, passes: 3, lanes: 1, tagLength: 32 },
});

/** Argon2id with the fixed profiles (PIP-2000 §9.1). */
export function createPasswordHash(deps: { readonly provider: CryptoProvider }): PasswordHash {
  const { provider } = deps;
  return Object.freeze({
    async derive(
      password: Redacted<Uint8Array>,
      salt: Uint8Array,
      profile: PasswordProfile,
    ): Promise<Redacted<Uint8Array>> {
      const secret = expose(password);
      assertRange(secret.length, 1, MAX_PASSWORD_LENGTH, 'password length');
      assertLength(salt, PASSWORD_SALT_LENGTH, 'password salt');
      return redact(await provider.argon2id(secret, salt, PROFILES[profile]));
    },
  });
}

/**
 * The bytes of a typed password: UTF-8 of its NFKC form, so that the same
 * password typed on another keyboard or system gives the same bytes.
 */
export function passwordFromText(text: string): Redacted<Uint8Array> {
  return redact(new TextEncoder().encode(text.normalize('NFKC')));
}

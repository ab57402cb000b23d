import {
  concatBytes,
  equalBytes,
  err,
  expose,
  type Failure,
  ok,
  type Redacted,
  type Result,
} from '@pars/base';
import type { CryptoDeps } from './create-suite.ts';
import {
  createPasswordHash,
  MAX_PASSWORD_LENGTH,
  PASSWORD_SALT_LENGTH,
  type PasswordProfile,
} from './password-hash.ts';
import { bytesFromContext, derivationInfo, isSuite1, SUITE_ID } from './suite-id.ts';

/** Largest content of a password-sealed blob: 1 MiB (PIP-2000 §9.2). */
export const MAX_PASSWORD_BOX_PLAINTEXT = 1_048_576;
/** Bytes that a password-sealed blob adds to its content (PIP-2000 §9.2). */
export const PASSWORD_BOX_OVERHEAD = 82;

/** Blobs under a password, for files that a person keeps (PIP-2000 §9.2). */
export interface PasswordBox {
  /**
   * Seals up to 1 MiB. Fails with `crypto/password-length` (1 to 1,024 bytes)
   * or `crypto/too-long`. Takes as long as one password hash of the profile.
   */
  sealWithPassword(request: {
    readonly password: Redacted<Uint8Array>;
    /** 1 to 255 bytes of printable ASCII naming the use. */
    readonly context: string;
    readonly plaintext: Uint8Array;
    readonly profile: PasswordProfile;
  }): Promise<Result<Uint8Array, Failure>>;
  /**
   * Opens a blob. The wrong password (or another context, or a damaged salt)
   * is `crypto/wrong-password`; the right one over damaged content is
   * `crypto/open-failed`. No more than 128 MiB of memory on any input.
   */
  openWithPassword(request: {
    readonly password: Redacted<Uint8Array>;
    readonly context: string;
    readonly sealed: Uint8Array;
  }): Promise<Result<Uint8Array, Failure>>;
}

const PROFILE_IDS: Readonly<Record<PasswordProfile, number>> = { standard: 1, phone: 2 };
const KEY_LABEL = 'pars/1 password box';
const SALT_OFFSET = 2;
const COMMITMENT_OFFSET = SALT_OFFSET + PASSWORD_SALT_LENGTH;
const BODY_OFFSET = COMMITMENT_OFFSET + 32;

/** Password-sealed blobs over a provider (PIP-2000 §9.2). */
export function createPasswordBox(deps: CryptoDeps): PasswordBox {
  const { provider, random } = deps;
  const passwordHash = createPasswordHash(deps);

  async function deriveKeys(
    password: Redacted<Uint8Array>,
    context: string,
    salt: Uint8Array,
    profile: PasswordProfile,
  ): Promise<{
    readonly key: Uint8Array;
    readonly nonce: Uint8Array;
    readonly commitment: Uint8Array;
  }> {
    const stretched = expose(await passwordHash.derive(password, salt, profile));
    const prefix = Uint8Array.of(SUITE_ID, PROFILE_IDS[profile]);
    const info = derivationInfo(KEY_LABEL, context);
    const okm = provider.symmetric.hkdf(stretched, concatBytes(prefix, salt), info, 88);
    stretched.fill(0);
    return { key: okm.subarray(0, 32), nonce: okm.subarray(32, 56), commitment: okm.subarray(56) };
  }

  return Object.freeze({
    async sealWithPassword(request: Parameters<PasswordBox['sealWithPassword']>[0]) {
      const { password, context, plaintext, profile } = request;
      bytesFromContext(context);
      if (!isPasswordLength(password)) return err('crypto/password-length');
      if (plaintext.length > MAX_PASSWORD_BOX_PLAINTEXT) return err('crypto/too-long');
      const salt = random.bytes(PASSWORD_SALT_LENGTH);
      const { key, nonce, commitment } = await deriveKeys(password, context, salt, profile);
      const header = concatBytes(Uint8Array.of(SUITE_ID, PROFILE_IDS[profile]), salt, commitment);
      const body = await provider.xChaCha20Poly1305.seal(key, nonce, plaintext, header);
      key.fill(0);
      return ok(concatBytes(header, body));
    },

    async openWithPassword(request: Parameters<PasswordBox['openWithPassword']>[0]) {
      const { password, context, sealed } = request;
      bytesFromContext(context);
      if (sealed.length === 0) return err('crypto/bad-length');
      if (!isSuite1(sealed)) return err('crypto/unknown-suite');
      if (!isPasswordLength(password)) return err('crypto/password-length');
      if (sealed.length < PASSWORD_BOX_OVERHEAD) return err('crypto/bad-length');
      if (sealed.length > PASSWORD_BOX_OVERHEAD + MAX_PASSWORD_BOX_PLAINTEXT) {
        return err('crypto/too-long');
      }
      const profile = profileFromId(sealed[1]);
      if (profile === undefined) return err('crypto/password-profile');
      const salt = sealed.subarray(SALT_OFFSET, COMMITMENT_OFFSET);
      const { key, nonce, commitment } = await deriveKeys(password, context, salt, profile);
      if (!equalBytes(commitment, sealed.subarray(COMMITMENT_OFFSET, BODY_OFFSET))) {
        key.fill(0);
        return err('crypto/wrong-password');
      }
      const header = sealed.subarray(0, BODY_OFFSET);
      const body = sealed.subarray(BODY_OFFSET);
      const plaintext = await provider.xChaCha20Poly1305.open(key, nonce, body, header);
      key.fill(0);
      return plaintext === undefined ? err('crypto/open-failed') : ok(plaintext);
    },
  });
}

function isPasswordLength(password: Redacted<Uint8Array>): boolean {
  const { length } = expose(password);
  return length >= 1 && length <= MAX_PASSWORD_LENGTH;
}

function profileFromId(id: number | undefined): PasswordProfile | undefined {
  if (id === PROFILE_IDS.standard) return 'standard';
  return id === PROFILE_IDS.phone ? 'phone' : undefined;
}

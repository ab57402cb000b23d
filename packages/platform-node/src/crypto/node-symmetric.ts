import { createCipheriv, createDecipheriv, createHash, hash, hkdfSync } from 'node:crypto';
import { ParsError } from '@pars/base';
import type { SymmetricPrimitives } from '@pars/crypto/provider';
import { assertLength, plainBytes } from './byte-length.ts';

const TAG_LENGTH = 16;
/** The longest `info` that Node's HKDF accepts. */
const NATIVE_INFO_LIMIT = 1024;

/** Both AEADs of the suite that OpenSSL offers as such. */
export type NativeAead = 'aes-256-gcm' | 'chacha20-poly1305';

/** OpenSSL's SHA3-256, HKDF-SHA-512 and AES-256-GCM. `fallback` derives keys where `info` is longer than Node allows. */
export function createNodeSymmetric(
  fallback: Pick<SymmetricPrimitives, 'hkdf'>,
): SymmetricPrimitives {
  return {
    sha3(...parts) {
      const [only] = parts;
      if (parts.length === 1 && only !== undefined) {
        return plainBytes(hash('sha3-256', only, 'buffer'));
      }
      const running = createHash('sha3-256');
      for (const part of parts) running.update(part);
      return plainBytes(running.digest());
    },
    hkdf(ikm, salt, info, length) {
      if (!Number.isInteger(length) || length < 1 || length > 16_320) {
        throw new ParsError('crypto/argument-range', { what: 'hkdf length', low: 1, high: 16_320 });
      }
      if (info.length > NATIVE_INFO_LIMIT) return fallback.hkdf(ikm, salt, info, length);
      return new Uint8Array(hkdfSync('sha512', ikm, salt, info, length));
    },
    gcmSeal: (key, nonce, plaintext, aad) => sealNative('aes-256-gcm', key, nonce, plaintext, aad),
    gcmSealInto(key, nonce, parts, aad, target, offset) {
      assertLength('key', key, 32);
      assertLength('nonce', nonce, 12);
      const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_LENGTH });
      if (aad.length > 0) cipher.setAAD(aad);
      let end = offset;
      for (const part of parts) {
        const sealed = cipher.update(part);
        target.set(sealed, end);
        end += sealed.length;
      }
      cipher.final();
      target.set(cipher.getAuthTag(), end);
    },
    gcmOpen: (key, nonce, sealed, aad) => openNative('aes-256-gcm', key, nonce, sealed, aad),
  };
}

/** Node's types give each AEAD an overload of its own; for one shot at a time both are used as GCM is. */
type GcmShaped = 'aes-256-gcm';

/** ciphertext ‖ tag (16). Key 32, nonce 12. */
export function sealNative(
  algorithm: NativeAead,
  key: Uint8Array,
  nonce: Uint8Array,
  plaintext: Uint8Array,
  aad: Uint8Array,
): Uint8Array {
  assertLength('key', key, 32);
  assertLength('nonce', nonce, 12);
  const cipher = createCipheriv(algorithm as GcmShaped, key, nonce, { authTagLength: TAG_LENGTH });
  if (aad.length > 0) cipher.setAAD(aad);
  const sealed = new Uint8Array(plaintext.length + TAG_LENGTH);
  sealed.set(cipher.update(plaintext));
  cipher.final();
  sealed.set(cipher.getAuthTag(), plaintext.length);
  return sealed;
}

/** The plaintext, or `undefined` when `sealed` is too short or its tag does not fit. */
export function openNative(
  algorithm: NativeAead,
  key: Uint8Array,
  nonce: Uint8Array,
  sealed: Uint8Array,
  aad: Uint8Array,
): Uint8Array | undefined {
  assertLength('key', key, 32);
  assertLength('nonce', nonce, 12);
  if (sealed.length < TAG_LENGTH) return undefined;
  const length = sealed.length - TAG_LENGTH;
  const decipher = createDecipheriv(algorithm as GcmShaped, key, nonce, {
    authTagLength: TAG_LENGTH,
  });
  decipher.setAuthTag(sealed.subarray(length));
  if (aad.length > 0) decipher.setAAD(aad);
  const plaintext = plainBytes(decipher.update(sealed.subarray(0, length)));
  try {
    decipher.final();
    return plaintext;
  } catch {
    // The only failure left at this point is a tag that does not fit.
    plaintext.fill(0);
    return undefined;
  }
}

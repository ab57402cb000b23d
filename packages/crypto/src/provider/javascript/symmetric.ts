import { gcm } from '@noble/ciphers/aes.js';
import { xchacha20poly1305 } from '@noble/ciphers/chacha.js';
import { hkdf } from '@noble/hashes/hkdf.js';
import { sha512 } from '@noble/hashes/sha2.js';
import { sha3_256 } from '@noble/hashes/sha3.js';
import { assertLength, assertRange } from '../../errors.ts';
import type { AeadPrimitive, SymmetricPrimitives } from '../crypto-provider.ts';

const TAG_LENGTH = 16;

/** SHA3-256, HKDF-SHA-512 and AES-256-GCM in JavaScript. */
export const javaScriptSymmetric: SymmetricPrimitives = Object.freeze({
  sha3(...parts: readonly Uint8Array[]): Uint8Array {
    const [only] = parts;
    if (parts.length === 1 && only !== undefined) return sha3_256(only);
    const hash = sha3_256.create();
    for (const part of parts) hash.update(part);
    return hash.digest();
  },
  hkdf(ikm: Uint8Array, salt: Uint8Array, info: Uint8Array, length: number): Uint8Array {
    assertRange(length, 1, 16_320, 'hkdf length');
    return hkdf(sha512, ikm, salt, info, length);
  },
  gcmSeal(key: Uint8Array, nonce: Uint8Array, plaintext: Uint8Array, aad: Uint8Array): Uint8Array {
    assertLength(key, 32, 'aes key');
    assertLength(nonce, 12, 'gcm nonce');
    return gcm(key, nonce, aad).encrypt(plaintext);
  },
  gcmOpen(
    key: Uint8Array,
    nonce: Uint8Array,
    sealed: Uint8Array,
    aad: Uint8Array,
  ): Uint8Array | undefined {
    assertLength(key, 32, 'aes key');
    assertLength(nonce, 12, 'gcm nonce');
    if (sealed.length < TAG_LENGTH) return undefined;
    return openOrUndefined(() => gcm(key, nonce, aad).decrypt(sealed));
  },
});

/** AES-256-GCM behind the asynchronous port. */
export const javaScriptAes256Gcm: AeadPrimitive = Object.freeze({
  async seal(key: Uint8Array, nonce: Uint8Array, plaintext: Uint8Array, aad: Uint8Array) {
    return javaScriptSymmetric.gcmSeal(key, nonce, plaintext, aad);
  },
  async open(key: Uint8Array, nonce: Uint8Array, sealed: Uint8Array, aad: Uint8Array) {
    return javaScriptSymmetric.gcmOpen(key, nonce, sealed, aad);
  },
});

/** XChaCha20-Poly1305 (draft-irtf-cfrg-xchacha-03). */
export const javaScriptXChaCha20Poly1305: AeadPrimitive = Object.freeze({
  async seal(key: Uint8Array, nonce: Uint8Array, plaintext: Uint8Array, aad: Uint8Array) {
    assertLength(key, 32, 'xchacha key');
    assertLength(nonce, 24, 'xchacha nonce');
    return xchacha20poly1305(key, nonce, aad).encrypt(plaintext);
  },
  async open(key: Uint8Array, nonce: Uint8Array, sealed: Uint8Array, aad: Uint8Array) {
    assertLength(key, 32, 'xchacha key');
    assertLength(nonce, 24, 'xchacha nonce');
    if (sealed.length < TAG_LENGTH) return undefined;
    return openOrUndefined(() => xchacha20poly1305(key, nonce, aad).decrypt(sealed));
  },
});

/** Lengths are checked before, so a throw can only mean a tag that does not fit. */
function openOrUndefined(open: () => Uint8Array): Uint8Array | undefined {
  try {
    return open();
  } catch {
    return undefined;
  }
}

import { hchacha } from '@noble/ciphers/chacha.js';
import type { AeadPrimitive } from '@pars/crypto/provider';
import { assertLength } from './byte-length.ts';
import { openNative, sealNative } from './node-symmetric.ts';

/** AES-256-GCM of OpenSSL. */
export const nodeAes256Gcm: AeadPrimitive = {
  async seal(key, nonce, plaintext, aad) {
    return sealNative('aes-256-gcm', key, nonce, plaintext, aad);
  },
  async open(key, nonce, sealed, aad) {
    return openNative('aes-256-gcm', key, nonce, sealed, aad);
  },
};

/** XChaCha20-Poly1305: HChaCha20 in JavaScript, the rest in OpenSSL, which has no 24-byte nonces. */
export const nodeXChaCha20Poly1305: AeadPrimitive = {
  async seal(key, nonce, plaintext, aad) {
    const inner = innerKeyAndNonce(key, nonce);
    return sealNative('chacha20-poly1305', inner.key, inner.nonce, plaintext, aad);
  },
  async open(key, nonce, sealed, aad) {
    const inner = innerKeyAndNonce(key, nonce);
    return openNative('chacha20-poly1305', inner.key, inner.nonce, sealed, aad);
  },
};

/** `expand 32-byte k`, little-endian. */
const SIGMA = Uint32Array.of(0x61707865, 0x3320646e, 0x79622d32, 0x6b206574);

/** draft-irtf-cfrg-xchacha §2.3: a subkey from the first 16 nonce bytes; the other 8 follow 4 zeros. */
function innerKeyAndNonce(
  key: Uint8Array,
  nonce: Uint8Array,
): { readonly key: Uint8Array; readonly nonce: Uint8Array } {
  assertLength('key', key, 32);
  assertLength('nonce', nonce, 24);
  const subkey = new Uint32Array(8);
  hchacha(SIGMA, readWords(key, 8), readWords(nonce, 4), subkey);
  const inner = new Uint8Array(12);
  inner.set(nonce.subarray(16), 4);
  return { key: writeWords(subkey), nonce: inner };
}

function readWords(bytes: Uint8Array, count: number): Uint32Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, count * 4);
  const words = new Uint32Array(count);
  for (let index = 0; index < count; index += 1) words[index] = view.getUint32(index * 4, true);
  return words;
}

function writeWords(words: Uint32Array): Uint8Array {
  const bytes = new Uint8Array(words.length * 4);
  const view = new DataView(bytes.buffer);
  for (let index = 0; index < words.length; index += 1) {
    view.setUint32(index * 4, words[index] ?? 0, true);
  }
  return bytes;
}

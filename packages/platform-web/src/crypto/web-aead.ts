import { hchacha } from '@noble/ciphers/chacha.js';
import type { AeadPrimitive } from '@pars/crypto/provider';
import { assertLength } from './byte-length.ts';
import { isWebError, ownedBytes, type WebSubtle } from './web-subtle.ts';

/** AES-256-GCM of WebCrypto. */
export function createWebAes256Gcm(subtle: WebSubtle): AeadPrimitive {
  return createWebAead(subtle, 'AES-GCM', 'raw', (key, nonce) => {
    assertLength('key', key, 32);
    assertLength('nonce', nonce, 12);
    return { key, nonce };
  });
}

/** XChaCha20-Poly1305: HChaCha20 in JavaScript, the rest in WebCrypto, which has no 24-byte nonces. */
export function createWebXChaCha20Poly1305(subtle: WebSubtle): AeadPrimitive {
  return createWebAead(subtle, 'ChaCha20-Poly1305', 'raw-secret', innerKeyAndNonce);
}

interface KeyAndNonce {
  readonly key: Uint8Array;
  readonly nonce: Uint8Array;
}

function createWebAead(
  subtle: WebSubtle,
  name: 'AES-GCM' | 'ChaCha20-Poly1305',
  format: 'raw' | 'raw-secret',
  derive: (key: Uint8Array, nonce: Uint8Array) => KeyAndNonce,
): AeadPrimitive {
  return Object.freeze({
    async seal(key: Uint8Array, nonce: Uint8Array, plaintext: Uint8Array, aad: Uint8Array) {
      const inner = derive(key, nonce);
      const handle = await subtle.importKey(format, ownedBytes(inner.key), name, false, [
        'encrypt',
      ]);
      const iv = ownedBytes(inner.nonce);
      const algorithm = { name, iv, additionalData: ownedBytes(aad) };
      return new Uint8Array(await subtle.encrypt(algorithm, handle, ownedBytes(plaintext)));
    },
    async open(key: Uint8Array, nonce: Uint8Array, sealed: Uint8Array, aad: Uint8Array) {
      const inner = derive(key, nonce);
      const handle = await subtle.importKey(format, ownedBytes(inner.key), name, false, [
        'decrypt',
      ]);
      const iv = ownedBytes(inner.nonce);
      const algorithm = { name, iv, additionalData: ownedBytes(aad) };
      try {
        return new Uint8Array(await subtle.decrypt(algorithm, handle, ownedBytes(sealed)));
      } catch (error) {
        if (isWebError(error, 'OperationError')) return undefined;
        throw error;
      }
    },
  });
}

/** `expand 32-byte k`, little-endian. */
const SIGMA = Uint32Array.of(0x61707865, 0x3320646e, 0x79622d32, 0x6b206574);

/** draft-irtf-cfrg-xchacha §2.3: a subkey from the first 16 nonce bytes; the other 8 follow 4 zeros. */
function innerKeyAndNonce(key: Uint8Array, nonce: Uint8Array): KeyAndNonce {
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

import {
  createPrivateKey,
  createPublicKey,
  decapsulate,
  diffieHellman,
  encapsulate,
  type KeyObject,
} from 'node:crypto';
import type {
  KemPrimitive,
  KemPrivateKey,
  KemPublicKey,
  SharedSecretPrimitive,
} from '@pars/crypto/provider';
import { createKeyHandles } from '@pars/crypto/provider';
import { assertLength, plainBytes } from './byte-length.ts';
import { isNodeError } from './node-error.ts';

const ML_KEM_SEED_LENGTH = 64;
const ML_KEM_PUBLIC_KEY_LENGTH = 1568;
const ML_KEM_CIPHERTEXT_LENGTH = 1568;
const X25519_LENGTH = 32;

/** ML-KEM-1024 of OpenSSL (FIPS 203). OpenSSL checks keys as §7.2 asks when it imports them. */
export function createNodeMlKem1024(): KemPrimitive {
  const publicKeys = createKeyHandles<KemPublicKey, KeyObject>('ml-kem-1024 public');
  const privateKeys = createKeyHandles<KemPrivateKey, KeyObject>('ml-kem-1024 private');
  return {
    async privateKeyFromSeed(seed) {
      assertLength('ml-kem-1024 seed', seed, ML_KEM_SEED_LENGTH);
      const key = createPrivateKey({
        key: seed,
        format: 'raw-seed',
        asymmetricKeyType: 'ml-kem-1024',
      });
      const publicKey = createPublicKey(key);
      const bytes = plainBytes(publicKey.export({ format: 'raw-public' }));
      return privateKeys.bind({ publicKey: publicKeys.bind({ bytes }, publicKey) }, key);
    },
    async publicKeyFromBytes(bytes) {
      assertLength('ml-kem-1024 public key', bytes, ML_KEM_PUBLIC_KEY_LENGTH);
      const copy = Uint8Array.from(bytes);
      try {
        const key = createPublicKey({
          key: copy,
          format: 'raw-public',
          asymmetricKeyType: 'ml-kem-1024',
        });
        return publicKeys.bind({ bytes: copy }, key);
      } catch (error) {
        // "Invalid key data": a coefficient is not reduced.
        if (isNodeError(error, 'ERR_INVALID_ARG_VALUE')) return undefined;
        throw error;
      }
    },
    async encapsulate(publicKey) {
      const { ciphertext, sharedKey } = encapsulate(publicKeys.keyOf(publicKey));
      return { ciphertext: plainBytes(ciphertext), sharedSecret: plainBytes(sharedKey) };
    },
    async decapsulate(privateKey, ciphertext) {
      assertLength('ml-kem-1024 ciphertext', ciphertext, ML_KEM_CIPHERTEXT_LENGTH);
      return plainBytes(decapsulate(privateKeys.keyOf(privateKey), ciphertext));
    },
  };
}

/** X25519 of OpenSSL (RFC 7748), which refuses an all-zero result. */
export function createNodeX25519(): SharedSecretPrimitive {
  const publicKeys = createKeyHandles<KemPublicKey, KeyObject>('x25519 public');
  const privateKeys = createKeyHandles<KemPrivateKey, KeyObject>('x25519 private');
  return {
    async privateKeyFromBytes(bytes) {
      assertLength('x25519 private key', bytes, X25519_LENGTH);
      const key = createPrivateKey({
        key: bytes,
        format: 'raw-private',
        asymmetricKeyType: 'x25519',
      });
      const publicKey = createPublicKey(key);
      const publicBytes = plainBytes(publicKey.export({ format: 'raw-public' }));
      return privateKeys.bind(
        { publicKey: publicKeys.bind({ bytes: publicBytes }, publicKey) },
        key,
      );
    },
    async publicKeyFromBytes(bytes) {
      assertLength('x25519 public key', bytes, X25519_LENGTH);
      const copy = Uint8Array.from(bytes);
      const key = createPublicKey({
        key: copy,
        format: 'raw-public',
        asymmetricKeyType: 'x25519',
      });
      return publicKeys.bind({ bytes: copy }, key);
    },
    async sharedSecret(privateKey, publicKey) {
      const pair = {
        privateKey: privateKeys.keyOf(privateKey),
        publicKey: publicKeys.keyOf(publicKey),
      };
      try {
        return plainBytes(diffieHellman(pair));
      } catch (error) {
        if (isNodeError(error, 'ERR_OSSL_FAILED_DURING_DERIVATION')) return undefined;
        throw error;
      }
    },
  };
}

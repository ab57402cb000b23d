import type {
  KemPrimitive,
  KemPrivateKey,
  KemPublicKey,
  SharedSecretPrimitive,
} from '@pars/crypto/provider';
import { createKeyHandles } from '@pars/crypto/provider';
import { assertLength } from './byte-length.ts';
import { pkcs8FromSeed } from './pkcs8-seed.ts';
import { isWebError, ownedBytes, type WebSubtle } from './web-subtle.ts';

/** ML-KEM-1024 of WebCrypto (FIPS 203), which checks keys as §7.2 asks when it imports them. */
export function createWebMlKem1024(subtle: WebSubtle): KemPrimitive {
  const name = 'ML-KEM-1024';
  const publicKeys = createKeyHandles<KemPublicKey, CryptoKey>('ml-kem-1024 public');
  const privateKeys = createKeyHandles<KemPrivateKey, CryptoKey>('ml-kem-1024 private');
  return Object.freeze({
    async privateKeyFromSeed(seed: Uint8Array): Promise<KemPrivateKey> {
      assertLength('ml-kem-1024 seed', seed, 64);
      const key = await subtle.importKey('raw-seed', ownedBytes(seed), name, false, [
        'decapsulateBits',
      ]);
      const publicKey = await subtle.getPublicKey(key, ['encapsulateBits']);
      const bytes = new Uint8Array(await subtle.exportKey('raw-public', publicKey));
      return privateKeys.bind({ publicKey: publicKeys.bind({ bytes }, publicKey) }, key);
    },
    async publicKeyFromBytes(bytes: Uint8Array): Promise<KemPublicKey | undefined> {
      assertLength('ml-kem-1024 public key', bytes, 1568);
      const copy = Uint8Array.from(bytes);
      try {
        const key = await subtle.importKey('raw-public', copy, name, true, ['encapsulateBits']);
        return publicKeys.bind({ bytes: copy }, key);
      } catch (error) {
        // A coefficient is not reduced.
        if (isWebError(error, 'DataError')) return undefined;
        throw error;
      }
    },
    async encapsulate(publicKey: KemPublicKey) {
      const { ciphertext, sharedKey } = await subtle.encapsulateBits(
        name,
        publicKeys.keyOf(publicKey),
      );
      return { ciphertext: new Uint8Array(ciphertext), sharedSecret: new Uint8Array(sharedKey) };
    },
    async decapsulate(privateKey: KemPrivateKey, ciphertext: Uint8Array): Promise<Uint8Array> {
      assertLength('ml-kem-1024 ciphertext', ciphertext, 1568);
      const key = privateKeys.keyOf(privateKey);
      return new Uint8Array(await subtle.decapsulateBits(name, key, ownedBytes(ciphertext)));
    },
  });
}

/** X25519 of WebCrypto (RFC 7748), which refuses an all-zero result. */
export function createWebX25519(subtle: WebSubtle): SharedSecretPrimitive {
  const name = 'X25519';
  const publicKeys = createKeyHandles<KemPublicKey, CryptoKey>('x25519 public');
  const privateKeys = createKeyHandles<KemPrivateKey, CryptoKey>('x25519 private');
  return Object.freeze({
    async privateKeyFromBytes(bytes: Uint8Array): Promise<KemPrivateKey> {
      assertLength('x25519 private key', bytes, 32);
      const encoded = pkcs8FromSeed(name, bytes);
      const key = await subtle.importKey('pkcs8', encoded, name, false, ['deriveBits']);
      encoded.fill(0);
      const publicKey = await subtle.getPublicKey(key, []);
      const publicBytes = new Uint8Array(await subtle.exportKey('raw', publicKey));
      return privateKeys.bind(
        { publicKey: publicKeys.bind({ bytes: publicBytes }, publicKey) },
        key,
      );
    },
    async publicKeyFromBytes(bytes: Uint8Array): Promise<KemPublicKey> {
      assertLength('x25519 public key', bytes, 32);
      const copy = Uint8Array.from(bytes);
      const key = await subtle.importKey('raw', copy, name, true, []);
      return publicKeys.bind({ bytes: copy }, key);
    },
    async sharedSecret(
      privateKey: KemPrivateKey,
      publicKey: KemPublicKey,
    ): Promise<Uint8Array | undefined> {
      const algorithm = { name, public: publicKeys.keyOf(publicKey) };
      const key = privateKeys.keyOf(privateKey);
      try {
        return new Uint8Array(await subtle.deriveBits(algorithm, key, 256));
      } catch (error) {
        // The all-zero result, as "Secure Curves" asks of every platform.
        if (isWebError(error, 'OperationError')) return undefined;
        throw error;
      }
    },
  });
}

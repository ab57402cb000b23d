import { x25519 } from '@noble/curves/ed25519.js';
import { type KEMPrepared, ml_kem1024 } from '@noble/post-quantum/ml-kem.js';
import type { Random } from '@pars/base';
import { assertLength } from '../../errors.ts';
import { createKeyMaterialStore } from '../../key-material.ts';
import type {
  KemPrimitive,
  KemPrivateKey,
  KemPublicKey,
  SharedSecretPrimitive,
} from '../crypto-provider.ts';

/** ML-KEM-1024 in JavaScript; encapsulation messages come from `random`. */
export function createJavaScriptMlKem1024(random: Random): KemPrimitive {
  const publicKeys = createKeyMaterialStore<KemPublicKey, () => KEMPrepared>();
  const privateKeys = createKeyMaterialStore<KemPrivateKey, Uint8Array>();

  async function encapsulateWith(
    publicKey: KemPublicKey,
    message: Uint8Array,
  ): Promise<{ readonly ciphertext: Uint8Array; readonly sharedSecret: Uint8Array }> {
    assertLength(message, 32, 'ml-kem message');
    const { cipherText, sharedSecret } = publicKeys.read(publicKey)().encapsulate(message);
    return { ciphertext: cipherText, sharedSecret };
  }

  return Object.freeze({
    async privateKeyFromSeed(seed: Uint8Array): Promise<KemPrivateKey> {
      assertLength(seed, 64, 'ml-kem seed');
      const { publicKey: bytes, secretKey } = ml_kem1024.keygen(seed);
      const publicKey = publicKeys.attach(
        { bytes: bytes.slice() },
        onFirstUse(() => ml_kem1024.prepare(bytes)),
      );
      return privateKeys.attach({ publicKey }, secretKey);
    },
    async publicKeyFromBytes(bytes: Uint8Array): Promise<KemPublicKey | undefined> {
      assertLength(bytes, 1568, 'ml-kem public key');
      try {
        // Runs the modulus check of FIPS 203 §7.2 and throws when it fails.
        const prepared = ml_kem1024.prepare(bytes);
        return publicKeys.attach({ bytes: bytes.slice() }, () => prepared);
      } catch {
        return undefined;
      }
    },
    async encapsulate(publicKey: KemPublicKey) {
      const message = random.bytes(32);
      const encapsulated = await encapsulateWith(publicKey, message);
      message.fill(0);
      return encapsulated;
    },
    encapsulateWith,
    async decapsulate(privateKey: KemPrivateKey, ciphertext: Uint8Array): Promise<Uint8Array> {
      assertLength(ciphertext, 1568, 'ml-kem ciphertext');
      const prepared = publicKeys.read(privateKey.publicKey)();
      return prepared.decapsulate(ciphertext, privateKeys.read(privateKey));
    },
  });
}

/** X25519 in JavaScript. */
export function createJavaScriptX25519(): SharedSecretPrimitive {
  const privateKeys = createKeyMaterialStore<KemPrivateKey, Uint8Array>();
  return Object.freeze({
    async privateKeyFromBytes(bytes: Uint8Array): Promise<KemPrivateKey> {
      assertLength(bytes, 32, 'x25519 private key');
      const publicKey = Object.freeze({ bytes: x25519.getPublicKey(bytes) });
      return privateKeys.attach({ publicKey }, bytes.slice());
    },
    async publicKeyFromBytes(bytes: Uint8Array): Promise<KemPublicKey> {
      assertLength(bytes, 32, 'x25519 public key');
      return Object.freeze({ bytes: bytes.slice() });
    },
    async sharedSecret(
      privateKey: KemPrivateKey,
      publicKey: KemPublicKey,
    ): Promise<Uint8Array | undefined> {
      const secret = privateKeys.read(privateKey);
      try {
        return x25519.getSharedSecret(secret, publicKey.bytes);
      } catch {
        // Lengths were checked: the library throws for the all-zero result alone.
        return undefined;
      }
    },
  });
}

/** Expanding the matrix of a key costs as much as making the key: only keys that are used pay for it. */
function onFirstUse<Value>(make: () => Value): () => Value {
  let made: Value | undefined;
  return () => {
    made ??= make();
    return made;
  };
}

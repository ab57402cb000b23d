import {
  concatBytes,
  equalBytes,
  err,
  expose,
  type Failure,
  ok,
  type RandomDep,
  type Result,
  redact,
  utf8ToBytes,
} from '@pars/base';
import { assertLength } from './errors.ts';
import { type CombinerForm, combineKemSecrets } from './kem-combiner.ts';
import { createKeyMaterialStore } from './key-material.ts';
import { isReducedMlKemKey } from './ml-kem-modulus.ts';
import type { CryptoProvider, KemPrivateKey, KemPublicKey } from './provider/crypto-provider.ts';
import { judgeX25519PublicKey } from './strict-points.ts';
import type {
  HybridKem,
  HybridKemPrivateKey,
  HybridKemPublicKey,
  KemCiphertext,
  KemPublicKeyBytes,
  KemSeed,
} from './suite.ts';

/** Bytes of a hybrid KEM seed (PIP-2000 §3.1). */
export const KEM_SEED_LENGTH = 96;
/** Bytes of a hybrid KEM public key (PIP-2000 §3.1). */
export const KEM_PUBLIC_KEY_LENGTH = 1600;
/** Bytes of a hybrid KEM ciphertext (PIP-2000 §3.1). */
export const KEM_CIPHERTEXT_LENGTH = 1600;

const X25519_LENGTH = 32;
const ALL_ZERO = new Uint8Array(X25519_LENGTH);

/** The combiner of Suite 1 (PIP-2000 §3.3): everything is hashed. */
export const SUITE_1_COMBINER: CombinerForm = Object.freeze({
  label: utf8ToBytes('pars/1 kem x25519 ml-kem-1024'),
  hashesPostQuantumPublicParts: true,
});

interface Halves<Key> {
  readonly x25519: Key;
  readonly mlKem: Key;
}

/** X25519 + ML-KEM-1024 over a provider (PIP-2000 §3). */
export function createHybridKem(
  deps: RandomDep & { readonly provider: CryptoProvider },
): HybridKem {
  const { provider, random } = deps;
  const { x25519, mlKem1024, symmetric } = provider;
  const publicKeys = createKeyMaterialStore<HybridKemPublicKey, Halves<KemPublicKey>>();
  const privateKeys = createKeyMaterialStore<HybridKemPrivateKey, Halves<KemPrivateKey>>();

  function holdPublicKey(halves: Halves<KemPublicKey>): HybridKemPublicKey {
    const bytes = concatBytes(halves.x25519.bytes, halves.mlKem.bytes) as KemPublicKeyBytes;
    return publicKeys.attach({ bytes }, halves);
  }

  return Object.freeze({
    generateSeed(): KemSeed {
      return redact(random.bytes(KEM_SEED_LENGTH));
    },

    async privateKeyFromSeed(seed: KemSeed): Promise<HybridKemPrivateKey> {
      const bytes = expose(seed);
      assertLength(bytes, KEM_SEED_LENGTH, 'kem seed');
      const halves = {
        x25519: await x25519.privateKeyFromBytes(bytes.subarray(0, X25519_LENGTH)),
        mlKem: await mlKem1024.privateKeyFromSeed(bytes.subarray(X25519_LENGTH)),
      };
      const publicKey = holdPublicKey({
        x25519: halves.x25519.publicKey,
        mlKem: halves.mlKem.publicKey,
      });
      return privateKeys.attach({ publicKey }, halves);
    },

    async publicKeyFromBytes(bytes: Uint8Array): Promise<Result<HybridKemPublicKey, Failure>> {
      if (bytes.length !== KEM_PUBLIC_KEY_LENGTH) return err('crypto/bad-length');
      const classical = bytes.subarray(0, X25519_LENGTH);
      if (judgeX25519PublicKey(classical) !== 'good') return err('crypto/bad-public-key');
      const postQuantum = bytes.subarray(X25519_LENGTH);
      if (!isReducedMlKemKey(postQuantum)) return err('crypto/bad-public-key');
      const mlKem = await mlKem1024.publicKeyFromBytes(postQuantum);
      if (mlKem === undefined) return err('crypto/bad-public-key');
      return ok(holdPublicKey({ x25519: await x25519.publicKeyFromBytes(classical), mlKem }));
    },

    async encapsulate(publicKey: HybridKemPublicKey) {
      const recipient = publicKeys.read(publicKey);
      const ephemeralBytes = random.bytes(X25519_LENGTH);
      const ephemeral = await x25519.privateKeyFromBytes(ephemeralBytes);
      ephemeralBytes.fill(0);
      const classicalSecret = await x25519.sharedSecret(ephemeral, recipient.x25519);
      if (classicalSecret === undefined || equalBytes(classicalSecret, ALL_ZERO)) {
        return err('crypto/low-order-point');
      }
      const postQuantum = await mlKem1024.encapsulate(recipient.mlKem);
      const sharedSecret = combineAndErase(classicalSecret, postQuantum.sharedSecret, {
        classical: ephemeral.publicKey.bytes,
        postQuantum: postQuantum.ciphertext,
        recipient,
      });
      const ciphertext = concatBytes(
        ephemeral.publicKey.bytes,
        postQuantum.ciphertext,
      ) as KemCiphertext;
      return ok({ ciphertext, sharedSecret: redact(sharedSecret) });
    },

    async decapsulate(privateKey: HybridKemPrivateKey, ciphertext: Uint8Array) {
      const own = privateKeys.read(privateKey);
      if (ciphertext.length !== KEM_CIPHERTEXT_LENGTH) return err('crypto/bad-length');
      const ephemeralBytes = ciphertext.subarray(0, X25519_LENGTH);
      const postQuantumCiphertext = ciphertext.subarray(X25519_LENGTH);
      const verdict = judgeX25519PublicKey(ephemeralBytes);
      if (verdict === 'low-order') return err('crypto/low-order-point');
      if (verdict === 'non-canonical') return err('crypto/bad-public-key');
      const ephemeral = await x25519.publicKeyFromBytes(ephemeralBytes);
      const classicalSecret = await x25519.sharedSecret(own.x25519, ephemeral);
      if (classicalSecret === undefined || equalBytes(classicalSecret, ALL_ZERO)) {
        return err('crypto/low-order-point');
      }
      const postQuantumSecret = await mlKem1024.decapsulate(own.mlKem, postQuantumCiphertext);
      const sharedSecret = combineAndErase(classicalSecret, postQuantumSecret, {
        classical: ephemeralBytes,
        postQuantum: postQuantumCiphertext,
        recipient: publicKeys.read(privateKey.publicKey),
      });
      return ok(redact(sharedSecret));
    },
  });

  function combineAndErase(
    classicalSecret: Uint8Array,
    postQuantumSecret: Uint8Array,
    exchange: {
      readonly classical: Uint8Array;
      readonly postQuantum: Uint8Array;
      readonly recipient: Halves<KemPublicKey>;
    },
  ): Uint8Array {
    const combined = combineKemSecrets(
      symmetric,
      {
        postQuantum: {
          secret: postQuantumSecret,
          ciphertext: exchange.postQuantum,
          publicKey: exchange.recipient.mlKem.bytes,
        },
        classical: {
          secret: classicalSecret,
          ciphertext: exchange.classical,
          publicKey: exchange.recipient.x25519.bytes,
        },
      },
      SUITE_1_COMBINER,
    );
    classicalSecret.fill(0);
    postQuantumSecret.fill(0);
    return combined;
  }
}

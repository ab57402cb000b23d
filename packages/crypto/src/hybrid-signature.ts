import {
  concatBytes,
  err,
  expose,
  type Failure,
  ok,
  type RandomDep,
  type Result,
  redact,
} from '@pars/base';
import { assertLength } from './errors.ts';
import { createKeyMaterialStore } from './key-material.ts';
import type { CryptoProvider, SignerKey, VerifierKey } from './provider/crypto-provider.ts';
import { signedMessage } from './signed-message.ts';
import { ed25519PointFromKey } from './strict-points.ts';
import type {
  HybridSignature,
  HybridSignatureBytes,
  HybridSignerKey,
  HybridVerifierKey,
  SigningPublicKeyBytes,
  SigningSeed,
} from './suite.ts';

/** Bytes of a hybrid signing seed (PIP-2000 §4.1). */
export const SIGNING_SEED_LENGTH = 64;
/** Bytes of a hybrid verification key (PIP-2000 §4.1). */
export const SIGNING_PUBLIC_KEY_LENGTH = 2624;
/** Bytes of a hybrid signature (PIP-2000 §4.1). */
export const HYBRID_SIGNATURE_LENGTH = 4691;

const ED25519_KEY_LENGTH = 32;
const ED25519_SIGNATURE_LENGTH = 64;

interface Halves<Key> {
  readonly ed25519: Key;
  readonly mlDsa: Key;
}

/** ML-DSA-87 + Ed25519 over a provider (PIP-2000 §4). */
export function createHybridSignature(
  deps: RandomDep & { readonly provider: CryptoProvider },
): HybridSignature {
  const { random } = deps;
  const { ed25519, mlDsa87 } = deps.provider;
  const verifiers = createKeyMaterialStore<HybridVerifierKey, Halves<VerifierKey>>();
  const signers = createKeyMaterialStore<HybridSignerKey, Halves<SignerKey>>();

  function holdVerifier(halves: Halves<VerifierKey>): HybridVerifierKey {
    const bytes = concatBytes(halves.ed25519.bytes, halves.mlDsa.bytes) as SigningPublicKeyBytes;
    return verifiers.attach({ bytes }, halves);
  }

  return Object.freeze({
    generateSeed(): SigningSeed {
      return redact(random.bytes(SIGNING_SEED_LENGTH));
    },

    async signerFromSeed(seed: SigningSeed): Promise<HybridSignerKey> {
      const bytes = expose(seed);
      assertLength(bytes, SIGNING_SEED_LENGTH, 'signing seed');
      const halves = {
        ed25519: await ed25519.signerFromSeed(bytes.subarray(0, ED25519_KEY_LENGTH)),
        mlDsa: await mlDsa87.signerFromSeed(bytes.subarray(ED25519_KEY_LENGTH)),
      };
      const publicKey = holdVerifier({
        ed25519: halves.ed25519.publicKey,
        mlDsa: halves.mlDsa.publicKey,
      });
      return signers.attach({ publicKey }, halves);
    },

    async verifierFromBytes(bytes: Uint8Array): Promise<Result<HybridVerifierKey, Failure>> {
      if (bytes.length !== SIGNING_PUBLIC_KEY_LENGTH) return err('crypto/bad-length');
      const classical = bytes.subarray(0, ED25519_KEY_LENGTH);
      if (ed25519PointFromKey(classical) === undefined) return err('crypto/bad-public-key');
      const classicalKey = await ed25519.verifierFromBytes(classical);
      const postQuantumKey = await mlDsa87.verifierFromBytes(bytes.subarray(ED25519_KEY_LENGTH));
      if (classicalKey === undefined || postQuantumKey === undefined) {
        return err('crypto/bad-public-key');
      }
      return ok(holdVerifier({ ed25519: classicalKey, mlDsa: postQuantumKey }));
    },

    async sign(
      signer: HybridSignerKey,
      context: string,
      message: Uint8Array,
    ): Promise<HybridSignatureBytes> {
      const halves = signers.read(signer);
      const framed = signedMessage('hybrid', context, message);
      const classical = await ed25519.sign(halves.ed25519, framed);
      const postQuantum = await mlDsa87.sign(halves.mlDsa, framed);
      return concatBytes(classical, postQuantum) as HybridSignatureBytes;
    },

    async verify(
      verifier: HybridVerifierKey,
      context: string,
      message: Uint8Array,
      signature: Uint8Array,
    ): Promise<boolean> {
      const halves = verifiers.read(verifier);
      const framed = signedMessage('hybrid', context, message);
      if (signature.length !== HYBRID_SIGNATURE_LENGTH) return false;
      // Both parts are always evaluated: which one failed stays unobservable,
      // and no code path exists that accepts on one part alone.
      const classicalHolds = await ed25519.verify(
        halves.ed25519,
        framed,
        signature.subarray(0, ED25519_SIGNATURE_LENGTH),
      );
      const postQuantumHolds = await mlDsa87.verify(
        halves.mlDsa,
        framed,
        signature.subarray(ED25519_SIGNATURE_LENGTH),
      );
      return classicalHolds && postQuantumHolds;
    },
  });
}

import { ed25519 } from '@noble/curves/ed25519.js';
import { bytesToNumberLE } from '@noble/curves/utils.js';
import { sha512 } from '@noble/hashes/sha2.js';
import { ml_dsa87 } from '@noble/post-quantum/ml-dsa.js';
import { slh_dsa_shake_256s } from '@noble/post-quantum/slh-dsa.js';
import { equalBytes, type Random } from '@pars/base';
import { assertLength } from '../../errors.ts';
import { createKeyMaterialStore } from '../../key-material.ts';
import { type Ed25519Point, ed25519PointFromKey, hasSmallOrderR } from '../../strict-points.ts';
import type { SignaturePrimitive, SignerKey, VerifierKey } from '../crypto-provider.ts';

/** ML-DSA-87 with the hedged signing of FIPS 204 §3.4; its 32 bytes come from `random`. */
export function createJavaScriptMlDsa87(random: Random): SignaturePrimitive {
  return createNobleSignature(ml_dsa87, random, {
    seed: 32,
    publicKey: 2592,
    signature: 4627,
  });
}

/** SLH-DSA-SHAKE-256s with the hedged signing of FIPS 205 §9.2; its 32 bytes come from `random`. */
export function createJavaScriptSlhDsaShake256s(random: Random): SignaturePrimitive {
  return createNobleSignature(slh_dsa_shake_256s, random, {
    seed: 96,
    publicKey: 64,
    signature: 29_792,
  });
}

interface Lengths {
  readonly seed: number;
  readonly publicKey: number;
  readonly signature: number;
}

function createNobleSignature(
  scheme: typeof ml_dsa87 | typeof slh_dsa_shake_256s,
  random: Random,
  lengths: Lengths,
): SignaturePrimitive {
  const signers = createKeyMaterialStore<SignerKey, Uint8Array>();
  return Object.freeze({
    async signerFromSeed(seed: Uint8Array): Promise<SignerKey> {
      assertLength(seed, lengths.seed, 'signing seed');
      const { publicKey: bytes, secretKey } = scheme.keygen(seed);
      return signers.attach({ publicKey: Object.freeze({ bytes }) }, secretKey);
    },
    async verifierFromBytes(bytes: Uint8Array): Promise<VerifierKey | undefined> {
      // Every array of the right length is a key of these schemes.
      assertLength(bytes, lengths.publicKey, 'verification key');
      return Object.freeze({ bytes: bytes.slice() });
    },
    async sign(signer: SignerKey, message: Uint8Array): Promise<Uint8Array> {
      const extraEntropy = random.bytes(32);
      const signature = scheme.sign(message, signers.read(signer), { extraEntropy });
      extraEntropy.fill(0);
      return signature;
    },
    async signDeterministic(signer: SignerKey, message: Uint8Array): Promise<Uint8Array> {
      return scheme.sign(message, signers.read(signer), { extraEntropy: false });
    },
    async verify(
      verifier: VerifierKey,
      message: Uint8Array,
      signature: Uint8Array,
    ): Promise<boolean> {
      if (signature.length !== lengths.signature) return false;
      try {
        return scheme.verify(signature, message, verifier.bytes);
      } catch {
        return false;
      }
    },
  });
}

/**
 * Ed25519. Verification is the cofactorless equation with a byte comparison of
 * R, which is what OpenSSL and BoringSSL do, and an R of small order is refused,
 * which OpenSSL does: all providers give the same answer
 * to every signature, also to hostile ones.
 */
export function createJavaScriptEd25519(): SignaturePrimitive {
  const signers = createKeyMaterialStore<SignerKey, Uint8Array>();
  const verifiers = createKeyMaterialStore<VerifierKey, Ed25519Point>();

  function importVerifier(bytes: Uint8Array): VerifierKey | undefined {
    const point = ed25519PointFromKey(bytes);
    return point === undefined ? undefined : verifiers.attach({ bytes }, point);
  }

  return Object.freeze({
    async signerFromSeed(seed: Uint8Array): Promise<SignerKey> {
      assertLength(seed, 32, 'ed25519 seed');
      const bytes = ed25519.getPublicKey(seed);
      const publicKey = importVerifier(bytes) ?? Object.freeze({ bytes });
      return signers.attach({ publicKey }, seed.slice());
    },
    async verifierFromBytes(bytes: Uint8Array): Promise<VerifierKey | undefined> {
      assertLength(bytes, 32, 'ed25519 public key');
      return importVerifier(bytes.slice());
    },
    async sign(signer: SignerKey, message: Uint8Array): Promise<Uint8Array> {
      return ed25519.sign(message, signers.read(signer));
    },
    async signDeterministic(signer: SignerKey, message: Uint8Array): Promise<Uint8Array> {
      return ed25519.sign(message, signers.read(signer));
    },
    async verify(
      verifier: VerifierKey,
      message: Uint8Array,
      signature: Uint8Array,
    ): Promise<boolean> {
      const point = verifiers.read(verifier);
      if (signature.length !== 64 || hasSmallOrderR(signature)) return false;
      const encodedR = signature.subarray(0, 32);
      const scalar = bytesToNumberLE(signature.subarray(32));
      if (scalar >= ORDER) return false;
      const challenge = bytesToNumberLE(
        sha512.create().update(encodedR).update(verifier.bytes).update(message).digest(),
      );
      const { BASE } = ed25519.Point;
      const expectedR = BASE.multiplyUnsafe(scalar).subtract(
        point.multiplyUnsafe(challenge % ORDER),
      );
      return equalBytes(expectedR.toBytes(), encodedR);
    },
  });
}

const ORDER = ed25519.Point.Fn.ORDER;

import { createPrivateKey, createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import type { SignaturePrimitive, SignerKey, VerifierKey } from '@pars/crypto/provider';
import { createKeyHandles } from '@pars/crypto/provider';
import { assertLength, plainBytes } from './byte-length.ts';
import { computeSlhDsaPublicKey } from './slh-dsa-public-key.ts';

/** ML-DSA-87 of OpenSSL (FIPS 204, hedged, empty context). Any 2,592 bytes are a key. */
export function createNodeMlDsa87(): SignaturePrimitive {
  const type = 'ml-dsa-87';
  return createSignature(type, {
    publicKeyLength: 2592,
    importSeed(seed) {
      assertLength('ml-dsa-87 seed', seed, 32);
      return createPrivateKey({ key: seed, format: 'raw-seed', asymmetricKeyType: type });
    },
  });
}

/**
 * Ed25519 of OpenSSL (RFC 8032). OpenSSL takes any 32 bytes for a key, so
 * `checker`, the JavaScript provider, decides which keys are valid.
 */
export function createNodeEd25519(
  checker: Pick<SignaturePrimitive, 'verifierFromBytes'>,
): SignaturePrimitive {
  const type = 'ed25519';
  return createSignature(type, {
    publicKeyLength: 32,
    isValidPublicKey: async (bytes) => (await checker.verifierFromBytes(bytes)) !== undefined,
    importSeed(seed) {
      assertLength('ed25519 seed', seed, 32);
      return createPrivateKey({ key: seed, format: 'raw-private', asymmetricKeyType: type });
    },
  });
}

/**
 * SLH-DSA-SHAKE-256s of OpenSSL (FIPS 205, randomised, empty context). Any 64
 * bytes are a key. Signing takes about two seconds and so does making a signer
 * from its seed: both leave the event loop free.
 */
export function createNodeSlhDsaShake256s(): SignaturePrimitive {
  const type = 'slh-dsa-shake-256s';
  return createSignature(type, {
    publicKeyLength: 64,
    signOffThread: true,
    async importSeed(seed) {
      assertLength('slh-dsa-shake-256s seed', seed, 96);
      // OpenSSL takes no seed alone: its key is the seed and the root of the hypertree.
      const expanded = new Uint8Array(128);
      expanded.set(seed);
      expanded.set((await computeSlhDsaPublicKey(seed)).subarray(32), 96);
      const key = createPrivateKey({
        key: expanded,
        format: 'raw-private',
        asymmetricKeyType: type,
      });
      expanded.fill(0);
      return key;
    },
  });
}

type SignatureKeyType = 'ml-dsa-87' | 'ed25519' | 'slh-dsa-shake-256s';

interface SignatureShape {
  readonly publicKeyLength: number;
  readonly signOffThread?: boolean;
  readonly importSeed: (seed: Uint8Array) => KeyObject | Promise<KeyObject>;
  readonly isValidPublicKey?: (bytes: Uint8Array) => Promise<boolean>;
}

function createSignature(type: SignatureKeyType, shape: SignatureShape): SignaturePrimitive {
  const signers = createKeyHandles<SignerKey, KeyObject>(`${type} signer`);
  const verifiers = createKeyHandles<VerifierKey, KeyObject>(`${type} verifier`);
  return {
    async signerFromSeed(seed) {
      const key = await shape.importSeed(seed);
      const publicKey = createPublicKey(key);
      const bytes = plainBytes(publicKey.export({ format: 'raw-public' }));
      return signers.bind({ publicKey: verifiers.bind({ bytes }, publicKey) }, key);
    },
    async verifierFromBytes(bytes) {
      assertLength(`${type} public key`, bytes, shape.publicKeyLength);
      const copy = Uint8Array.from(bytes);
      if (shape.isValidPublicKey !== undefined && !(await shape.isValidPublicKey(copy))) {
        return undefined;
      }
      const key = createPublicKey({ key: copy, format: 'raw-public', asymmetricKeyType: type });
      return verifiers.bind({ bytes: copy }, key);
    },
    async sign(signer, message) {
      const key = signers.keyOf(signer);
      return plainBytes(
        shape.signOffThread === true ? await signOffThread(key, message) : sign(null, message, key),
      );
    },
    async verify(verifier, message, signature) {
      return verify(null, message, verifiers.keyOf(verifier), signature);
    },
  };
}

function signOffThread(key: KeyObject, message: Uint8Array): Promise<Buffer> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  sign(null, message, key, (error, signature) => {
    if (error === null) resolve(signature);
    else reject(error);
  });
  return promise;
}

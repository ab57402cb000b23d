import {
  createKeyHandles,
  hasSmallOrderR,
  type SignaturePrimitive,
  type SignerKey,
  type VerifierKey,
} from '@pars/crypto/provider';
import { assertLength } from './byte-length.ts';
import { pkcs8FromSeed } from './pkcs8-seed.ts';
import { ownedBytes, type WebSubtle } from './web-subtle.ts';

/** ML-DSA-87 of WebCrypto (FIPS 204, hedged, empty context). Any 2,592 bytes are a key. */
export function createWebMlDsa87(subtle: WebSubtle): SignaturePrimitive {
  const name = 'ML-DSA-87';
  return createWebSignature(subtle, {
    name,
    publicKeyLength: 2592,
    importSeed(seed) {
      assertLength('ml-dsa-87 seed', seed, 32);
      return subtle.importKey('raw-seed', ownedBytes(seed), name, false, ['sign']);
    },
  });
}

/**
 * Ed25519 of WebCrypto (RFC 8032). Platforms differ in the keys that they
 * import, so `checker`, the JavaScript provider, decides which keys are valid.
 */
export function createWebEd25519(
  subtle: WebSubtle,
  checker: Pick<SignaturePrimitive, 'verifierFromBytes'>,
): SignaturePrimitive {
  const name = 'Ed25519';
  return createWebSignature(subtle, {
    name,
    publicKeyLength: 32,
    isValidPublicKey: async (bytes) => (await checker.verifierFromBytes(bytes)) !== undefined,
    // BoringSSL allows it, OpenSSL and the JavaScript provider do not.
    isValidSignature: (signature) => !hasSmallOrderR(signature),
    async importSeed(seed) {
      assertLength('ed25519 seed', seed, 32);
      const encoded = pkcs8FromSeed(name, seed);
      const key = await subtle.importKey('pkcs8', encoded, name, false, ['sign']);
      encoded.fill(0);
      return key;
    },
  });
}

interface SignatureShape {
  readonly name: 'ML-DSA-87' | 'Ed25519';
  readonly publicKeyLength: number;
  readonly importSeed: (seed: Uint8Array) => Promise<CryptoKey>;
  readonly isValidPublicKey?: (bytes: Uint8Array) => Promise<boolean>;
  readonly isValidSignature?: (signature: Uint8Array) => boolean;
}

function createWebSignature(subtle: WebSubtle, shape: SignatureShape): SignaturePrimitive {
  const { name } = shape;
  const signers = createKeyHandles<SignerKey, CryptoKey>(`${name} signer`);
  const verifiers = createKeyHandles<VerifierKey, CryptoKey>(`${name} verifier`);
  return Object.freeze({
    async signerFromSeed(seed: Uint8Array): Promise<SignerKey> {
      const key = await shape.importSeed(seed);
      const publicKey = await subtle.getPublicKey(key, ['verify']);
      const bytes = new Uint8Array(await subtle.exportKey('raw-public', publicKey));
      return signers.bind({ publicKey: verifiers.bind({ bytes }, publicKey) }, key);
    },
    async verifierFromBytes(bytes: Uint8Array): Promise<VerifierKey | undefined> {
      assertLength(`${name} public key`, bytes, shape.publicKeyLength);
      const copy = Uint8Array.from(bytes);
      if (shape.isValidPublicKey !== undefined && !(await shape.isValidPublicKey(copy))) {
        return undefined;
      }
      const key = await subtle.importKey('raw-public', copy, name, true, ['verify']);
      return verifiers.bind({ bytes: copy }, key);
    },
    async sign(signer: SignerKey, message: Uint8Array): Promise<Uint8Array> {
      return new Uint8Array(await subtle.sign(name, signers.keyOf(signer), ownedBytes(message)));
    },
    async verify(
      verifier: VerifierKey,
      message: Uint8Array,
      signature: Uint8Array,
    ): Promise<boolean> {
      const key = verifiers.keyOf(verifier);
      if (shape.isValidSignature?.(signature) === false) return false;
      return subtle.verify(name, key, ownedBytes(signature), ownedBytes(message));
    },
  });
}

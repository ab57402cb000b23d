import type { SimulationRandom } from '@pars/base/fakes';
import {
  createJavaScriptProvider,
  createSuite,
  type Suite,
  type SymmetricPrimitives,
} from '@pars/crypto';

/** The cryptography of everybody in a world. */
export interface WorldCrypto {
  readonly suite: Suite;
}

/**
 * Suite 1 with its slow primitives modelled, so that thousands of messages
 * between simulated nodes take seconds. **It protects nothing.** It lives in
 * this package alone, which nothing else may import.
 *
 * Modelled: ML-KEM-1024, ML-DSA-87, SLH-DSA-SHAKE-256s and Argon2id are hashes
 * with outputs of the right lengths. Whoever knows a public key can decapsulate
 * and sign for it, and a password costs nothing to guess.
 *
 * Real, unless the symmetric primitives are given as well: X25519, Ed25519, SHA3-256, HKDF, both AEADs, and all of the suite's own
 * code (combiner, framing, contexts, boxes, limits). Wrong keys, flipped bits
 * and swapped contexts are therefore refused where the product refuses them.
 */
export function createModelledCrypto(
  random: SimulationRandom,
  symmetric: SymmetricPrimitives = createJavaScriptProvider({ random }).symmetric,
): WorldCrypto {
  const real = { ...createJavaScriptProvider({ random }), symmetric };
  const expand = (length: number, ...parts: readonly Uint8Array[]) =>
    symmetric.hkdf(symmetric.sha3(...parts), NOTHING, NOTHING, length);

  const createModelledSignature = (keyLength: number, signatureLength: number) => {
    const sign = async (signer: ModelledSigner, message: Uint8Array) =>
      expand(signatureLength, signer.publicKey.bytes, symmetric.sha3(message));
    return {
      signerFromSeed: async (seed: Uint8Array) => ({
        publicKey: { bytes: expand(keyLength, seed) },
      }),
      verifierFromBytes: async (bytes: Uint8Array) => ({ bytes: bytes.slice() }),
      sign,
      signDeterministic: sign,
      verify: async (key: ModelledKey, message: Uint8Array, signature: Uint8Array) =>
        isSame(await sign({ publicKey: key }, message), signature),
    };
  };

  const encapsulateWith = async (key: ModelledKey, message: Uint8Array) => {
    const ciphertext = expand(1_568, key.bytes, message);
    return { ciphertext, sharedSecret: symmetric.sha3(key.bytes, ciphertext) };
  };

  const provider = {
    ...real,
    mlKem1024: {
      privateKeyFromSeed: async (seed: Uint8Array) => ({
        publicKey: { bytes: reduce(expand(1_568, seed)) },
      }),
      publicKeyFromBytes: async (bytes: Uint8Array) => ({ bytes: bytes.slice() }),
      encapsulate: (key: ModelledKey) => encapsulateWith(key, random.bytes(32)),
      encapsulateWith,
      decapsulate: async (key: ModelledSigner, ciphertext: Uint8Array) =>
        symmetric.sha3(key.publicKey.bytes, ciphertext),
    },
    mlDsa87: createModelledSignature(2_592, 4_627),
    slhDsaShake256s: createModelledSignature(64, 29_792),
    argon2id: async (password: Uint8Array, salt: Uint8Array) =>
      symmetric.hkdf(password, salt, NOTHING, 32),
  };
  return { suite: createSuite({ provider, random }) };
}

interface ModelledKey {
  readonly bytes: Uint8Array;
}

interface ModelledSigner {
  readonly publicKey: ModelledKey;
}

/** Clears the highest of the 12 bits of each coefficient: the suite takes reduced keys only (FIPS 203 §7.2). */
function reduce(key: Uint8Array): Uint8Array {
  return key.map((byte, index) => {
    if (index >= 1_536 || index % 3 === 0) return byte;
    return byte & (index % 3 === 1 ? 0xf7 : 0x7f);
  });
}

function isSame(left: Uint8Array, right: Uint8Array): boolean {
  return left.length === right.length && left.every((byte, index) => byte === right[index]);
}

const NOTHING = new Uint8Array(0);

import type { SimulationRandom } from '@pars/base/fakes';
import {
  createJavaScriptProvider,
  createPasswordBox,
  createSuite,
  type PasswordBox,
  type Suite,
} from '@pars/crypto';

/** What a simulated node gets in place of the real thing. */
export interface TestCrypto {
  readonly suite: Suite;
  readonly passwordBox: PasswordBox;
}

/**
 * Suite 1 with toys in place of the slow primitives: ML-KEM, ML-DSA, SLH-DSA
 * and Argon2id become hashes of the right lengths, which protect nothing. The
 * suite's own code, the classical halves and all symmetric parts are real, so a
 * simulation meets every check, and thousands of its messages take seconds.
 * With `keepLattices` ML-KEM and ML-DSA are real as well.
 */
export function createToyCrypto(
  random: SimulationRandom,
  options: { readonly keepLattices?: boolean } = {},
): TestCrypto {
  const real = createJavaScriptProvider({ random });
  const { symmetric } = real;
  const expand = (length: number, ...parts: readonly Uint8Array[]) =>
    symmetric.hkdf(symmetric.sha3(...parts), NOTHING, NOTHING, length);

  const createToySignature = (keyLength: number, signatureLength: number) => {
    const sign = async (signer: ToySigner, message: Uint8Array) =>
      expand(signatureLength, signer.publicKey.bytes, symmetric.sha3(message));
    return {
      signerFromSeed: async (seed: Uint8Array) => ({
        publicKey: { bytes: expand(keyLength, seed) },
      }),
      verifierFromBytes: async (bytes: Uint8Array) => ({ bytes: bytes.slice() }),
      sign,
      signDeterministic: sign,
      verify: async (key: ToyKey, message: Uint8Array, signature: Uint8Array) =>
        isSame(await sign({ publicKey: key }, message), signature),
    };
  };

  const encapsulateWith = async (key: ToyKey, message: Uint8Array) => {
    const ciphertext = expand(1_568, key.bytes, message);
    return { ciphertext, sharedSecret: symmetric.sha3(key.bytes, ciphertext) };
  };

  const lattices = {
    mlKem1024: {
      privateKeyFromSeed: async (seed: Uint8Array) => ({
        publicKey: { bytes: expand(1_568, seed) },
      }),
      publicKeyFromBytes: async (bytes: Uint8Array) => ({ bytes: bytes.slice() }),
      encapsulate: (key: ToyKey) => encapsulateWith(key, random.bytes(32)),
      encapsulateWith,
      decapsulate: async (key: ToySigner, ciphertext: Uint8Array) =>
        symmetric.sha3(key.publicKey.bytes, ciphertext),
    },
    mlDsa87: createToySignature(2_592, 4_627),
  };
  const provider = {
    ...real,
    ...(options.keepLattices === true ? {} : lattices),
    slhDsaShake256s: createToySignature(64, 29_792),
    argon2id: async (password: Uint8Array, salt: Uint8Array) =>
      symmetric.hkdf(password, salt, NOTHING, 32),
  };
  return {
    suite: createSuite({ provider, random }),
    passwordBox: createPasswordBox({ provider, random }),
  };
}

interface ToyKey {
  readonly bytes: Uint8Array;
}

interface ToySigner {
  readonly publicKey: ToyKey;
}

function isSame(left: Uint8Array, right: Uint8Array): boolean {
  return left.length === right.length && left.every((byte, index) => byte === right[index]);
}

const NOTHING = new Uint8Array(0);

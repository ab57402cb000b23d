import { argon2idAsync } from '@noble/hashes/argon2.js';
import type { RandomDep } from '@pars/base';
import { assertRange } from '../errors.ts';
import type { Argon2idParameters, CryptoProvider } from './crypto-provider.ts';
import { createJavaScriptMlKem1024, createJavaScriptX25519 } from './javascript/kem.ts';
import {
  createJavaScriptEd25519,
  createJavaScriptMlDsa87,
  createJavaScriptSlhDsaShake256s,
} from './javascript/signatures.ts';
import {
  javaScriptAes256Gcm,
  javaScriptSymmetric,
  javaScriptXChaCha20Poly1305,
} from './javascript/symmetric.ts';

/**
 * Every primitive of Suite 1 in JavaScript: what a page without a secure
 * context gets, what the simulator uses, and what the native providers are
 * compared with. All randomness is taken from `deps.random`, so that one seed
 * reproduces every byte. Constant time only as far as a JavaScript engine is.
 */
export function createJavaScriptProvider(deps: RandomDep): CryptoProvider {
  const { random } = deps;
  return Object.freeze({
    name: 'js' as const,
    symmetric: javaScriptSymmetric,
    mlKem1024: createJavaScriptMlKem1024(random),
    x25519: createJavaScriptX25519(),
    mlDsa87: createJavaScriptMlDsa87(random),
    ed25519: createJavaScriptEd25519(),
    slhDsaShake256s: createJavaScriptSlhDsaShake256s(random),
    xChaCha20Poly1305: javaScriptXChaCha20Poly1305,
    aes256Gcm: javaScriptAes256Gcm,
    async argon2id(password: Uint8Array, salt: Uint8Array, parameters: Argon2idParameters) {
      const { memoryKiB, passes, lanes, tagLength } = parameters;
      assertRange(memoryKiB, 8 * lanes, 1_048_576, 'argon2id memory');
      return argon2idAsync(password, salt, {
        m: memoryKiB,
        t: passes,
        p: lanes,
        dkLen: tagLength,
      });
    },
  });
}

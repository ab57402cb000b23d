import { type CryptoProvider, createJavaScriptProvider } from '@pars/crypto/provider';
import { nodeAes256Gcm, nodeXChaCha20Poly1305 } from './node-aead.ts';
import { nodeArgon2id } from './node-argon2id.ts';
import { createNodeMlKem1024, createNodeX25519 } from './node-kem.ts';
import {
  createNodeEd25519,
  createNodeMlDsa87,
  createNodeSlhDsaShake256s,
} from './node-signature.ts';
import { createNodeSymmetric } from './node-symmetric.ts';
import { systemRandom } from './system-random.ts';

/**
 * The primitives of Suite 1 (PIP-2000 §2) in OpenSSL, through the pinned Node.
 *
 * Operations below about a millisecond run on the calling thread, where a hop
 * to the thread pool would cost more than it frees; Argon2id and SLH-DSA
 * signing leave the event loop free. Encapsulation and ML-DSA signing take no
 * randomness from outside, so `encapsulateWith` and `signDeterministic` are
 * absent: reproducible transcripts use the JavaScript provider.
 */
export function createNodeCryptoProvider(): CryptoProvider {
  const javaScript = createJavaScriptProvider({ random: systemRandom });
  return Object.freeze({
    name: 'node' as const,
    symmetric: createNodeSymmetric(javaScript.symmetric),
    mlKem1024: createNodeMlKem1024(),
    x25519: createNodeX25519(),
    mlDsa87: createNodeMlDsa87(),
    ed25519: createNodeEd25519(javaScript.ed25519),
    slhDsaShake256s: createNodeSlhDsaShake256s(),
    xChaCha20Poly1305: nodeXChaCha20Poly1305,
    aes256Gcm: nodeAes256Gcm,
    argon2id: nodeArgon2id,
  });
}

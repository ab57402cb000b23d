import type { RandomDep } from '@pars/base';
import { type CryptoProvider, createJavaScriptProvider } from '@pars/crypto/provider';
import { probeAead, probeKem, probeSharedSecret, probeSignature } from './capability-probe.ts';
import { createWebAes256Gcm, createWebXChaCha20Poly1305 } from './web-aead.ts';
import { createWebMlKem1024, createWebX25519 } from './web-kem.ts';
import { createWebEd25519, createWebMlDsa87 } from './web-signature.ts';
import { findWebSubtle, type WebSubtle } from './web-subtle.ts';

/**
 * The primitives of Suite 1 (PIP-2000 §2) in a browser page or worker: each
 * one from WebCrypto where the platform has it and gives the right answer to a
 * probe, from the JavaScript provider otherwise (always SLH-DSA, Argon2id and
 * the synchronous ones). Without a secure context there is no WebCrypto and
 * everything is JavaScript. Abilities alone decide: nothing can be asked for
 * or switched off, and the bytes mean the same either way.
 *
 * `name` is `webcrypto` when at least one primitive is native, else `js`.
 */
export async function createBrowserCryptoProvider(deps: RandomDep): Promise<CryptoProvider> {
  const javaScript = createJavaScriptProvider(deps);
  const subtle = findWebSubtle();
  const native = subtle === undefined ? {} : await findNativePrimitives(subtle, javaScript);
  if (Object.keys(native).length === 0) return javaScript;
  return Object.freeze({ ...javaScript, ...native, name: 'webcrypto' as const });
}

/** The primitives that WebCrypto can have. */
export type NativePrimitives = Pick<
  CryptoProvider,
  'mlKem1024' | 'x25519' | 'mlDsa87' | 'ed25519' | 'xChaCha20Poly1305' | 'aes256Gcm'
>;

/** Those of them that this platform has, each having answered its probe. */
export async function findNativePrimitives(
  subtle: WebSubtle,
  javaScript: CryptoProvider,
): Promise<Partial<NativePrimitives>> {
  const { symmetric } = javaScript;
  const mlKem1024 = createWebMlKem1024(subtle);
  const x25519 = createWebX25519(subtle);
  const mlDsa87 = createWebMlDsa87(subtle);
  const ed25519 = createWebEd25519(subtle, javaScript.ed25519);
  const xChaCha20Poly1305 = createWebXChaCha20Poly1305(subtle);
  const aes256Gcm = createWebAes256Gcm(subtle);
  return {
    ...((await probeKem(mlKem1024, symmetric)) && { mlKem1024 }),
    ...((await probeSharedSecret(x25519, symmetric)) && { x25519 }),
    ...((await probeSignature(mlDsa87, 'mlDsa87', symmetric)) && { mlDsa87 }),
    ...((await probeSignature(ed25519, 'ed25519', symmetric)) && { ed25519 }),
    ...((await probeAead(xChaCha20Poly1305, 'xChaCha20Poly1305', symmetric)) && {
      xChaCha20Poly1305,
    }),
    ...((await probeAead(aes256Gcm, 'aes256Gcm', symmetric)) && { aes256Gcm }),
  };
}

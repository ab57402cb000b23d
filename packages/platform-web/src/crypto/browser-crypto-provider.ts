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
  return subtle === undefined ? javaScript : preferNative(subtle, javaScript);
}

async function preferNative(
  subtle: WebSubtle,
  javaScript: CryptoProvider,
): Promise<CryptoProvider> {
  const { sha3 } = javaScript.symmetric;
  const native = {
    mlKem1024: createWebMlKem1024(subtle),
    x25519: createWebX25519(subtle),
    mlDsa87: createWebMlDsa87(subtle),
    ed25519: createWebEd25519(subtle, javaScript.ed25519),
    xChaCha20Poly1305: createWebXChaCha20Poly1305(subtle),
    aes256Gcm: createWebAes256Gcm(subtle),
  };
  const works = {
    mlKem1024: await probeKem(native.mlKem1024, sha3),
    x25519: await probeSharedSecret(native.x25519, sha3),
    mlDsa87: await probeSignature(native.mlDsa87, 'mlDsa87', sha3),
    ed25519: await probeSignature(native.ed25519, 'ed25519', sha3),
    xChaCha20Poly1305: await probeAead(native.xChaCha20Poly1305, 'xChaCha20Poly1305', sha3),
    aes256Gcm: await probeAead(native.aes256Gcm, 'aes256Gcm', sha3),
  };
  if (Object.values(works).every((work) => !work)) return javaScript;
  return Object.freeze({
    name: 'webcrypto' as const,
    symmetric: javaScript.symmetric,
    mlKem1024: works.mlKem1024 ? native.mlKem1024 : javaScript.mlKem1024,
    x25519: works.x25519 ? native.x25519 : javaScript.x25519,
    mlDsa87: works.mlDsa87 ? native.mlDsa87 : javaScript.mlDsa87,
    ed25519: works.ed25519 ? native.ed25519 : javaScript.ed25519,
    slhDsaShake256s: javaScript.slhDsaShake256s,
    xChaCha20Poly1305: works.xChaCha20Poly1305
      ? native.xChaCha20Poly1305
      : javaScript.xChaCha20Poly1305,
    aes256Gcm: works.aes256Gcm ? native.aes256Gcm : javaScript.aes256Gcm,
    argon2id: javaScript.argon2id,
  });
}

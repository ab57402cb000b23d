import { ok } from '@pars/base';
import type { HybridSignature, HybridVerifierKey, SymmetricPrimitives } from '@pars/crypto';
import { type KeyFingerprint, keyFingerprint } from '../node-id.ts';

/**
 * The same signature scheme, but keys that verified a signature lately are not
 * checked and expanded again: that is a third of what a verification costs,
 * and nodes meet the same nodes again and again. Keeps the `capacity` (default
 * 64, about 4 MiB) used last, by the hash of the whole key.
 *
 * Only a signature that holds brings a key in, so that claims fill nothing. One
 * that does not hold pays for the key again: else the time of a refusal would
 * tell strangers which nodes were met lately.
 */
export function cacheVerifiers(
  signature: HybridSignature,
  symmetric: SymmetricPrimitives,
  capacity = 64,
): HybridSignature {
  const verifierByFingerprint = new Map<KeyFingerprint, HybridVerifierKey>();
  const fingerprintOf = (key: Uint8Array): KeyFingerprint =>
    keyFingerprint(symmetric, key as HybridVerifierKey['bytes']);

  return {
    ...signature,
    async verifierFromBytes(bytes) {
      const known = verifierByFingerprint.get(fingerprintOf(bytes));
      return known === undefined ? signature.verifierFromBytes(bytes) : ok(known);
    },
    async verify(verifier, context, message, signed) {
      const isSigned = await signature.verify(verifier, context, message, signed);
      const fingerprint = fingerprintOf(verifier.bytes);
      if (isSigned) remember(fingerprint, verifier);
      else if (verifierByFingerprint.get(fingerprint) === verifier) {
        await signature.verifierFromBytes(verifier.bytes);
      }
      return isSigned;
    },
  };

  function remember(fingerprint: KeyFingerprint, verifier: HybridVerifierKey): void {
    verifierByFingerprint.delete(fingerprint);
    verifierByFingerprint.set(fingerprint, verifier);
    const oldest = verifierByFingerprint.keys().next();
    if (verifierByFingerprint.size > capacity && !oldest.done) {
      verifierByFingerprint.delete(oldest.value);
    }
  }
}

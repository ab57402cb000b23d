import { ok } from '@pars/base';
import type { HybridSignature, HybridVerifierKey, SymmetricPrimitives } from '@pars/crypto';
import { type KeyFingerprint, keyFingerprint } from '../node-id.ts';

/**
 * The same signature scheme, but node keys that were read lately are not
 * checked and expanded again: that is a third of what a verification costs,
 * and nodes meet the same nodes again and again. Keeps the `capacity` (default
 * 64, about 4 MiB) used last, by the hash of the whole key.
 */
export function cacheVerifiers(
  signature: HybridSignature,
  symmetric: SymmetricPrimitives,
  capacity = 64,
): HybridSignature {
  const verifierByFingerprint = new Map<KeyFingerprint, HybridVerifierKey>();
  return {
    ...signature,
    async verifierFromBytes(bytes) {
      const fingerprint = keyFingerprint(symmetric, bytes as HybridVerifierKey['bytes']);
      const known = verifierByFingerprint.get(fingerprint);
      verifierByFingerprint.delete(fingerprint);
      const verifier = known === undefined ? await signature.verifierFromBytes(bytes) : ok(known);
      if (verifier.ok) verifierByFingerprint.set(fingerprint, verifier.value);
      const oldest = verifierByFingerprint.keys().next();
      if (verifierByFingerprint.size > capacity && !oldest.done) {
        verifierByFingerprint.delete(oldest.value);
      }
      return verifier;
    },
  };
}

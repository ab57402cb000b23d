import type { SymmetricPrimitives } from '@pars/crypto';
import { type KeyFingerprint, keyFingerprint, type LinkPeer, type MeshHost } from '@pars/mesh';

/** The nodes that are linked now, by the fingerprint that their link has proven. */
export interface LinkedNodes {
  get(fingerprint: KeyFingerprint): LinkPeer | undefined;
  fingerprintOf(peer: LinkPeer): KeyFingerprint;
  /** Fingerprints of all. */
  all(): ReadonlySet<KeyFingerprint>;
}

/** Follows the links of a host until the signal is aborted. */
export function followLinks(
  deps: { readonly mesh: MeshHost; readonly symmetric: SymmetricPrimitives },
  onDown: (fingerprint: KeyFingerprint) => void,
  signal: AbortSignal,
): LinkedNodes {
  const { mesh, symmetric } = deps;
  const peerByFingerprint = new Map<KeyFingerprint, LinkPeer>();
  const fingerprints = new WeakMap<Uint8Array, KeyFingerprint>();

  function fingerprintOf({ nodeKey }: LinkPeer): KeyFingerprint {
    const known = fingerprints.get(nodeKey) ?? keyFingerprint(symmetric, nodeKey);
    fingerprints.set(nodeKey, known);
    return known;
  }

  for (const peer of mesh.peers()) peerByFingerprint.set(fingerprintOf(peer), peer);
  const stop = mesh.onLink(({ peer, type }) => {
    const fingerprint = fingerprintOf(peer);
    if (type === 'up') peerByFingerprint.set(fingerprint, peer);
    else if (peerByFingerprint.delete(fingerprint)) onDown(fingerprint);
  });
  signal.addEventListener('abort', stop, { once: true });
  return {
    get: (fingerprint) => peerByFingerprint.get(fingerprint),
    fingerprintOf,
    all: () => new Set(peerByFingerprint.keys()),
  };
}

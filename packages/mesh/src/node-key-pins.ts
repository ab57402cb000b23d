import { ok, type Result } from '@pars/base';
import { type MeshFailure, meshErr } from './errors.ts';
import type { NodeId } from './mesh-host.ts';
import type { KeyFingerprint } from './node-id.ts';

/**
 * Remembers which hybrid key stood behind a node id. A node id names the
 * classical half only: whoever breaks Ed25519 could put another post-quantum
 * half beside it, and must not pass for a node that we know (PIP-1000 §1).
 */
export interface NodeKeyPins {
  /** Code: `mesh/key-changed` when the id is known with another key. */
  check(nodeId: NodeId, fingerprint: KeyFingerprint): Result<void, MeshFailure>;
  /** Remembers a key that a handshake proved; the first one stays. */
  remember(nodeId: NodeId, fingerprint: KeyFingerprint): void;
}

/** Pins in memory, the `capacity` used last (default 4,096). */
export function createNodeKeyPins(capacity = 4_096): NodeKeyPins {
  const fingerprintById = new Map<NodeId, KeyFingerprint>();
  return {
    check(nodeId, fingerprint) {
      const known = fingerprintById.get(nodeId);
      return known === undefined || known === fingerprint
        ? ok(undefined)
        : meshErr('mesh/key-changed');
    },
    remember(nodeId, fingerprint) {
      const kept = fingerprintById.get(nodeId) ?? fingerprint;
      fingerprintById.delete(nodeId);
      fingerprintById.set(nodeId, kept);
      const oldest = fingerprintById.keys().next();
      if (fingerprintById.size > capacity && !oldest.done) fingerprintById.delete(oldest.value);
    },
  };
}

import { ok, type Result } from '@pars/base';
import { type MeshFailure, meshErr } from './errors.ts';
import type { NodeId } from './mesh-host.ts';
import { isKeyFingerprint, isNodeId, type KeyFingerprint } from './node-id.ts';

/**
 * Where a node can be dialled and who is expected there (PIP-1000 §1), as text
 * `route[/p2p/nodeId][#fingerprint]`.
 */
export interface LinkAddress {
  /** The transport's part, e.g. `/ip4/192.0.2.1/tcp/4001`. */
  readonly route: string;
  readonly nodeId: NodeId | undefined;
  /** Commits to the whole hybrid key; every address that a host announces has it. */
  readonly fingerprint: KeyFingerprint | undefined;
}

/** Longest address in characters. */
export const maxAddressLength = 1_024;

const addressPattern =
  /^(?<route>\/[!-"$-~]+?)(?:\/p2p\/(?<nodeId>[1-9A-Za-z]+))?(?:#(?<fingerprint>[a-z2-7]+))?$/;

/** Reads an address. Total; code: `mesh/bad-address`. Whether the route exists is for the transport to say. */
export function linkAddressFromText(text: string): Result<LinkAddress, MeshFailure> {
  if (text.length > maxAddressLength) return meshErr('mesh/bad-address', { length: text.length });
  const groups = addressPattern.exec(text)?.groups;
  const route = groups?.['route'];
  if (route === undefined) return meshErr('mesh/bad-address');
  const nodeId = groups?.['nodeId'];
  const fingerprint = groups?.['fingerprint'];
  if (nodeId !== undefined && !isNodeId(nodeId)) return meshErr('mesh/bad-address');
  if (fingerprint !== undefined && !isKeyFingerprint(fingerprint)) {
    return meshErr('mesh/bad-address');
  }
  return ok({ route, nodeId, fingerprint });
}

/** Writes an address; the inverse of {@link linkAddressFromText}. */
export function linkAddressToText(address: LinkAddress): string {
  const peer = address.nodeId === undefined ? '' : `/p2p/${address.nodeId}`;
  const key = address.fingerprint === undefined ? '' : `#${address.fingerprint}`;
  return `${address.route}${peer}${key}`;
}

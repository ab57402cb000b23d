import type { MeshHost } from '@pars/mesh';
import { isLocalAddress } from '../carrier/sync-policy.ts';

/**
 * Whether this node knows nobody beyond its local network now: then it is on an
 * island, and everything spreads (PIP-1008 §1, §15).
 */
export function isOnIsland(mesh: Pick<MeshHost, 'peers'>): boolean {
  return mesh.peers().every(({ address }) => isLocalAddress(address));
}

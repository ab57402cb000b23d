import type { MeshHost } from '@pars/mesh';
import { type Endpoint, selectAddresses } from '@pars/session';

/** Where this person's contacts can reach this node now (PIP-5000 §1). */
export function ownEndpoint(mesh: MeshHost): Endpoint {
  return { nodeId: mesh.nodeId, addresses: selectAddresses(mesh.addresses()) };
}

/** Whether contacts who know `announced` should be told `current`. Losing all addresses is no news. */
export function isMoved(announced: Endpoint, current: Endpoint): boolean {
  if (current.addresses.length === 0) return false;
  return (
    announced.nodeId !== current.nodeId ||
    announced.addresses.toSorted().join(' ') !== current.addresses.toSorted().join(' ')
  );
}

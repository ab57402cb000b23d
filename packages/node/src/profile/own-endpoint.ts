import { isRelayed, type MeshHost } from '@pars/mesh';
import { type Endpoint, MAX_ADDRESSES, selectAddresses } from '@pars/session';
import { isLocalAddress } from '../carrier/sync-policy.ts';

/** Where this person's contacts can reach this node now (PIP-5000 §1). */
export function ownEndpoint(mesh: MeshHost): Endpoint {
  return { nodeId: mesh.nodeId, addresses: tellableAddresses(mesh.addresses()) };
}

/**
 * At most four of the addresses of a node: those in its own networks first,
 * where linking is quickest, then two at most that lead there from elsewhere,
 * relayed ones included, then those that only this machine can use.
 */
export function tellableAddresses(addresses: readonly string[]): readonly string[] {
  const usable = addresses.filter((address) => selectAddresses([address]).length > 0);
  const far = usable.filter(isFar).slice(0, MAX_FAR);
  const near = usable.filter((address) => !isFar(address) && !isLoopback(address));
  const loopback = usable.filter(isLoopback);
  return [...near.slice(0, MAX_ADDRESSES - far.length), ...far, ...loopback].slice(
    0,
    MAX_ADDRESSES,
  );
}

function isFar(address: string): boolean {
  return isRelayed(address) || !isLocalAddress(address);
}

function isLoopback(address: string): boolean {
  return !isRelayed(address) && /^\/(?:ip4\/127\.|ip6\/::1\/)/.test(address);
}

const MAX_FAR = 2;

/** Whether contacts who know `announced` should be told `current`. Losing all addresses is no news. */
export function isMoved(announced: Endpoint, current: Endpoint): boolean {
  if (current.addresses.length === 0) return false;
  return (
    announced.nodeId !== current.nodeId ||
    announced.addresses.toSorted().join(' ') !== current.addresses.toSorted().join(' ')
  );
}

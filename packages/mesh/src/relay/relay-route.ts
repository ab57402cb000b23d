import { type LinkAddress, linkAddressFromText, linkAddressToText } from '../link-address.ts';
import type { NodeId } from '../mesh-host.ts';

/** The end of a route that leads through a relay (PIP-1000 §9.1). */
const circuit = '/p2p-circuit';

/** Whether a route or an address of a peer leads through a relay. Total. */
export function isRelayed(text: string): boolean {
  return /\/p2p-circuit(?:\/|$)/.test(text);
}

/** The route to a node that holds a reservation at this relay. */
export function relayedRoute(relayRoute: string, relayId: NodeId): string {
  return `${linkAddressToText({ route: relayRoute, nodeId: relayId, fingerprint: undefined })}${circuit}`;
}

/**
 * The relay of a relayed route, with its node id; `undefined` when the route is
 * none, names no relay, or leads through more than one. Total.
 */
export function relayOfRoute(
  route: string,
): (LinkAddress & { readonly nodeId: NodeId }) | undefined {
  if (!route.endsWith(circuit)) return undefined;
  const relay = linkAddressFromText(route.slice(0, -circuit.length));
  if (!relay.ok || relay.value.nodeId === undefined || isRelayed(relay.value.route)) {
    return undefined;
  }
  return { ...relay.value, nodeId: relay.value.nodeId };
}

/**
 * What is to be kept of an address beside the fingerprint: its route, and for a
 * relayed one the id of the node as well, without which no relay connects it (PIP-1000 §9.1).
 */
export function lastingRoute(address: LinkAddress): string {
  return isRelayed(address.route)
    ? linkAddressToText({ ...address, fingerprint: undefined })
    : address.route;
}

import {
  endpointFromRoute,
  isPublicEndpoint,
  linkAddressFromText,
  type MeshHost,
} from '@pars/mesh';
import type { Discovery } from '../discovery/index.ts';

/**
 * Who may be asked to relay for this node (PIP-1000 §9): those that its owner
 * names, then the nodes with public addresses that it has linked with on most
 * days. Nobody while it has a public address of its own.
 */
export function relayCandidates({
  announce = [],
  discovery,
  host,
  relays = [],
}: {
  readonly announce?: readonly string[] | undefined;
  readonly discovery: Pick<Discovery, 'book'>;
  readonly host: Pick<MeshHost, 'addresses'>;
  readonly relays?: readonly string[] | undefined;
}): readonly string[] {
  const routes = host.addresses().flatMap((text) => {
    const address = linkAddressFromText(text);
    return address.ok ? [address.value.route] : [];
  });
  if ([...routes, ...announce].some(isPublicRoute)) return [];
  const found = discovery
    .book()
    .filter(({ provenDays }) => provenDays > 0)
    .toSorted((one, other) => other.provenDays - one.provenDays)
    .flatMap(({ fingerprint, routes: known }) => {
      const route = known.map((one) => one.route).find(isPublicRoute);
      return route === undefined ? [] : [`${route}#${fingerprint}`];
    });
  return [...relays, ...found].slice(0, MAX_CANDIDATES);
}

function isPublicRoute(route: string): boolean {
  const endpoint = endpointFromRoute(route);
  return endpoint !== undefined && isPublicEndpoint(endpoint);
}

const MAX_CANDIDATES = 16;

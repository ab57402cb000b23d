import { ok, type Result } from '@pars/base';
import { type MeshFailure, meshErr } from '../../errors.ts';
import { type Endpoint, endpointFromRoute } from './endpoint.ts';
import { type IpScope, ipScope } from './ip-scope.ts';

/**
 * On whose word an address is to be dialled: the node's owner (typed, or as a
 * link or QR code), the local network, a list whose key the owner added, or
 * anybody else.
 */
export type AddressOrigin = 'user' | 'lan' | 'list' | 'stranger';

/**
 * Whether a route may be dialled on that word (PIP-1005 §2): on a stranger's,
 * public IP addresses only, so that nobody makes this node knock at hosts
 * behind it. Code: `mesh/address-refused`, with the scope.
 */
export function checkRoute(route: string, origin: AddressOrigin): Result<void, MeshFailure> {
  if (origin === 'user') return ok(undefined);
  const endpoint = endpointFromRoute(route);
  if (endpoint === undefined) {
    return origin === 'list' && isPublicName(route) ? ok(undefined) : refuse('not-an-ip');
  }
  if (endpoint.port === 0) return refuse('port-0');
  const scope = ipScope(endpoint.ip);
  const isRefused = origin === 'lan' ? neverOnLan.has(scope) : scope !== 'public';
  return isRefused ? refuse(scope) : ok(undefined);
}

/** {@link checkRoute} for an endpoint that a stranger gives. */
export function isPublicEndpoint({ ip, port }: Endpoint): boolean {
  return port !== 0 && ipScope(ip) === 'public';
}

/**
 * What an attacker has few of: the /16 of an IPv4 address, the /32 of an IPv6
 * address, else the first two parts of the route (PIP-1005 §2). Short text, for comparison.
 */
export function networkGroup(route: string): string {
  const endpoint = endpointFromRoute(route);
  if (endpoint === undefined) return route.split('/', 3).join('/').slice(0, 80).toLowerCase();
  return endpointGroup(endpoint);
}

/** {@link networkGroup} of an endpoint. */
export function endpointGroup({ ip }: Endpoint): string {
  const [a = 0, b = 0, c = 0, d = 0] = ip;
  return ip.length === 4 ? `4:${(a << 8) | b}` : `6:${(a << 8) | b}:${(c << 8) | d}`;
}

const neverOnLan: ReadonlySet<IpScope> = new Set<IpScope>([
  'loopback',
  'unspecified',
  'multicast',
  'mapped',
]);

/** A name with a dot whose end is not one that names something local. */
function isPublicName(route: string): boolean {
  const match = /^\/dns[46]?\/([a-z0-9.-]{4,253})\/tcp\/[1-9]\d{0,4}(\/tls)?(\/ws|\/wss)?$/.exec(
    route,
  );
  const name = match?.[1] ?? '';
  return /^([a-z0-9-]{1,63}\.)+[a-z][a-z0-9-]{1,62}$/.test(name) && !localNames.test(name);
}

const localNames = /(^|\.)(localhost|local|internal|lan|home|corp|intranet|localdomain|arpa)$/;

function refuse(scope: string): Result<never, MeshFailure> {
  return meshErr('mesh/address-refused', { scope });
}

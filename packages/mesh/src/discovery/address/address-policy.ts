import { ok, type Result } from '@pars/base';
import { type MeshFailure, meshErr } from '../../errors.ts';
import { relayOfRoute } from '../../relay/relay-route.ts';
import { type Endpoint, endpointFromRoute } from './endpoint.ts';
import { ipFromText } from './ip-address.ts';
import { type IpScope, ipScope } from './ip-scope.ts';

/**
 * On whose word an address is to be dialled: the node's owner (typed, or as a
 * link or QR code), somebody's invite or letter, the local network, a list
 * whose key the owner added, or anybody else.
 */
export type AddressOrigin = 'user' | 'contact' | 'lan' | 'list' | 'stranger';

/**
 * Whether a route may be dialled on that word (PIP-1005 §2): on a stranger's,
 * public IP addresses only, so that nobody makes this node knock at hosts
 * behind it; on a contact's, nothing where more than a handshake would be sent
 * to such a host. Code: `mesh/address-refused`, with the scope.
 */
export function checkRoute(route: string, origin: AddressOrigin): Result<void, MeshFailure> {
  if (origin === 'user') return ok(undefined);
  if (origin === 'contact') return checkContactRoute(route);
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

/** Contacts meet in local networks, too; a relayed route is judged by the way to its relay. */
function checkContactRoute(route: string): Result<void, MeshFailure> {
  const relay = relayOfRoute(route);
  if (relay !== undefined) return checkContactRoute(relay.route);
  const { kind, host, path, port, sni, tls } = contactRoute.exec(route)?.groups ?? {};
  if (route.startsWith('/memory/')) return ok(undefined);
  if (kind === undefined || host === undefined || Number(port) > 65_535) return refuse('not-an-ip');
  const ip = kind.startsWith('ip') ? ipFromText(host) : undefined;
  if (kind.startsWith('ip') && ip?.length !== (kind === 'ip4' ? 4 : 16)) return refuse('not-an-ip');
  const scope = ip === undefined ? undefined : ipScope(ip);
  if (scope !== undefined && scope !== 'loopback' && neverOnLan.has(scope)) return refuse(scope);
  if (path === undefined && sni === undefined) return ok(undefined);
  // A path asks a web server for something. Where a name leads is proven by a certificate only.
  const name = sni ?? (ip === undefined ? host : undefined);
  const isElsewhere = name === undefined ? scope === 'public' : tls !== undefined && isName(name);
  return isElsewhere ? ok(undefined) : refuse('path');
}

const contactRoute =
  /^\/(?<kind>ip[46]|dns[46]?)\/(?<host>[0-9A-Za-z.:_-]{1,253})\/tcp\/(?<port>[1-9]\d{0,4})(?:(?<tls>\/tls)(?:\/sni\/(?<sni>[^/]{1,253}))?)?(?:\/wss?(?:\/http-path\/(?<path>[^/]{1,200}))?)?$/;

/** A name with a dot whose end is not one that names something local. */
function isPublicName(route: string): boolean {
  const match = /^\/dns[46]?\/([a-z0-9.-]{4,253})\/tcp\/[1-9]\d{0,4}(\/tls)?(\/ws|\/wss)?$/.exec(
    route,
  );
  return isName(match?.[1] ?? '');
}

function isName(name: string): boolean {
  return /^([a-z0-9-]{1,63}\.)+[a-z][a-z0-9-]{1,62}$/.test(name) && !localNames.test(name);
}

const localNames = /(^|\.)(localhost|local|internal|lan|home|corp|intranet|localdomain|arpa)$/;

function refuse(scope: string): Result<never, MeshFailure> {
  return meshErr('mesh/address-refused', { scope });
}

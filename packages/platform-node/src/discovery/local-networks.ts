import { BlockList, isIPv4 } from 'node:net';
import { networkInterfaces } from 'node:os';
import { endpointFromRoute, ipScope, ipToText, linkAddressFromText } from '@pars/mesh';

/** An interface through which multicast can leave. */
export interface LocalInterface {
  /** Its IPv4 address. */
  readonly address: string;
  readonly prefixLength: number;
  readonly isLoopback: boolean;
}

/** The IPv4 interfaces of this machine; the loopback one only when there is no other. At most 16. */
export function localInterfaces(): readonly LocalInterface[] {
  const all = Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .filter(({ family }) => family === 'IPv4')
    .map(({ address, cidr, internal }) => ({
      address,
      prefixLength: Number(cidr?.split('/')[1] ?? 32),
      isLoopback: internal,
    }));
  const outside = all.filter(({ isLoopback }) => !isLoopback);
  return (outside.length > 0 ? outside : all).slice(0, 16);
}

/**
 * Whether a packet came from a network that this machine is part of
 * (RFC 6762 §11): others can send to the port from anywhere.
 */
export function isFromLocal(source: string, interfaces: readonly LocalInterface[]): boolean {
  if (!isIPv4(source)) return false;
  const networks = new BlockList();
  for (const { address, prefixLength } of interfaces) networks.addSubnet(address, prefixLength);
  return networks.check(source, 'ipv4');
}

/** The networks that this machine is part of: those of the interfaces, and all of IPv6. */
export function ownNetworks(interfaces: readonly LocalInterface[]): BlockList {
  const networks = new BlockList();
  for (const { address, prefixLength } of interfaces) networks.addSubnet(address, prefixLength);
  for (const { address, cidr, family } of Object.values(networkInterfaces())
    .flat(1)
    .filter(isThere)) {
    const prefixLength = Number(cidr?.split('/')[1] ?? 128);
    if (family === 'IPv6') networks.addSubnet(address, prefixLength, 'ipv6');
  }
  return networks;
}

/**
 * The addresses that a neighbour may give: of the own networks, or private. Who is in the
 * same café must not have every machine there knock at a host of the internet.
 */
export function neighbouring(addresses: readonly string[], networks: BlockList): readonly string[] {
  return addresses.filter((text) => {
    const address = linkAddressFromText(text);
    const endpoint = address.ok ? endpointFromRoute(address.value.route) : undefined;
    if (endpoint === undefined) return false;
    const { ip } = endpoint;
    const isOwn = networks.check(ipToText(ip), ip.length === 4 ? 'ipv4' : 'ipv6');
    return isOwn || ipScope(ip) !== 'public';
  });
}

function isThere<T>(value: T | undefined): value is T {
  return value !== undefined;
}

/** The addresses that make sense to say on an interface: no loopback but on loopback. */
export function addressesFor(
  addresses: readonly string[],
  { isLoopback }: LocalInterface,
): readonly string[] {
  const inside = /^\/(ip4\/127\.|ip6\/::1\/)/;
  return addresses.filter(
    (address) =>
      /^\/ip[46]\//.test(address) &&
      !address.includes('/p2p-circuit') &&
      inside.test(address) === isLoopback,
  );
}

/** What an IP address can mean (PIP-1005 §2). Only `public` ones are dialled on a stranger's word. */
export type IpScope =
  | 'public'
  | 'loopback'
  | 'private'
  | 'link-local'
  /** Between a provider and its customers (RFC 6598). */
  | 'shared'
  | 'multicast'
  | 'unspecified'
  /** An IPv6 address that stands for an IPv4 one: mapped, compatible, NAT64, 6to4, Teredo. */
  | 'mapped'
  /** Documentation, measuring, and what is not assigned. */
  | 'reserved';

/** The scope of 4 or 16 bytes; other lengths are `reserved`. */
export function ipScope(ip: Uint8Array): IpScope {
  if (ip.length !== 4 && ip.length !== 16) return 'reserved';
  const rules = ip.length === 4 ? ip4Rules : ip6Rules;
  for (const [prefix, bits, scope] of rules) if (hasPrefix(ip, prefix, bits)) return scope;
  return ip.length === 4 ? 'public' : 'reserved';
}

type Rule = readonly [prefix: readonly number[], bits: number, scope: IpScope];

/** The first that fits decides. */
const ip4Rules: readonly Rule[] = [
  [[0], 8, 'unspecified'],
  [[10], 8, 'private'],
  [[100, 64], 10, 'shared'],
  [[127], 8, 'loopback'],
  [[169, 254], 16, 'link-local'],
  [[172, 16], 12, 'private'],
  [[192, 0, 0], 24, 'reserved'],
  [[192, 0, 2], 24, 'reserved'],
  [[192, 88, 99], 24, 'reserved'],
  [[192, 168], 16, 'private'],
  [[198, 18], 15, 'reserved'],
  [[198, 51, 100], 24, 'reserved'],
  [[203, 0, 113], 24, 'reserved'],
  [[224], 4, 'multicast'],
  [[240], 4, 'reserved'],
];

const ip6Rules: readonly Rule[] = [
  [[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], 128, 'unspecified'],
  [[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1], 128, 'loopback'],
  [[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff], 96, 'mapped'],
  [[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], 96, 'mapped'],
  [[0, 0x64, 0xff, 0x9b], 32, 'mapped'],
  [[0x20, 0x02], 16, 'mapped'],
  [[0x20, 0x01, 0, 0], 32, 'mapped'],
  [[0x20, 0x01, 0x0d, 0xb8], 32, 'reserved'],
  [[0x20, 0x01, 0], 23, 'reserved'],
  [[0x3f, 0xff, 0], 20, 'reserved'],
  [[0x20], 3, 'public'],
  [[0xfc], 7, 'private'],
  [[0xfe, 0x80], 10, 'link-local'],
  [[0xfe, 0xc0], 10, 'private'],
  [[0xff], 8, 'multicast'],
];

function hasPrefix(ip: Uint8Array, prefix: readonly number[], bits: number): boolean {
  for (let bit = 0; bit < bits; bit += 8) {
    const mask = bits - bit >= 8 ? 0xff : 0xff << (8 - (bits - bit));
    if ((((ip[bit / 8] ?? 0) ^ (prefix[bit / 8] ?? 0)) & mask & 0xff) !== 0) return false;
  }
  return true;
}

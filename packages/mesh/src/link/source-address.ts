/**
 * What an attacker has few of, from the multiaddr of a connection: the IPv4
 * address, or for IPv6 its /64 (PIP-1000 §5).
 */
export function sourceOf(address: string): string {
  const [, kind = '', host = ''] = address.split('/');
  if (kind !== 'ip6') return `${kind}/${host}`;
  const [head = '', tail] = host.split('::');
  const headGroups = head === '' ? [] : head.split(':');
  const tailGroups = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeroCount = Math.max(0, 8 - headGroups.length - tailGroups.length);
  const zeros = Array.from({ length: zeroCount }, () => '0');
  const groups = tail === undefined ? headGroups : [...headGroups, ...zeros, ...tailGroups];
  return `${kind}/${groups.slice(0, 4).join(':')}`;
}

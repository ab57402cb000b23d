/** The bytes of an IPv4 address in its one form, four decimal numbers; `undefined` for anything else. Total. */
function ip4FromText(text: string): Uint8Array | undefined {
  const parts = text.split('.');
  if (parts.length !== 4 || text.length > 15) return undefined;
  const bytes = parts.map((part) => (/^(0|[1-9]\d{0,2})$/.test(part) ? Number(part) : 256));
  return bytes.every((byte) => byte < 256) ? Uint8Array.from(bytes) : undefined;
}

/** The 4 or 16 bytes of an IP address, without a zone; `undefined` for anything else. Total. */
export function ipFromText(text: string): Uint8Array | undefined {
  if (text.length > 45) return undefined;
  return text.includes(':') ? ip6FromText(text) : ip4FromText(text);
}

/** The text of 4 or 16 bytes, IPv6 as RFC 5952 wants it: the inverse of {@link ipFromText}. */
export function ipToText(ip: Uint8Array): string {
  if (ip.length === 4) return ip.join('.');
  const groups = Array.from({ length: 8 }, (_, at) =>
    (((ip[2 * at] ?? 0) << 8) | (ip[2 * at + 1] ?? 0)).toString(16),
  );
  const [from, length] = longestZeros(groups);
  if (length < 2) return groups.join(':');
  return `${groups.slice(0, from).join(':')}::${groups.slice(from + length).join(':')}`;
}

function ip6FromText(text: string): Uint8Array | undefined {
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const [head, tail] = halves.map((half, at) => groupsFrom(half, at === halves.length - 1));
  if (head === undefined || (halves.length === 2 && tail === undefined)) return undefined;
  const given = head.length + (tail?.length ?? 0);
  if (halves.length === 1 ? given !== 8 : given > 7) return undefined;
  const zeros = Array.from({ length: 8 - given }, () => 0);
  return Uint8Array.from(
    [...head, ...zeros, ...(tail ?? [])].flatMap((group) => [group >> 8, group & 0xff]),
  );
}

/** The numbers of a part between double colons; its end may be an IPv4 address. */
function groupsFrom(text: string, isEnd: boolean): readonly number[] | undefined {
  if (text === '') return [];
  const parts = text.split(':');
  const groups: number[] = [];
  for (const [at, part] of parts.entries()) {
    const ip4 = isEnd && at === parts.length - 1 ? ip4FromText(part) : undefined;
    if (ip4 !== undefined) {
      const [a = 0, b = 0, c = 0, d = 0] = ip4;
      groups.push((a << 8) | b, (c << 8) | d);
    } else if (/^[0-9a-fA-F]{1,4}$/.test(part)) {
      groups.push(Number.parseInt(part, 16));
    } else {
      return undefined;
    }
  }
  return groups;
}

/** Where the longest, and of equal ones the first, run of zeros begins, and its length. */
function longestZeros(groups: readonly string[]): readonly [number, number] {
  let best: readonly [number, number] = [0, 0];
  let from = 0;
  for (const [at, group] of groups.entries()) {
    if (group !== '0') from = at + 1;
    else if (at + 1 - from > best[1]) best = [from, at + 1 - from];
  }
  return best;
}

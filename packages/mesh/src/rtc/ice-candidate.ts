/**
 * Where a peer can be reached by UDP: an IPv4 or IPv6 address, or the `.local`
 * name with which a browser hides its address from the page (a random UUID that
 * its own network resolves by mDNS).
 */
export interface IceCandidate {
  readonly kind: 'ip4' | 'ip6' | 'mdns';
  /** 4 bytes of an IPv4 address, 16 of an IPv6 address or of the UUID. */
  readonly bytes: Uint8Array;
  /** 1 to 65,535. */
  readonly port: number;
}

/** Bytes of a candidate's host by its kind. */
export const hostLengthByKind: Readonly<Record<IceCandidate['kind'], number>> = {
  ip4: 4,
  ip6: 16,
  mdns: 16,
};

/**
 * Whether packets may be sent there at all: not to the unspecified address, to
 * groups or broadcasts, to IPv4 in the clothes of IPv6, or to link-local
 * addresses of IPv6, which mean nothing without an interface.
 */
export function isReachable({ kind, bytes, port }: IceCandidate): boolean {
  if (port < 1 || port > 65_535 || bytes.length !== hostLengthByKind[kind]) return false;
  const [first = 0, second = 0] = bytes;
  if (kind === 'ip4') return first !== 0 && first < 224;
  if (kind === 'mdns') return true;
  const isLow = bytes.subarray(0, 10).every((byte) => byte === 0);
  const isLoopback = isLow && bytes.subarray(10, 15).every((byte) => byte === 0) && bytes[15] === 1;
  return isLoopback || (!isLow && first !== 0xff && !(first === 0xfe && (second & 0xc0) === 0x80));
}

/** The host as it stands in a session description. Only digits, letters, `.`, `:` and `-`. */
export function hostToText({ kind, bytes }: IceCandidate): string {
  const hex = (from: number, to: number): string =>
    [...bytes.subarray(from, to)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  if (kind === 'ip4') return bytes.join('.');
  if (kind === 'ip6') {
    return Array.from({ length: 8 }, (_, index) => hex(2 * index, 2 * index + 2)).join(':');
  }
  return `${[hex(0, 4), hex(4, 6), hex(6, 8), hex(8, 10), hex(10, 16)].join('-')}.local`;
}

/** Reads what {@link hostToText} writes, and every other form of an IPv6 address. Total. */
export function hostFromText(text: string): Pick<IceCandidate, 'kind' | 'bytes'> | undefined {
  const ip4 = ip4FromText(text);
  if (ip4 !== undefined) return { kind: 'ip4', bytes: ip4 };
  const ip6 = ip6FromText(text);
  if (ip6 !== undefined) return { kind: 'ip6', bytes: ip6 };
  const uuid = uuidPattern.exec(text.toLowerCase());
  if (uuid === null) return undefined;
  return { kind: 'mdns', bytes: bytesFromHex(uuid.slice(1).join('')) };
}

function ip4FromText(text: string): Uint8Array | undefined {
  const parts = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text)?.slice(1).map(Number);
  return parts?.every((part) => part < 256) === true ? Uint8Array.from(parts) : undefined;
}

function ip6FromText(text: string): Uint8Array | undefined {
  if (text.length > 45 || !text.includes(':')) return undefined;
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const [head, tail] = halves.map((half) => groupsFromText(half));
  if (head === undefined || (halves.length === 2 && tail === undefined)) return undefined;
  const zeros = 16 - head.length - (tail?.length ?? 0);
  if (halves.length === 2 ? zeros < 2 : zeros !== 0) return undefined;
  return Uint8Array.from([...head, ...Array.from({ length: zeros }, () => 0), ...(tail ?? [])]);
}

/** Bytes of colon-separated groups; the last may be an IPv4 address. */
function groupsFromText(text: string): readonly number[] | undefined {
  const bytes: number[] = [];
  const groups = text === '' ? [] : text.split(':');
  for (const [index, group] of groups.entries()) {
    const ip4 = index === groups.length - 1 ? ip4FromText(group) : undefined;
    if (ip4 !== undefined) bytes.push(...ip4);
    else if (/^[0-9A-Fa-f]{1,4}$/.test(group)) {
      const value = Number.parseInt(group, 16);
      bytes.push(value >> 8, value & 0xff);
    } else return undefined;
  }
  return bytes.length <= 16 ? bytes : undefined;
}

const uuidPattern =
  /^([0-9a-f]{8})-([0-9a-f]{4})-([0-9a-f]{4})-([0-9a-f]{4})-([0-9a-f]{12})\.local$/;

function bytesFromHex(hex: string): Uint8Array {
  return Uint8Array.from({ length: hex.length / 2 }, (_, index) =>
    Number.parseInt(hex.slice(2 * index, 2 * index + 2), 16),
  );
}

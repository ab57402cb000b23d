import { concatBytes } from '@pars/base';
import { ipFromText, ipToText } from './ip-address.ts';

/** A route that needs no name service: an IP address, a port, and what runs on it (PIP-1005 §1). */
export interface Endpoint {
  readonly transport: 'tcp' | 'ws';
  /** 4 or 16 bytes. */
  readonly ip: Uint8Array;
  /** 0 to 65,535; 0 is nobody's port. */
  readonly port: number;
}

/** The endpoint of `/ip4|ip6/…/tcp/…[/ws]`; `undefined` for every other route. Total. */
export function endpointFromRoute(route: string): Endpoint | undefined {
  const match = /^\/ip([46])\/([0-9a-fA-F:.]{2,45})\/tcp\/(0|[1-9]\d{0,4})(\/ws)?$/.exec(route);
  const ip = ipFromText(match?.[2] ?? '');
  const port = Number(match?.[3]);
  if (ip?.length !== (match?.[1] === '4' ? 4 : 16) || port > 65_535) return undefined;
  return { transport: match?.[4] === undefined ? 'tcp' : 'ws', ip, port };
}

/** The route of an endpoint; the one text that is read back as the same. */
export function endpointToRoute({ transport, ip, port }: Endpoint): string {
  const family = ip.length === 4 ? 'ip4' : 'ip6';
  return `/${family}/${ipToText(ip)}/tcp/${port}${transport === 'ws' ? '/ws' : ''}`;
}

/** Bytes of an endpoint: kind [1] ‖ address [4 or 16] ‖ port [2] (PIP-1005 §1). */
export function encodeEndpoint({ transport, ip, port }: Endpoint): Uint8Array {
  const kind = (transport === 'tcp' ? 1 : 3) + (ip.length === 4 ? 0 : 1);
  return concatBytes(Uint8Array.of(kind), ip, Uint8Array.of(port >> 8, port & 0xff));
}

/** The endpoint at `offset` and where it ends; `undefined` for an unknown kind or the end of the bytes. */
export function decodeEndpoint(
  bytes: Uint8Array,
  offset: number,
): { readonly endpoint: Endpoint; readonly end: number } | undefined {
  const kind = bytes[offset] ?? 0;
  if (kind < 1 || kind > 4) return undefined;
  const ipEnd = offset + 1 + (kind % 2 === 1 ? 4 : 16);
  const [high, low] = [bytes[ipEnd], bytes[ipEnd + 1]];
  if (high === undefined || low === undefined) return undefined;
  const endpoint: Endpoint = {
    transport: kind < 3 ? 'tcp' : 'ws',
    ip: bytes.slice(offset + 1, ipEnd),
    port: (high << 8) | low,
  };
  return { endpoint, end: ipEnd + 2 };
}

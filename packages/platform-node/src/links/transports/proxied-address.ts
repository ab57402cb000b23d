import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import { ipPortToMultiaddr } from '@libp2p/utils';
import type { Multiaddr } from '@multiformats/multiaddr';

/** The header in which a proxy on this machine says who really asks; one address, nothing else. */
const header = 'x-real-ip';

/**
 * The address behind a proxy on this machine, or `undefined` when the request
 * did not come from this machine or names none. Without it, everybody behind
 * the proxy would share one source, and with it its bounds (PIP-1000 §5).
 */
export function proxiedAddress(request: IncomingMessage): Multiaddr | undefined {
  const { remoteAddress = '' } = request.socket;
  const named = request.headers[header];
  if (typeof named !== 'string' || isIP(named) === 0) return undefined;
  if (!/^(?:::ffff:)?127\.|^::1$/.test(remoteAddress)) return undefined;
  return ipPortToMultiaddr(named, 0).encapsulate('/ws');
}

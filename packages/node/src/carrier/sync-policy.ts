import { isRelayed, type LinkPeer } from '@pars/mesh';

/**
 * With whom this node compares what it carries. `true` offers a peer
 * everything and takes what it has, within the bounds of the store.
 */
export type SyncPolicy = (peer: LinkPeer) => boolean;

/**
 * The policy for islands and couriers (PIP-1003 §16): nodes on this machine or
 * in its local network. All others meet at the keepers of mailboxes (PIP-1006).
 * It knows no contacts, so that it does not show whose profile is open. Whoever
 * comes through a relay may be anywhere, wherever the relay is.
 */
export const islandPolicy: SyncPolicy = ({ address }) =>
  isLocalAddress(address) && !isRelayed(address);

/** Whether a transport address lies in a private, link-local or loopback range, or in this process. */
export function isLocalAddress(address: string): boolean {
  const [, kind = '', host = ''] = address.split('/');
  if (kind === 'memory') return true;
  if (kind === 'ip4') return LOCAL_IP4.test(host);
  if (kind === 'ip6') return LOCAL_IP6.test(host) || isMappedLocal(host);
  return false;
}

function isMappedLocal(host: string): boolean {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(host)?.[1];
  return mapped !== undefined && LOCAL_IP4.test(mapped);
}

const LOCAL_IP4 = /^(127|10|192\.168|169\.254|172\.(1[6-9]|2\d|3[01]))\./;
const LOCAL_IP6 = /^(::1$|fe[89ab][0-9a-f]:|f[cd][0-9a-f]{2}:)/i;

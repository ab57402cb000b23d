import type { SymmetricPrimitives } from '@pars/crypto';
import { nodeLinkFromAddresses } from '@pars/mesh';

/**
 * The link that an owner hands to others (PIP-1005 §9); `undefined` without an
 * address. Where only this machine finds the node is left out unless there is
 * nothing else: others would dial themselves.
 */
export function ownLinkFromAddresses(
  symmetric: Pick<SymmetricPrimitives, 'sha3'>,
  addresses: readonly string[],
): string | undefined {
  const outside = addresses.filter((address) => !LOOPBACK.test(address));
  return nodeLinkFromAddresses(symmetric, outside.length > 0 ? outside : addresses);
}

const LOOPBACK = /^\/(ip4\/127\.|ip6\/::1\/)/;

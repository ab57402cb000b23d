import { shortIdsOf } from '../reconciliation/short-id.ts';

/** Bytes of a short id of gossip on the wire. */
export const gossipShortLength = 6;

/**
 * The short id of a parcel for the node with this salt of 16 bytes: the lower
 * 48 bits of SipHash-1-3 (PIP-1008 §3), as a whole number.
 */
export function gossipShortId(id: Uint8Array, salt: Uint8Array): number {
  const { high, low } = shortIdsOf(id, salt);
  return ((high[0] ?? 0) & 0xffff) * 2 ** 32 + (low[0] ?? 0);
}

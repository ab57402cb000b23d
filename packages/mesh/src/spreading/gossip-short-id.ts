import { fillShortIds, saltLength } from '../reconciliation/short-id.ts';

/** Bytes of a short id of gossip on the wire. */
export const gossipShortLength = 6;

/** One node's hashing of one id at a time, the most frequent work of gossip: it takes no memory. */
const idBytes = new Uint8Array(new ArrayBuffer(32));
const idView = new DataView(idBytes.buffer);
const saltBytes = new Uint8Array(new ArrayBuffer(saltLength));
const saltView = new DataView(saltBytes.buffer);
const shorts = { high: new Uint32Array(1), low: new Uint32Array(1) };

/**
 * The short id of a parcel for the node with this salt of 16 bytes: the lower
 * 48 bits of SipHash-1-3 (PIP-1008 §3), as a whole number.
 */
export function gossipShortId(id: Uint8Array, salt: Uint8Array): number {
  idBytes.set(id);
  saltBytes.set(salt);
  fillShortIds(idView, saltView, shorts);
  return ((shorts.high[0] as number) & 0xffff) * 2 ** 32 + (shorts.low[0] as number);
}

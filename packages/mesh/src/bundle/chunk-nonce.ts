import { uint32ToBytes } from '@pars/base';

/** The nonce of chunk `index`: its number. A chunk opens in its own place only (PIP-1004 §4). */
export function chunkNonce(index: number): Uint8Array {
  const nonce = new Uint8Array(12);
  nonce.set(uint32ToBytes(index), 8);
  return nonce;
}

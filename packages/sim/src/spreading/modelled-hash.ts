import type { SymmetricPrimitives } from '@pars/crypto';

/**
 * The symmetric primitives with a quick hash of 32 bytes in the place of
 * SHA3-256: what differs has another hash, unless somebody makes it so. For
 * runs in which nobody does, and whose time is to be that of the protocol.
 */
export function withModelledHash(symmetric: SymmetricPrimitives): SymmetricPrimitives {
  return { ...symmetric, sha3: modelledHash };
}

function modelledHash(...parts: readonly Uint8Array[]): Uint8Array {
  let a = 0x9e37_79b9;
  let b = 0x85eb_ca6b;
  for (const part of parts) {
    const { length } = part;
    const whole = length - (length % 4);
    for (let at = 0; at < whole; at += 4) {
      const word =
        (part[at] as number) |
        ((part[at + 1] as number) << 8) |
        ((part[at + 2] as number) << 16) |
        ((part[at + 3] as number) << 24);
      a = Math.imul(a ^ word, 0xcc9e_2d51);
      a = (a << 15) | (a >>> 17);
      b = (b + a) ^ word;
      b = Math.imul((b << 13) | (b >>> 19), 0x1b87_3593);
    }
    for (let at = whole; at < length; at += 1) a = Math.imul(a ^ (part[at] as number), 0x0100_0193);
    a ^= length;
  }
  const hash = new Uint8Array(32);
  for (let at = 0; at < 32; at += 4) {
    a = Math.imul(a ^ (a >>> 15) ^ b, 0x2c1b_3c6d);
    b = Math.imul(b ^ (b >>> 13) ^ a, 0x297a_2d39) + at;
    const word = a ^ (b >>> 16);
    hash[at] = word;
    hash[at + 1] = word >>> 8;
    hash[at + 2] = word >>> 16;
    hash[at + 3] = word >>> 24;
  }
  return hash;
}

/** Bytes of the salt of a sync. */
export const saltLength = 16;
/** Bytes of a short id on the wire. */
export const shortIdLength = 8;

/** Short ids of 64 bits, in two halves, one pair an id. */
export interface ShortIds {
  readonly high: Uint32Array;
  readonly low: Uint32Array;
}

/** Rounds of SipHash-1-3 over four words and the length: one a block, three at the end. */
const blockRounds = 5;
const allRounds = 8;

/**
 * The short ids of `ids` (32 bytes each, one after another): SipHash-1-3 under
 * the salt of 16 bytes (PIP-1003 §2). Nobody who does not know the salt can
 * make ids whose short ids are alike.
 */
export function shortIdsOf(ids: Uint8Array, salt: Uint8Array): ShortIds {
  const count = ids.length / 32;
  const shorts = { high: new Uint32Array(count), low: new Uint32Array(count) };
  const view = new DataView(ids.buffer, ids.byteOffset, ids.length);
  fillShortIds(view, new DataView(salt.buffer, salt.byteOffset, saltLength), shorts);
  return shorts;
}

/** {@link shortIdsOf} without memory of its own: as many as `shorts` has room for. */
export function fillShortIds(view: DataView, key: DataView, { high, low }: ShortIds): void {
  const count = low.length;
  const key0 = key.getUint32(0, true);
  const key1 = key.getUint32(4, true);
  const key2 = key.getUint32(8, true);
  const key3 = key.getUint32(12, true);
  // A million ids are hashed before a sync: 64-bit words are pairs of 32 bits in local variables.
  for (let index = 0; index < count; index += 1) {
    let l0 = key0 ^ 0x7073_6575;
    let h0 = key1 ^ 0x736f_6d65;
    let l1 = key2 ^ 0x6e64_6f6d;
    let h1 = key3 ^ 0x646f_7261;
    let l2 = key0 ^ 0x6e65_7261;
    let h2 = key1 ^ 0x6c79_6765;
    let l3 = key2 ^ 0x7974_6573;
    let h3 = key3 ^ 0x7465_6462;
    // The last block of SipHash is the length in its highest byte.
    let wordLow = 0;
    let wordHigh = 0;
    for (let round = 0; round < allRounds; round += 1) {
      if (round < blockRounds) {
        const at = 32 * index + 8 * round;
        const isLength = round === blockRounds - 1;
        wordLow = isLength ? 0 : view.getInt32(at, true);
        wordHigh = isLength ? 32 << 24 : view.getInt32(at + 4, true);
        l3 ^= wordLow;
        h3 ^= wordHigh;
      }
      if (round === blockRounds) l2 ^= 0xff;
      let sum = (l0 >>> 0) + (l1 >>> 0);
      h0 = (h0 + h1 + (sum > 0xffff_ffff ? 1 : 0)) | 0;
      l0 = sum | 0;
      let turned = (l1 << 13) | (h1 >>> 19);
      h1 = ((h1 << 13) | (l1 >>> 19)) ^ h0;
      l1 = turned ^ l0;
      turned = l0;
      l0 = h0;
      h0 = turned;
      sum = (l2 >>> 0) + (l3 >>> 0);
      h2 = (h2 + h3 + (sum > 0xffff_ffff ? 1 : 0)) | 0;
      l2 = sum | 0;
      turned = (l3 << 16) | (h3 >>> 16);
      h3 = ((h3 << 16) | (l3 >>> 16)) ^ h2;
      l3 = turned ^ l2;
      sum = (l0 >>> 0) + (l3 >>> 0);
      h0 = (h0 + h3 + (sum > 0xffff_ffff ? 1 : 0)) | 0;
      l0 = sum | 0;
      turned = (l3 << 21) | (h3 >>> 11);
      h3 = ((h3 << 21) | (l3 >>> 11)) ^ h0;
      l3 = turned ^ l0;
      sum = (l2 >>> 0) + (l1 >>> 0);
      h2 = (h2 + h1 + (sum > 0xffff_ffff ? 1 : 0)) | 0;
      l2 = sum | 0;
      turned = (l1 << 17) | (h1 >>> 15);
      h1 = ((h1 << 17) | (l1 >>> 15)) ^ h2;
      l1 = turned ^ l2;
      turned = l2;
      l2 = h2;
      h2 = turned;
      if (round < blockRounds) {
        l0 ^= wordLow;
        h0 ^= wordHigh;
      }
    }
    low[index] = l0 ^ l1 ^ l2 ^ l3;
    high[index] = h0 ^ h1 ^ h2 ^ h3;
  }
}

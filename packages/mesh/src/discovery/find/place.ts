/** Bytes of a place: of a fingerprint, or of what is to lie somewhere (PIP-1005 §3). */
export const placeLength = 32;

/** Orders two places by their distance (exclusive or, as a number) to a third. Negative, 0 or positive. */
export function compareDistance(place: Uint8Array, one: Uint8Array, other: Uint8Array): number {
  for (let at = 0; at < placeLength; at += 1) {
    const aim = place[at] ?? 0;
    const difference = ((one[at] ?? 0) ^ aim) - ((other[at] ?? 0) ^ aim);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** How many leading bits two places share: 0 to 256. */
export function sharedBits(one: Uint8Array, other: Uint8Array): number {
  for (let at = 0; at < placeLength; at += 1) {
    const difference = (one[at] ?? 0) ^ (other[at] ?? 0);
    if (difference !== 0) return 8 * at + Math.clz32(difference) - 24;
  }
  return 8 * placeLength;
}

/** The distance of two places as a part of the whole space: 0 to 1, to 52 bits. */
export function distanceShare(one: Uint8Array, other: Uint8Array): number {
  let share = 0;
  for (let at = 7; at >= 0; at -= 1) share = (share + ((one[at] ?? 0) ^ (other[at] ?? 0))) / 256;
  return share;
}

/** A place that shares exactly `bits` (0 to 255) leading bits with `own`; the rest are of `random` (32 bytes). */
export function placeInBucket(own: Uint8Array, bits: number, random: Uint8Array): Uint8Array {
  return random.map((byte, at) => {
    const given = own[at] ?? 0;
    const kept = Math.min(8, Math.max(0, bits - 8 * at));
    const mask = (0xff << (8 - kept)) & 0xff;
    const mixed = (given & mask) | (byte & ~mask & 0xff);
    if (at !== bits >> 3) return mixed;
    const turned = 0x80 >> (bits & 7);
    return (mixed & ~turned & 0xff) | (~given & turned);
  });
}

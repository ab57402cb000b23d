/**
 * Which symbols of the sketch an item is part of: always symbol 0, then ever
 * sparser ones, so that symbol i holds about 1 / (1 + i / 2) of the items
 * (PIP-1003 §4). A walk is one item's way through them.
 */
export interface Walk {
  /** State of the generator: xoroshiro64**. */
  a: number;
  b: number;
  /** The symbol that comes next; {@link beyondReach} at most. */
  next: number;
}

/** A symbol that no sketch has. */
export const beyondReach = 0x3fff_ffff;

/** The start of the walk of a short id. */
export function startWalk(high: number, low: number): Walk {
  // All zeros is the one state that the generator cannot leave.
  return { a: high | 0, b: (high | low) === 0 ? 1 : low | 0, next: 0 };
}

/** Moves on to the following symbol. */
export function stepWalk(walk: Walk): void {
  const { a, b } = walk;
  const drawn = Math.imul(rotate(Math.imul(a, 0x9e37_79bb), 5), 5) >>> 0;
  const mixed = b ^ a;
  walk.a = rotate(a, 26) ^ mixed ^ (mixed << 9);
  walk.b = rotate(mixed, 13);
  walk.next = symbolAfter(walk.next, drawn);
}

/** The symbol that 32 random bits lead to. The gap is at least 1: an item that met a symbol twice would vanish from it. */
export function symbolAfter(symbol: number, drawn: number): number {
  const gap = Math.ceil((symbol + 1.5) * (65_536 / Math.sqrt(drawn + 1) - 1));
  return Math.min(beyondReach, symbol + Math.max(1, gap));
}

/** 32 bits that say whether a sum of short ids is one of them (PIP-1003 §4). */
export function checkOf(high: number, low: number): number {
  return mix(mix(low) ^ high) >>> 0;
}

function mix(value: number): number {
  let mixed = value ^ (value >>> 16);
  mixed = Math.imul(mixed, 0x85eb_ca6b);
  mixed ^= mixed >>> 13;
  mixed = Math.imul(mixed, 0xc2b2_ae35);
  return mixed ^ (mixed >>> 16);
}

function rotate(value: number, by: number): number {
  return (value << by) | (value >>> (32 - by));
}

import { createSketchDecoder } from '../reconciliation/sketch-decoder.ts';
import { createSketchEncoder, type SketchEncoder } from '../reconciliation/sketch-encoder.ts';
import { symbolLength } from '../reconciliation/sketch-symbols.ts';
import type { ShardItem } from './shard-item.ts';

/*
 * Two ways to tell which parcels a shard has on a day (PIP-1006 §6): items in
 * their order from one on, and a sketch of PIP-1003 §4, from which who knows
 * nearly all of them learns the rest. Both fill the same bytes.
 */

/** Bytes of an item in a range. */
const itemLength = 8;

/** A range: items from `from` on, ascending, as many as fit; zeros after them. */
export function encodeRange(
  items: BigUint64Array,
  from: ShardItem,
  length: number,
): { readonly listing: Uint8Array; readonly listed: number } {
  const listing = new Uint8Array(length);
  const view = new DataView(listing.buffer);
  const begin = placeOf(items, from);
  const listed = Math.min(items.length - begin, Math.floor(length / itemLength));
  for (let at = 0; at < listed; at += 1)
    view.setBigUint64(itemLength * at, items[begin + at] ?? 0n);
  return { listing, listed };
}

/** Reads a range: the items, or `undefined` when they do not ascend from `from` on. */
export function decodeRange(
  listing: Uint8Array,
  listed: number,
  from: ShardItem,
): readonly ShardItem[] | undefined {
  const view = new DataView(listing.buffer, listing.byteOffset, listing.length);
  const items: ShardItem[] = [];
  let least = from;
  for (let at = 0; at < listed; at += 1) {
    const item = view.getBigUint64(itemLength * at);
    if (item < least) return undefined;
    items.push(item);
    least = item + 1n;
  }
  const isRestZero = listing.subarray(itemLength * listed).every((byte) => byte === 0);
  return isRestZero ? items : undefined;
}

/** The first symbols of the sketch of the items under a salt that the reader chose. */
export function encodeSketch(items: BigUint64Array, salt: bigint, length: number): Uint8Array {
  return sketchOf(items, salt).encode(0, length / symbolLength);
}

/** What the other side has and this one lacks, and the reverse; `undefined` when the sketch is too short to tell. */
export function decodeSketch(
  listing: Uint8Array,
  own: BigUint64Array,
  salt: bigint,
): { readonly missing: readonly ShardItem[]; readonly surplus: readonly ShardItem[] } | undefined {
  const scrambled = new Set(Array.from(own, (item) => scramble(item, salt)));
  const idOf = (short: bigint) => (scrambled.has(short) ? placeholder : undefined);
  const decoder = createSketchDecoder({ idOf }, sketchOf(own, salt));
  if (decoder.add(listing) !== 'decoded') return undefined;
  const { missing, surplus } = decoder.difference();
  return {
    missing: missing.map((short) => unscramble(short, salt)),
    surplus: surplus.map((short) => unscramble(short, salt)),
  };
}

/** The place of the first item that is not below `least`. */
export function placeOf(items: BigUint64Array, least: ShardItem): number {
  let from = 0;
  let to = items.length;
  while (from < to) {
    const middle = (from + to) >>> 1;
    if ((items[middle] ?? 0n) < least) from = middle + 1;
    else to = middle;
  }
  return from;
}

/** Only whether there is one counts. */
const placeholder = new Uint8Array(0);

function sketchOf(items: BigUint64Array, salt: bigint): SketchEncoder {
  const high = new Uint32Array(items.length);
  const low = new Uint32Array(items.length);
  for (const [at, item] of items.entries()) {
    const mixed = scramble(item, salt);
    high[at] = Number(mixed >> 32n);
    low[at] = Number(mixed & 0xffff_ffffn);
  }
  return createSketchEncoder({ high, low });
}

/**
 * A permutation of 64 bits under the salt: four rounds of a Feistel network
 * (PIP-1006 §6). Makers of parcels choose items and do not know the salt, so
 * that they cannot choose who meets whom in a sketch.
 */
export function scramble(item: bigint, salt: bigint): bigint {
  let [left, right] = halvesOf(item);
  const keys = halvesOf(salt);
  for (let round = 0; round < rounds; round += 1) {
    [left, right] = [right, (left ^ mix(right, keys[round & 1] ?? 0, round)) >>> 0];
  }
  return (BigInt(left) << 32n) | BigInt(right);
}

function unscramble(mixed: bigint, salt: bigint): bigint {
  let [left, right] = halvesOf(mixed);
  const keys = halvesOf(salt);
  for (let round = rounds - 1; round >= 0; round -= 1) {
    [left, right] = [(right ^ mix(left, keys[round & 1] ?? 0, round)) >>> 0, left];
  }
  return (BigInt(left) << 32n) | BigInt(right);
}

const rounds = 4;

function halvesOf(value: bigint): [number, number] {
  return [Number(value >> 32n), Number(value & 0xffff_ffffn)];
}

/** The finish of MurmurHash3 over the half, the key and the round. */
function mix(half: number, key: number, round: number): number {
  let mixed = (half ^ key) + Math.imul(round + 1, 0x9e37_79b9);
  mixed ^= mixed >>> 16;
  mixed = Math.imul(mixed, 0x85eb_ca6b);
  mixed ^= mixed >>> 13;
  mixed = Math.imul(mixed, 0xc2b2_ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}

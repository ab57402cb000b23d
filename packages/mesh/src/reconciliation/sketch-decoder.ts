import { shortFromHalves } from './day-set.ts';
import type { SketchEncoder } from './sketch-encoder.ts';
import { createSketchSymbols, symbolLength } from './sketch-symbols.ts';
import { checkOf, startWalk, stepWalk, type Walk } from './symbol-walk.ts';

/** Where decoding stands: `bad` means that no honest set has these symbols. */
export type SketchState = 'more' | 'decoded' | 'bad';

/** What two sets differ in. */
export interface SketchDifference {
  /** Short ids that only the other side has. */
  readonly missing: readonly bigint[];
  /** Short ids that only this side has. */
  readonly surplus: readonly bigint[];
}

/** Finds the difference of two sets from the symbols of the other one, as they come (PIP-1003 §4). */
export interface SketchDecoder {
  /** Symbols taken so far: where the other side goes on. */
  readonly length: number;
  /** Takes the next symbols, 16 bytes each. The work is bounded by their number. */
  add(bytes: Uint8Array): SketchState;
  /** What was found; all of it once decoded. */
  difference(): SketchDifference;
}

/** What a decoder has to know of the own set: whether it holds a short id. */
export interface HeldShorts {
  idOf(short: bigint): Uint8Array | undefined;
}

/** A decoder against the own set. */
export function createSketchDecoder(own: HeldShorts, encoder: SketchEncoder): SketchDecoder {
  const rest = createSketchSymbols();
  const found = new Map<bigint, FoundItem>();
  let isBad = false;

  function add(bytes: Uint8Array): SketchState {
    const from = rest.length;
    const to = from + bytes.length / symbolLength;
    rest.grow(to);
    encoder.extend(to);
    subtractOwn(bytes, from);
    for (const item of found.values()) takeOut(item, to);
    const pending = Array.from({ length: to - from }, (_, place) => from + place);
    for (let at = pending.pop(); at !== undefined && !isBad; at = pending.pop()) peel(at, pending);
    if (isBad) return 'bad';
    return rest.isEmpty(0) ? 'decoded' : 'more';
  }

  function subtractOwn(bytes: Uint8Array, from: number): void {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    const { symbols } = encoder;
    for (let offset = 0, at = from; offset < bytes.length; offset += symbolLength, at += 1) {
      const high = view.getUint32(offset) ^ (symbols.high[at] ?? 0);
      const low = view.getUint32(offset + 4) ^ (symbols.low[at] ?? 0);
      const check = view.getUint32(offset + 8) ^ (symbols.check[at] ?? 0);
      rest.apply(at, high, low, check, view.getInt32(offset + 12) - (symbols.count[at] ?? 0));
    }
  }

  /** If one item is left in the symbol, takes it out of all symbols. */
  function peel(at: number, pending: number[]): void {
    const sign = rest.count[at] ?? 0;
    if (sign !== 1 && sign !== -1) return;
    const high = rest.high[at] ?? 0;
    const low = rest.low[at] ?? 0;
    const check = checkOf(high, low);
    if (rest.check[at] !== check || !meets(high, low, at)) return;
    const short = shortFromHalves(high, low);
    const isOwn = own.idOf(short) !== undefined;
    // An honest remainder holds every item once, and on the right side.
    isBad = found.has(short) || isOwn !== (sign === -1) || found.size >= rest.length;
    if (isBad) return;
    const item = { high, low, check, sign, walk: startWalk(high, low) };
    found.set(short, item);
    takeOut(item, rest.length, pending);
  }

  function takeOut(item: FoundItem, to: number, touched?: number[]): void {
    const { high, low, check, sign, walk } = item;
    while (walk.next < to) {
      rest.apply(walk.next, high, low, check, -sign);
      touched?.push(walk.next);
      stepWalk(walk);
    }
  }

  return {
    get length() {
      return rest.length;
    },
    add,
    difference() {
      const missing: bigint[] = [];
      const surplus: bigint[] = [];
      for (const [short, item] of found) (item.sign === 1 ? missing : surplus).push(short);
      return { missing, surplus };
    },
  };
}

interface FoundItem {
  readonly high: number;
  readonly low: number;
  readonly check: number;
  readonly sign: number;
  readonly walk: Walk;
}

/** Whether the item's walk comes by the symbol. */
function meets(high: number, low: number, at: number): boolean {
  const walk = startWalk(high, low);
  while (walk.next < at) stepWalk(walk);
  return walk.next === at;
}

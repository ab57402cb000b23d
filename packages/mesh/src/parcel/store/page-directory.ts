import { ParsError } from '@pars/base';

/** A part of the space of codes: those whose first `depth` bits are those of `start` (PIP-1002 §10). */
export interface PagePlace {
  /** The first four bytes of the lowest code, as a number. */
  readonly start: number;
  /** 0 to 28. */
  readonly depth: number;
}

/**
 * Which page of entries a code belongs to: a partition of all codes into
 * places, in memory 2 bytes a place and about as many again. An empty page
 * has no row.
 */
export interface PageDirectory {
  /** The place that holds codes which begin with these four bytes. */
  find(codeBegin: number): PagePlace;
  /** How many entries the page has. */
  countOf(place: PagePlace): number;
  setCount(place: PagePlace, count: number): void;
  /** Makes two places of one; both are empty. */
  split(place: PagePlace): readonly [PagePlace, PagePlace];
  /** The other half, when it is one place too. */
  siblingOf(place: PagePlace): PagePlace | undefined;
  /** Makes one place of two halves; it is empty. */
  merge(place: PagePlace): PagePlace;
}

const maxDepth = 28;

/** The directory of places that were read from a disk, in order; what lies between them is empty. */
export function createPageDirectory(
  pages: readonly { readonly place: PagePlace; readonly count: number }[] = [],
): PageDirectory {
  let bits = pages.reduce((most, { place }) => Math.max(most, place.depth), 0);
  let depths = new Uint8Array(2 ** bits);
  let counts = new Uint8Array(2 ** bits);
  const indexOf = (start: number): number => (bits === 0 ? 0 : start >>> (32 - bits));
  const widthOf = (depth: number): number => 2 ** (bits - depth);

  let next = 0;
  for (const { place, count } of pages) {
    fillGap(next, indexOf(place.start));
    write(place, count);
    next = indexOf(place.start) + widthOf(place.depth);
  }
  fillGap(next, 2 ** bits);

  function write({ start, depth }: PagePlace, count: number): void {
    const from = indexOf(start);
    depths.fill(depth, from, from + widthOf(depth));
    counts.fill(count, from, from + widthOf(depth));
  }

  /** Empty places from one index to another, as large as they may be. */
  function fillGap(from: number, to: number): void {
    for (let at = from; at < to; ) {
      let depth = bits;
      while (depth > 0 && at % widthOf(depth - 1) === 0 && at + widthOf(depth - 1) <= to)
        depth -= 1;
      write({ start: bits === 0 ? 0 : (at << (32 - bits)) >>> 0, depth }, 0);
      at += widthOf(depth);
    }
  }

  function enlarge(): void {
    if (bits >= maxDepth) throw new ParsError('mesh/parcel-store-broken', { what: 'depth' });
    const old = { depths, counts };
    bits += 1;
    depths = Uint8Array.from({ length: 2 ** bits }, (_, at) => old.depths[at >>> 1] ?? 0);
    counts = Uint8Array.from({ length: 2 ** bits }, (_, at) => old.counts[at >>> 1] ?? 0);
  }

  function find(codeBegin: number): PagePlace {
    const depth = depths[indexOf(codeBegin)] ?? 0;
    return { start: placeStart(codeBegin, depth), depth };
  }

  function siblingOf({ start, depth }: PagePlace): PagePlace | undefined {
    if (depth === 0) return undefined;
    const sibling = find((start ^ (1 << (32 - depth))) >>> 0);
    return sibling.depth === depth ? sibling : undefined;
  }

  return {
    find,
    countOf: ({ start }) => counts[indexOf(start)] ?? 0,
    setCount: write,
    split({ start, depth }) {
      if (depth === bits) enlarge();
      const lower = { start, depth: depth + 1 };
      const upper = { start: (start | (1 << (31 - depth))) >>> 0, depth: depth + 1 };
      write(lower, 0);
      write(upper, 0);
      return [lower, upper];
    },
    siblingOf,
    merge({ start, depth }) {
      const merged = { start: placeStart(start, depth - 1), depth: depth - 1 };
      write(merged, 0);
      return merged;
    },
  };
}

/** The number after the last one that begins with the place's bits: up to 2^32. */
export function endOf({ start, depth }: PagePlace): number {
  return start + 2 ** (32 - depth);
}

function placeStart(codeBegin: number, depth: number): number {
  return depth === 0 ? 0 : (codeBegin & (0xffff_ffff << (32 - depth))) >>> 0;
}

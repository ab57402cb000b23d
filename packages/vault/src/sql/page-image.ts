/** Puts the pages of a volume together again, in whatever order they come. */
export interface PageImage {
  /** Takes a copy of a page. */
  set(page: number, content: Uint8Array): void;
  /** The pages one after another, or `undefined` when one before the last is missing. Gives the memory away. */
  take(): Uint8Array | undefined;
}

/**
 * An empty image of a volume of at most `maxPages` pages. Memory is reserved for
 * all of them, so that nothing is copied as it grows; systems give it as it is used.
 */
export function createPageImage(pageBytes: number, maxPages: number): PageImage {
  let bytes = new Uint8Array(maxPages * pageBytes);
  let count = 0;
  let end = 0;
  const has = new Uint8Array(maxPages);

  return {
    set(page, content) {
      bytes.set(content, page * pageBytes);
      if (has[page] === 0) count += 1;
      has[page] = 1;
      end = Math.max(end, page + 1);
    },
    take() {
      const image = bytes.subarray(0, end * pageBytes);
      bytes = new Uint8Array(0);
      if (count === end) return image;
      image.fill(0);
      return undefined;
    },
  };
}

/**
 * The pages that make `before` become `after`; `undefined` removes one. Both
 * are whole pages, of a multiple of four bytes. The pages are views of `after`.
 */
export function differingPages(
  before: Uint8Array,
  after: Uint8Array,
  pageBytes: number,
): ReadonlyMap<number, Uint8Array | undefined> {
  const writes = new Map<number, Uint8Array | undefined>();
  const old = wordsOf(before);
  const words = wordsOf(after);
  const step = pageBytes / 4;
  for (let from = 0; from < words.length; from += step) {
    if (isSame(old, words, from, from + step)) continue;
    writes.set(from / step, after.subarray(from * 4, (from + step) * 4));
  }
  for (let from = words.length; from < old.length; from += step) writes.set(from / step, undefined);
  return writes;
}

/** Most pages are the same, so this is what comparing costs. */
function isSame(a: Uint32Array, b: Uint32Array, from: number, to: number): boolean {
  for (let index = from; index < to; index += 1) {
    if (a[index] !== b[index]) return false;
  }
  return true;
}

function wordsOf(bytes: Uint8Array): Uint32Array {
  const aligned = bytes.byteOffset % 4 === 0 ? bytes : bytes.slice();
  return new Uint32Array(aligned.buffer, aligned.byteOffset, aligned.length / 4);
}

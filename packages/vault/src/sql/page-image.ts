/** Puts the pages of a volume together again, in whatever order they come. */
export interface PageImage {
  /** Takes a copy of a page. */
  set(page: number, content: Uint8Array): void;
  /** The pages one after another, or `undefined` when one before the last is missing. Gives the memory away. */
  take(): Uint8Array | undefined;
}

/** An empty image of a volume of at most `maxPages` pages. */
export function createPageImage(pageBytes: number, maxPages: number): PageImage {
  let bytes = new Uint8Array(0);
  let count = 0;
  let end = 0;
  const has = new Uint8Array(maxPages);

  function grow(pages: number): void {
    const capacity = bytes.length / pageBytes;
    if (pages <= capacity) return;
    const larger = new Uint8Array(
      Math.min(maxPages, Math.max(pages, capacity * 2, 64)) * pageBytes,
    );
    larger.set(bytes);
    bytes.fill(0);
    bytes = larger;
  }

  return {
    set(page, content) {
      grow(page + 1);
      bytes.set(content, page * pageBytes);
      if (has[page] === 0) count += 1;
      has[page] = 1;
      end = Math.max(end, page + 1);
    },
    take() {
      const image = count === end ? bytes.slice(0, end * pageBytes) : undefined;
      bytes.fill(0);
      bytes = new Uint8Array(0);
      return image;
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

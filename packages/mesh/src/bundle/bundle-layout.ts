/** Measures of a bundle file (PIP-1004 §2). Tests use a smaller one; a file cannot choose. */
export interface BundleLayout {
  readonly chunkLength: number;
  /** Each of the two heads. */
  readonly headLength: number;
  /** For group keys and passphrases. */
  readonly keySlots: number;
  readonly contactSlots: number;
}

/** The one layout of bundles. */
export const bundleLayout: BundleLayout = {
  chunkLength: 65_536,
  headLength: 32_768,
  keySlots: 16,
  contactSlots: 16,
};

/** The second head follows so many chunks, or the last one if there are fewer. */
export const chunksBetweenHeads = 16;
/** Most chunks of a bundle: 64 GiB. */
export const maxChunks: number = 2 ** 20;
/** Bytes that AES-256-GCM adds to a chunk. */
export const tagLength = 16;
/** A chunk begins with flags and the length of what it carries on (PIP-1004 §4). */
export const chunkPrefixLength = 5;
/** The flag of the last chunk. */
export const lastChunkFlag = 1;
/** Kind and length before the content of a record. */
export const recordPrefixLength = 5;

/** Bytes of records that a chunk holds. */
export function chunkBodyLength(layout: BundleLayout): number {
  return layout.chunkLength - tagLength - chunkPrefixLength;
}

/** Bytes of a file of so many chunks. */
export function fileLength(layout: BundleLayout, chunks: number): number {
  return 2 * layout.headLength + chunks * layout.chunkLength;
}

/** The least allowed number of chunks that is `chunks` or more: one more than it has at most four significant bits, so that sizes say little (PIP-1004 §2). */
export function paddedChunkCount(chunks: number): number {
  const units = chunks + 1;
  const step = 2 ** Math.max(0, Math.floor(Math.log2(units)) - 3);
  return Math.ceil(units / step) * step - 1;
}

/** The greatest allowed number of chunks whose file has at most `limitBytes`. */
export function chunksWithin(layout: BundleLayout, limitBytes: number): number {
  const room = Math.floor((limitBytes - 2 * layout.headLength) / layout.chunkLength);
  const units = Math.min(room, maxChunks - 1) + 1;
  if (units < 2) return 0;
  const step = 2 ** Math.max(0, Math.floor(Math.log2(units)) - 3);
  return Math.floor(units / step) * step - 1;
}

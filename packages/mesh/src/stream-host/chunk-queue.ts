/** Pieces below this many bytes are put together, so that crumbs cost no more than their bytes. */
const crumbBytes = 1_024;
const blockBytes = 4_096;

/** Chunks that wait for a reader. */
export interface ChunkQueue {
  readonly bytes: number;
  /** `piece` may be a view of something larger, which is not held for long. */
  push(piece: Uint8Array): void;
  shift(): Uint8Array | undefined;
  clear(): void;
}

/** An empty queue. The bound is its owner's: the window of a stream. */
export function createChunkQueue(): ChunkQueue {
  const chunks: Uint8Array[] = [];
  /** The block at the end of the queue that still takes crumbs, and how full it is. */
  let block: Uint8Array | undefined;
  let used = 0;
  let bytes = 0;

  return {
    get bytes() {
      return bytes;
    },
    push(piece) {
      bytes += piece.length;
      if (piece.length >= crumbBytes) {
        block = undefined;
        // A view must not hold a buffer of which it is a small part.
        chunks.push(piece.length * 2 < piece.buffer.byteLength ? piece.slice() : piece);
      } else if (piece.length > 0) {
        if (block === undefined || used + piece.length > block.length) {
          block = new Uint8Array(blockBytes);
          used = 0;
          chunks.push(block.subarray(0, 0));
        }
        block.set(piece, used);
        used += piece.length;
        chunks[chunks.length - 1] = block.subarray(0, used);
      }
    },
    shift() {
      const chunk = chunks.shift();
      if (chunks.length === 0) block = undefined;
      bytes -= chunk?.length ?? 0;
      return chunk;
    },
    clear() {
      chunks.length = 0;
      block = undefined;
      bytes = 0;
    },
  };
}

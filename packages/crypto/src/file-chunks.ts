/** Bytes of content in every chunk but the last (PIP-2000 §8.1). */
export const FILE_CHUNK_LENGTH = 65_536;
/** Bytes of an encrypted chunk that is not the last (PIP-2000 §8.1). */
export const SEALED_CHUNK_LENGTH = 65_552;
/** Bytes of the header of an encrypted file (PIP-2000 §8.1). */
export const FILE_HEADER_LENGTH = 65;
/** Most chunks of one file (PIP-2000 §8.1): 256 TiB. */
export const MAX_FILE_CHUNKS = 4_294_967_296;

const TAG_LENGTH = 16;

/** How many bytes a file of `plainLength` bytes has when encrypted (PIP-2000 §8.1). */
export function sealedFileLength(plainLength: number): number {
  const chunks = Math.max(1, Math.ceil(plainLength / FILE_CHUNK_LENGTH));
  return FILE_HEADER_LENGTH + plainLength + chunks * TAG_LENGTH;
}

/** Where chunk `index` (from 0) begins in an encrypted file (PIP-2000 §8.1). */
export function sealedChunkOffset(index: number): number {
  return FILE_HEADER_LENGTH + index * SEALED_CHUNK_LENGTH;
}

/** A piece of a stream, and whether the stream ends with it. */
export interface Piece {
  readonly bytes: Uint8Array;
  readonly isLast: boolean;
}

/**
 * Cuts a stream of arrays of any size into pieces: piece `i` has exactly
 * `pieceLength(i)` bytes (at least 1), the last one as many as are left; it is
 * empty only when the stream is. Asks the source for more only when a piece
 * cannot be filled: back-pressure, and never more than one piece and one
 * source array in memory. A piece may be a view of a source array; it is valid
 * until the next one is asked for.
 */
export async function* cutIntoPieces(
  source: AsyncIterable<Uint8Array>,
  pieceLength: (index: number) => number,
): AsyncGenerator<Piece, void, undefined> {
  let index = 0;
  let wanted = pieceLength(index);
  // What was left over of earlier arrays: copied, since a source may reuse its array.
  let held = new Uint8Array(0);
  let heldLength = 0;
  for await (const bytes of source) {
    let taken = 0;
    // A full piece waits for one more byte: only then is it not the last.
    while (heldLength + bytes.length - taken > wanted) {
      const missing = wanted - heldLength;
      const fresh = bytes.subarray(taken, taken + missing);
      if (heldLength > 0) held.set(fresh, heldLength);
      yield { bytes: heldLength > 0 ? held : fresh, isLast: false };
      taken += missing;
      heldLength = 0;
      index += 1;
      wanted = pieceLength(index);
    }
    if (taken === bytes.length) continue;
    if (heldLength === 0) held = new Uint8Array(wanted);
    held.set(bytes.subarray(taken), heldLength);
    heldLength += bytes.length - taken;
  }
  yield { bytes: held.subarray(0, heldLength), isLast: true };
}

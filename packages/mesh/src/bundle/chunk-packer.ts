import {
  type BundleLayout,
  chunkBodyLength,
  chunkPrefixLength,
  lastChunkFlag,
  recordPrefixLength,
  tagLength,
} from './bundle-layout.ts';
import { paddingKind } from './bundle-record.ts';

/** Where a record came to stand. */
export interface RecordPlace {
  readonly chunk: number;
  readonly span: number;
}

/** Puts records into the plaintexts of chunks (PIP-1004 §4). */
export interface ChunkPacker {
  /** Chunks that are complete; the number of the one that is being filled. */
  readonly complete: number;
  /** Whether the chunk that is being filled holds nothing yet. */
  readonly isEmpty: boolean;
  /** Where a record of this length would come to stand. */
  placeOf(length: number): RecordPlace;
  /** Writes a record; gives each chunk that becomes full. The array is used again for the next one. */
  add(kind: number, content: Uint8Array): Generator<Uint8Array, void>;
  /** Pads and gives the chunk that is being filled. */
  flush(isLast: boolean): Uint8Array;
}

/** Records below this share of a chunk are never divided: they go to the next chunk instead. */
export const undividedShare = 8;

/** A packer for an empty bundle. */
export function createChunkPacker(layout: BundleLayout): ChunkPacker {
  const plaintext = new Uint8Array(layout.chunkLength - tagLength);
  const bodyLength = chunkBodyLength(layout);
  let complete = 0;
  let used = 0;

  const view = new DataView(plaintext.buffer);

  function begin(carried: number): void {
    plaintext.fill(paddingKind);
    view.setUint32(1, carried);
    used = 0;
  }

  function end(): Uint8Array {
    complete += 1;
    return plaintext;
  }

  /** Whether a record has to begin in the next chunk. */
  function hasToWait(length: number): boolean {
    const room = bodyLength - used;
    const wanted = recordPrefixLength + length;
    if (room >= wanted) return false;
    return room <= recordPrefixLength || wanted * undividedShare <= bodyLength;
  }

  begin(0);
  return {
    get complete() {
      return complete;
    },
    get isEmpty() {
      return used === 0;
    },
    placeOf(length) {
      const isNext = hasToWait(length);
      const end = (isNext ? 0 : used) + recordPrefixLength + length;
      return {
        chunk: complete + (isNext ? 1 : 0),
        span: Math.max(0, Math.ceil(end / bodyLength) - 1),
      };
    },
    *add(kind, content) {
      if (hasToWait(content.length)) {
        yield end();
        begin(0);
      }
      const at = chunkPrefixLength + used;
      plaintext[at] = kind;
      view.setUint32(at + 1, content.length);
      used += recordPrefixLength;
      let written = 0;
      for (;;) {
        const part = content.subarray(written, written + bodyLength - used);
        plaintext.set(part, chunkPrefixLength + used);
        used += part.length;
        written += part.length;
        if (written === content.length) return;
        yield end();
        begin(Math.min(bodyLength, content.length - written));
      }
    },
    flush(isLast) {
      if (isLast) plaintext[0] = lastChunkFlag;
      const full = end();
      if (isLast) return full;
      // The caller seals it before it adds to the next one, which `begin` clears.
      const copy = full.slice();
      begin(0);
      return copy;
    },
  };
}

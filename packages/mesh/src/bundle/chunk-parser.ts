import { concatBytes, uint32FromBytes } from '@pars/base';
import {
  type BundleLayout,
  chunkBodyLength,
  chunkPrefixLength,
  lastChunkFlag,
  recordPrefixLength,
} from './bundle-layout.ts';
import { kindFromNumber, maxRecordLength, paddingKind, statementKind } from './bundle-record.ts';

/** A record whose content is complete, not yet read. */
export interface RawRecord {
  readonly kind: number;
  /** Views of the chunk, or an array of its own for what stood in several. Empty for unknown kinds. */
  readonly content: Uint8Array;
}

/** What a chunk's plaintext holds. */
export interface ParsedChunk {
  readonly isLast: boolean;
  readonly records: readonly RawRecord[];
  /** Records of unknown kinds that end here. */
  readonly unknown: number;
  /** Places at which the layout is broken. */
  readonly refused: number;
}

/** Takes records out of the plaintexts of chunks, in order (PIP-1004 §4). Total; holds one record that is not complete, at most 16.5 MiB, and twice that when it completes. */
export interface ChunkParser {
  parse(plaintext: Uint8Array): ParsedChunk;
  /** The next chunk is lost: what was begun cannot be completed. */
  skip(): void;
}

interface PendingRecord {
  readonly kind: number;
  readonly parts: Uint8Array[];
  remaining: number;
}

/** A parser before the first chunk. */
export function createChunkParser(layout: BundleLayout): ChunkParser {
  const bodyLength = chunkBodyLength(layout);
  let pending: PendingRecord | undefined;

  return {
    skip() {
      pending = undefined;
    },
    parse(plaintext) {
      const flags = plaintext[0] ?? 0;
      const carried = uint32FromBytes(plaintext, 1);
      const body = plaintext.subarray(chunkPrefixLength);
      const view = new DataView(body.buffer, body.byteOffset, body.length);
      const records: RawRecord[] = [];
      let unknown = 0;
      let refused = 0;
      const isLast = (flags & lastChunkFlag) !== 0;
      if ((flags & ~lastChunkFlag) !== 0 || carried > bodyLength) {
        pending = undefined;
        return { isLast, records, unknown, refused: 1 };
      }

      if (pending !== undefined) {
        if (carried === Math.min(bodyLength, pending.remaining)) take(body.subarray(0, carried));
        else {
          pending = undefined;
          refused += 1;
        }
      }
      let at = carried;
      while (bodyLength - at >= recordPrefixLength && body[at] !== paddingKind) {
        const kind = body[at] ?? 0;
        const length = view.getUint32(at + 1);
        // A record that was not finished by `carried` cannot be followed by another.
        if (length > maxRecordLength || pending !== undefined) {
          pending = undefined;
          return { isLast, records, unknown, refused: refused + 1 };
        }
        at += recordPrefixLength;
        pending = { kind, parts: [], remaining: length };
        const here = Math.min(length, bodyLength - at);
        take(body.subarray(at, at + here));
        at += here;
      }
      for (; at < bodyLength; at += 1) {
        if (body[at] !== 0) return { isLast, records, unknown, refused: refused + 1 };
      }
      return { isLast, records, unknown, refused };

      /** Gives the next bytes to the record that was begun. */
      function take(part: Uint8Array): void {
        if (pending === undefined) return;
        const isKnown =
          pending.kind === statementKind || kindFromNumber(pending.kind) !== undefined;
        pending.remaining -= part.length;
        if (isKnown) pending.parts.push(part);
        if (pending.remaining > 0) return;
        const { kind, parts } = pending;
        const [only] = parts;
        pending = undefined;
        if (!isKnown) unknown += 1;
        else if (parts.length === 1 && only !== undefined) records.push({ kind, content: only });
        else records.push({ kind, content: concatBytes(...parts) });
      }
    },
  };
}

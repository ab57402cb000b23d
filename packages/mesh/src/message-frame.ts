import { concatBytes } from '@pars/base';

/** length [2] ‖ message: how a message of 1 to 65,535 bytes crosses a stream (PIP-1003 §5, PIP-1008 §2). */
export function encodeMessageFrame(message: Uint8Array): Uint8Array {
  return concatBytes(Uint8Array.of(message.length >>> 8, message.length), message);
}

/** Cuts a stream into messages. */
export interface MessageFrameReader {
  /**
   * The messages that are complete now; `undefined` for an empty or too long
   * one: the stream is of no more use then. Holds less than one message; those
   * that it gives are copies.
   */
  push(chunk: Uint8Array): readonly Uint8Array[] | undefined;
}

/** A reader at the begin of a stream, for messages of at most `maxBytes`. */
export function createMessageFrameReader(maxBytes: number): MessageFrameReader {
  let length = 0;
  let lengthBytes = 0;
  /** The message that has begun, and how much of it is here. */
  let begun: Uint8Array | undefined;
  let begunBytes = 0;

  return {
    push(chunk) {
      const messages: Uint8Array[] = [];
      for (let at = 0; at < chunk.length; ) {
        if (begun === undefined) {
          length = ((length << 8) | (chunk[at] ?? 0)) & 0xffff;
          lengthBytes += 1;
          at += 1;
          if (lengthBytes < LENGTH_BYTES) continue;
          lengthBytes = 0;
          if (length === 0 || length > maxBytes) return undefined;
          begun = new Uint8Array(length);
          begunBytes = 0;
        }
        const piece = chunk.subarray(at, at + begun.length - begunBytes);
        begun.set(piece, begunBytes);
        begunBytes += piece.length;
        at += piece.length;
        if (begunBytes < begun.length) break;
        messages.push(begun);
        begun = undefined;
      }
      return messages;
    },
  };
}

const LENGTH_BYTES = 2;

import { concatBytes } from '@pars/base';

/** length [2] ‖ message: how a message of 1 to 65,535 bytes crosses a stream (PIP-1003 §5, PIP-1008 §2). */
export function encodeMessageFrame(message: Uint8Array): Uint8Array {
  return concatBytes(Uint8Array.of(message.length >>> 8, message.length), message);
}

/** Cuts a stream into messages. */
export interface MessageFrameReader {
  /**
   * The messages that are complete now; `undefined` for an empty or too long
   * one: the stream is of no more use then. Holds less than one frame beyond
   * the chunk.
   */
  push(chunk: Uint8Array): readonly Uint8Array[] | undefined;
}

/** A reader at the begin of a stream, for messages of at most `maxBytes`. */
export function createMessageFrameReader(maxBytes: number): MessageFrameReader {
  let rest: Uint8Array = new Uint8Array(0);
  return {
    push(chunk) {
      const bytes = rest.length === 0 ? chunk : concatBytes(rest, chunk);
      const messages: Uint8Array[] = [];
      let at = 0;
      while (bytes.length - at >= LENGTH_BYTES) {
        const length = ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
        if (length === 0 || length > maxBytes) return undefined;
        const start = at + LENGTH_BYTES;
        if (bytes.length - start < length) break;
        messages.push(bytes.slice(start, start + length));
        at = start + length;
      }
      rest = bytes.slice(at);
      return messages;
    },
  };
}

const LENGTH_BYTES = 2;

import { concatBytes } from '@pars/base';

/** Reads a stream in pieces of wanted lengths; copies only what stood in several parts. */
export interface BytePieces {
  /** Bytes given out so far. */
  readonly position: number;
  /** The next `length` bytes, or all that are left when there are fewer. */
  take(length: number): Promise<Uint8Array>;
  /** Tells the source that no more is wanted. */
  close(): Promise<void>;
}

/** Pieces of an asynchronous source, whatever its own parts are. */
export function createBytePieces(source: AsyncIterable<Uint8Array>): BytePieces {
  const iterator = source[Symbol.asyncIterator]();
  let rest: Uint8Array = new Uint8Array(0);
  let position = 0;
  let hasEnded = false;

  return {
    get position() {
      return position;
    },
    async take(length) {
      const parts: Uint8Array[] = [];
      let wanted = length;
      while (wanted > 0) {
        if (rest.length === 0) {
          const next = await iterator.next();
          if (next.done === true) {
            hasEnded = true;
            break;
          }
          rest = next.value;
        }
        const part = rest.subarray(0, wanted);
        rest = rest.subarray(part.length);
        wanted -= part.length;
        parts.push(part);
      }
      position += length - wanted;
      const [only] = parts;
      return parts.length === 1 && only !== undefined ? only : concatBytes(...parts);
    },
    async close() {
      if (!hasEnded) await iterator.return?.();
      hasEnded = true;
    },
  };
}

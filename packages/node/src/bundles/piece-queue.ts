/** Pieces of a file on their way from one caller to one reader; one waits at most. */
export interface PieceQueue extends AsyncIterable<Uint8Array> {
  /** Resolves when the piece was taken; `false` when nobody reads any more. */
  push(piece: Uint8Array): Promise<boolean>;
  /** The file has ended. */
  end(): void;
  /** Nobody reads, or nobody writes, any more: the reader gets `error`. */
  abort(error: unknown): void;
}

/** An empty queue. */
export function createPieceQueue(): PieceQueue {
  let piece: Uint8Array | undefined;
  let state: 'open' | 'ended' | 'closed' = 'open';
  let failure: unknown;
  let wakeReader: () => void = () => undefined;
  let wakeWriter: () => void = () => undefined;

  function close(): void {
    state = 'closed';
    piece = undefined;
    wakeWriter();
    wakeReader();
  }

  return {
    async push(next) {
      if (state !== 'open') return false;
      piece = next;
      wakeReader();
      while (piece === next) await new Promise<void>((resolve) => (wakeWriter = resolve));
      return (state as string) !== 'closed';
    },
    end() {
      if (state === 'open') state = 'ended';
      wakeReader();
    },
    abort(error) {
      failure = error;
      close();
    },
    async *[Symbol.asyncIterator]() {
      try {
        for (;;) {
          if (failure !== undefined) throw failure;
          if (piece !== undefined) {
            const taken = piece;
            yield taken;
            piece = undefined;
            wakeWriter();
          } else if (state !== 'open') return;
          else await new Promise<void>((resolve) => (wakeReader = resolve));
        }
      } finally {
        close();
      }
    },
  };
}

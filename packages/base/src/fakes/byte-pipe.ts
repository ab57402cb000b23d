import { ParsError } from '../pars-error.ts';

/** One direction of a stream in memory: bytes in, bytes out, at most `capacityBytes` between. */
export interface BytePipe {
  /** Resolves when all bytes are in the pipe; waits while it is full. */
  readonly write: (bytes: Uint8Array, signal?: AbortSignal) => Promise<void>;
  /** Lets the reader end after what was written. */
  readonly end: () => Promise<void>;
  /** Drops what is in the pipe; reader and writers see `base/stream-closed`. */
  readonly abort: () => void;
  /** The reading end; only the first iterator works. */
  readonly source: AsyncIterable<Uint8Array>;
}

/** An empty pipe. */
export function createBytePipe(capacityBytes: number): BytePipe {
  const chunks: Uint8Array[] = [];
  let bufferedBytes = 0;
  let state: 'open' | 'ended' | 'aborted' = 'open';
  let ending = false;
  let isRead = false;
  let lastWrite: Promise<void> = Promise.resolve();
  const changed = createSignal();

  /** Writes one after another, so that their bytes never mix. */
  function inTurn(work: () => Promise<void>): Promise<void> {
    const turn = lastWrite.then(work);
    lastWrite = turn.catch(() => undefined);
    return turn;
  }

  async function push(bytes: Uint8Array, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    let offset = 0;
    while (offset < bytes.length) {
      await waitUntil(() => bufferedBytes < capacityBytes, signal, offset > 0);
      const part = bytes.slice(offset, offset + capacityBytes - bufferedBytes);
      chunks.push(part);
      bufferedBytes += part.length;
      offset += part.length;
      changed.fire();
    }
    if (state === 'aborted') throw new ParsError('base/stream-closed');
  }

  async function waitUntil(
    ready: () => boolean,
    signal: AbortSignal | undefined,
    isPartial: boolean,
  ): Promise<void> {
    signal?.addEventListener('abort', changed.fire);
    try {
      for (;;) {
        if (state === 'aborted') throw new ParsError('base/stream-closed');
        if (signal?.aborted === true) {
          // A part is on its way: the reader could not tell where the next write begins.
          if (isPartial) abort();
          throw signal.reason;
        }
        if (ready()) return;
        await changed.wait();
      }
    } finally {
      signal?.removeEventListener('abort', changed.fire);
    }
  }

  function abort(): void {
    if (state === 'ended' && chunks.length === 0) return;
    state = 'aborted';
    chunks.length = 0;
    bufferedBytes = 0;
    changed.fire();
  }

  async function* read(): AsyncGenerator<Uint8Array> {
    try {
      for (;;) {
        if (state === 'aborted') throw new ParsError('base/stream-closed');
        const chunk = chunks.shift();
        if (chunk !== undefined) {
          bufferedBytes -= chunk.length;
          changed.fire();
          yield chunk;
        } else if (state === 'ended') return;
        else await changed.wait();
      }
    } finally {
      // Nobody will read the rest: writers must not wait for room for ever.
      abort();
    }
  }

  return {
    write(bytes, signal) {
      if (ending || state !== 'open') return Promise.reject(new ParsError('base/stream-closed'));
      return inTurn(() => push(bytes, signal));
    },
    end() {
      if (ending) return lastWrite;
      ending = true;
      return inTurn(async () => {
        if (state === 'open') state = 'ended';
        changed.fire();
      });
    },
    abort,
    source: {
      [Symbol.asyncIterator]() {
        if (isRead) throw new ParsError('base/argument', { what: 'second reader' });
        isRead = true;
        return read();
      },
    },
  };
}

interface Signal {
  readonly fire: () => void;
  readonly wait: () => Promise<void>;
}

/** Wakes everyone who waits; they look for themselves at what changed. */
function createSignal(): Signal {
  let waiting = Promise.withResolvers<void>();
  return {
    fire() {
      waiting.resolve();
      waiting = Promise.withResolvers();
    },
    wait: () => waiting.promise,
  };
}

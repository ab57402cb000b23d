import type { ByteStream } from '@pars/base';

/** A stream, and the moment when whoever it was given to is done with it. */
export interface WatchedStream {
  readonly stream: ByteStream;
  /** Resolves when it was aborted or disposed. */
  readonly released: Promise<void>;
}

/** Watches what the new owner does; the stream itself is not touched. */
export function watchStream(stream: ByteStream): WatchedStream {
  const { promise, resolve } = Promise.withResolvers<void>();
  return {
    released: promise,
    stream: {
      source: stream.source,
      write: (bytes, signal) => stream.write(bytes, signal),
      closeWrite: () => stream.closeWrite(),
      abort() {
        stream.abort();
        resolve();
      },
      async [Symbol.asyncDispose]() {
        try {
          await stream[Symbol.asyncDispose]();
        } finally {
          resolve();
        }
      },
    },
  };
}

import type { ByteStream } from '@pars/base';

/** A stream whose first bytes are read here, and whose rest is somebody else's. */
export interface ReadAhead {
  /** Exactly so many bytes, or `undefined` when the stream ended or broke before. */
  read(length: number): Promise<Uint8Array | undefined>;
  /** The stream without what was read. {@link read} must not be called any more. */
  rest(): ByteStream;
}

/** Takes over the stream's reader; holds at most one chunk beyond what is asked for. */
export function readAhead(stream: ByteStream): ReadAhead {
  const iterator = stream.source[Symbol.asyncIterator]();
  let held: Uint8Array = new Uint8Array(0);

  return {
    async read(length) {
      const taken = new Uint8Array(length);
      for (let filled = 0; filled < length; ) {
        if (held.length === 0) {
          const chunk = await nextChunk(iterator);
          if (chunk === undefined) return undefined;
          held = chunk;
        }
        const part = held.subarray(0, length - filled);
        taken.set(part, filled);
        held = held.subarray(part.length);
        filled += part.length;
      }
      return taken;
    },
    rest: () => ({
      source: following(held, iterator),
      write: (bytes, signal) => stream.write(bytes, signal),
      closeWrite: () => stream.closeWrite(),
      abort: () => stream.abort(),
      [Symbol.asyncDispose]: () => stream[Symbol.asyncDispose](),
    }),
  };
}

async function* following(
  first: Uint8Array,
  iterator: AsyncIterator<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  try {
    if (first.length > 0) yield first;
    for (;;) {
      const next = await iterator.next();
      if (next.done === true) return;
      yield next.value;
    }
  } finally {
    await iterator.return?.();
  }
}

async function nextChunk(iterator: AsyncIterator<Uint8Array>): Promise<Uint8Array | undefined> {
  try {
    const next = await iterator.next();
    return next.done === true ? undefined : next.value;
  } catch {
    return undefined;
  }
}

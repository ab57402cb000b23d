import type { ByteStream } from '@pars/base';
import type { HandshakeWire } from './link-driver.ts';

/** A {@link HandshakeWire} over a {@link ByteStream}, for carriers that are no libp2p connection. */
export interface ByteStreamWire extends HandshakeWire {
  /** Bytes that arrived behind the last message that was read. */
  leftover(): Uint8Array;
  /**
   * {@link leftover} and then all that still comes, for who takes over after the
   * handshake: `read` is not called any more. Rejects where the stream's source does.
   */
  rest(): AsyncIterable<Uint8Array>;
}

/** Takes over the stream's reader. Holds at most one chunk beyond what is asked for. */
export function createByteStreamWire(stream: ByteStream): ByteStreamWire {
  const reader = stream.source[Symbol.asyncIterator]();
  let buffered: Uint8Array = new Uint8Array(0);

  return {
    async read(length) {
      while (buffered.length < length) {
        const chunk = await nextChunk(reader);
        if (chunk === undefined) return undefined;
        const joined = new Uint8Array(buffered.length + chunk.length);
        joined.set(buffered);
        joined.set(chunk, buffered.length);
        buffered = joined;
      }
      const taken = buffered.slice(0, length);
      buffered = buffered.subarray(length);
      return taken;
    },
    write: (bytes) => stream.write(bytes),
    close: () => stream.abort(),
    leftover: () => buffered,
    rest: () => readRest(buffered, reader),
  };
}

async function* readRest(
  leftover: Uint8Array,
  reader: AsyncIterator<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  if (leftover.length > 0) yield leftover;
  try {
    for (;;) {
      const next = await reader.next();
      if (next.done === true) return;
      yield next.value;
    }
  } finally {
    await reader.return?.();
  }
}

async function nextChunk(reader: AsyncIterator<Uint8Array>): Promise<Uint8Array | undefined> {
  try {
    const next = await reader.next();
    return next.done === true ? undefined : next.value;
  } catch {
    return undefined;
  }
}

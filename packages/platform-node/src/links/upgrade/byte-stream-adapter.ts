import type { MessageStream, Stream, StreamMessageEvent } from '@libp2p/interface';
import { type ByteStream, ParsError } from '@pars/base';
import { pauseReading, resumeReading } from './flow-control.ts';

/** Bytes held for a slow reader before the sender is held back. */
const highWaterBytes = 262_144;
/** Largest piece given to libp2p at once: with yamux's header it fills one frame of the link. */
const pieceBytes = 65_505;

/**
 * A libp2p stream as a {@link ByteStream}. A reader that is slow holds the
 * sender back; a broken stream makes reading and writing fail with
 * `mesh/stream-broken`.
 */
export function byteStreamFromStream(stream: Stream): ByteStream {
  return {
    source: createSource(stream),
    async write(bytes, signal) {
      signal?.throwIfAborted();
      for (let offset = 0; offset < bytes.length; offset += pieceBytes) {
        // The caller may reuse its array once we return; libp2p may still hold the piece.
        await writePiece(stream, bytes.slice(offset, offset + pieceBytes), signal);
      }
    },
    async closeWrite() {
      await ignoreBroken(stream.close());
    },
    abort() {
      stream.abort(new ParsError('mesh/stream-broken'));
    },
    async [Symbol.asyncDispose]() {
      await ignoreBroken(stream.close());
      await ignoreBroken(stream.closeRead());
    },
  };
}

async function writePiece(
  stream: Stream,
  piece: Uint8Array,
  signal: AbortSignal | undefined,
): Promise<void> {
  try {
    stream.send(piece);
  } catch (cause) {
    throw new ParsError('mesh/stream-broken', {}, { cause });
  }
  // Not `onDrain()`: its promise resolves once and for all, so it only waits the first time.
  while (stream.writableNeedsDrain) {
    if (stream.status !== 'open') throw new ParsError('mesh/stream-broken');
    await nextEvent(stream, ['drain', 'close'], signal);
  }
}

/** Resolves at the first of these events; rejects with the signal's reason. */
function nextEvent(
  stream: Stream,
  names: readonly ('drain' | 'close')[],
  signal: AbortSignal | undefined,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const settle = (): void => {
      for (const name of names) stream.removeEventListener(name, settle);
      signal?.removeEventListener('abort', settle);
      if (signal?.aborted === true) reject(signal.reason);
      else resolve();
    };
    for (const name of names) stream.addEventListener(name, settle);
    signal?.addEventListener('abort', settle);
    if (signal?.aborted === true) settle();
  });
}

/** Closing what is already broken is no failure. */
async function ignoreBroken(closing: Promise<void>): Promise<void> {
  try {
    await closing;
  } catch {
    // The other side is gone; there is nothing left to close.
  }
}

/** Listens from the start: libp2p would hold up to 4 MiB for a reader that comes late, and then abort. */
function createSource(stream: MessageStream): AsyncGenerator<Uint8Array> {
  const queue: Uint8Array[] = [];
  let queuedBytes = 0;
  let isPaused = false;
  let wake: (() => void) | undefined;
  const onChange = (): void => wake?.();
  stream.addEventListener('message', onMessage);
  stream.addEventListener('end', onChange);
  stream.addEventListener('close', onChange);
  return read();

  function onMessage(event: StreamMessageEvent): void {
    for (const part of event.data instanceof Uint8Array ? [event.data] : event.data) {
      queue.push(part);
      queuedBytes += part.length;
    }
    if (queuedBytes > highWaterBytes && !isPaused) {
      isPaused = true;
      pauseReading(stream);
    }
    wake?.();
  }

  async function* read(): AsyncGenerator<Uint8Array> {
    try {
      for (;;) {
        const chunk = queue.shift();
        if (chunk !== undefined) {
          queuedBytes -= chunk.length;
          yield chunk;
        } else if (isPaused) {
          isPaused = false;
          resumeReading(stream);
        } else if (hasEnded(stream)) {
          return;
        } else {
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
        }
      }
    } finally {
      // Whatever still comes is nobody's: let it pass instead of holding it.
      stream.removeEventListener('message', onMessage);
      stream.addEventListener('message', () => undefined);
      resumeReading(stream);
    }
  }
}

/** Whether nothing more will come; throws when that is because the stream broke. */
function hasEnded(stream: MessageStream): boolean {
  // Bytes that multistream read ahead and pushed back arrive after the end was announced.
  if (stream.readBufferLength > 0) return false;
  if (stream.status === 'reset' || stream.status === 'aborted') {
    throw new ParsError('mesh/stream-broken');
  }
  return stream.readableEnded;
}

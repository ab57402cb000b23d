import type { MessageStream, StreamMessageEvent } from '@libp2p/interface';
import type { HandshakeWire } from '@pars/mesh';
import { pauseReading, resumeReading } from './flow-control.ts';

/** A wire whose unread bytes can be taken over when the handshake is done. */
export interface MessageStreamWire extends HandshakeWire {
  /** Stops reading and returns what arrived after the last message. */
  detach(): readonly Uint8Array[];
}

/** Bytes held for a reader before the socket is paused; more than two handshake messages. */
const highWaterBytes = 32_768;

/** Reads and writes exact lengths on a raw libp2p connection, with a bounded buffer. */
export function createMessageStreamWire(stream: MessageStream): MessageStreamWire {
  let chunks: Uint8Array[] = [];
  let bufferedBytes = 0;
  let isPaused = false;
  let isClosed = stream.status !== 'open';
  let waiting: (() => void) | undefined;

  stream.addEventListener('message', onMessage);
  stream.addEventListener('close', onClose);
  stream.addEventListener('remoteCloseWrite', onClose);

  return {
    async read(length) {
      while (bufferedBytes < length) {
        if (isClosed) return undefined;
        if (isPaused) {
          isPaused = false;
          resumeReading(stream);
          continue;
        }
        await new Promise<void>((resolve) => {
          waiting = resolve;
        });
      }
      return take(length);
    },
    async write(bytes) {
      stream.send(bytes);
    },
    close() {
      isClosed = true;
      wake();
      stream.abort(new Error('link refused'));
    },
    detach() {
      stream.removeEventListener('message', onMessage);
      stream.removeEventListener('close', onClose);
      stream.removeEventListener('remoteCloseWrite', onClose);
      return chunks;
    },
  };

  function onMessage(event: StreamMessageEvent): void {
    const parts = event.data instanceof Uint8Array ? [event.data] : event.data;
    for (const part of parts) {
      chunks.push(part);
      bufferedBytes += part.length;
    }
    if (bufferedBytes > highWaterBytes && !isPaused) {
      isPaused = true;
      pauseReading(stream);
    }
    wake();
  }

  function onClose(): void {
    isClosed = true;
    wake();
  }

  function wake(): void {
    waiting?.();
    waiting = undefined;
  }

  function take(length: number): Uint8Array {
    const taken = new Uint8Array(length);
    let offset = 0;
    while (offset < length) {
      const [first = taken, ...rest] = chunks;
      const part = first.subarray(0, length - offset);
      taken.set(part, offset);
      offset += part.length;
      chunks = part.length < first.length ? [first.subarray(part.length), ...rest] : rest;
    }
    bufferedBytes -= length;
    return taken;
  }
}

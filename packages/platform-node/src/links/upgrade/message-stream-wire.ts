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
/** Room for the first message of a handshake. */
const startBytes = 2_048;

/** Reads and writes exact lengths on a raw libp2p connection, with a bounded buffer. */
export function createMessageStreamWire(stream: MessageStream): MessageStreamWire {
  /** What arrived and was not read: copied, so that crumbs cost no more than their bytes. */
  let buffer = new Uint8Array(startBytes);
  let start = 0;
  let end = 0;
  let isPaused = false;
  let isClosed = stream.status !== 'open';
  let waiting: (() => void) | undefined;

  stream.addEventListener('message', onMessage);
  stream.addEventListener('close', onClose);
  stream.addEventListener('remoteCloseWrite', onClose);

  return {
    async read(length) {
      while (end - start < length) {
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
      start += length;
      return buffer.slice(start - length, start);
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
      return start === end ? [] : [buffer.slice(start, end)];
    },
  };

  function onMessage(event: StreamMessageEvent): void {
    for (const part of event.data instanceof Uint8Array ? [event.data] : event.data) append(part);
    if (end - start > highWaterBytes && !isPaused) {
      isPaused = true;
      pauseReading(stream);
    }
    wake();
  }

  function append(part: Uint8Array): void {
    if (end + part.length > buffer.length) {
      const unread = buffer.subarray(start, end);
      const needed = unread.length + part.length;
      const target = needed > buffer.length ? new Uint8Array(2 * needed) : buffer;
      target.set(unread);
      [buffer, start, end] = [target, 0, unread.length];
    }
    buffer.set(part, end);
    end += part.length;
  }

  function onClose(): void {
    isClosed = true;
    wake();
  }

  function wake(): void {
    waiting?.();
    waiting = undefined;
  }
}

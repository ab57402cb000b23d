import type { FrameChannel } from '@pars/api/client';
import type { RawData, WebSocket } from 'ws';

/** Messages that may wait unread before the socket is paused. */
const MAX_WAITING_FRAMES = 16;

/** Time a peer has to finish the closing handshake, in milliseconds. */
const CLOSE_GRACE_MS = 1_000;

/**
 * A channel over an open WebSocket: each frame is one text message (PIP-4000
 * §3). A binary message ends the connection with status 1003.
 */
export function createWebSocketChannel(socket: WebSocket): FrameChannel {
  const frames: Uint8Array[] = [];
  let wake: () => void = () => undefined;
  let isEnded = false;
  socket.on('error', () => undefined);
  socket.on('close', () => {
    isEnded = true;
    wake();
  });
  socket.on('message', (data: RawData, isBinary: boolean) => {
    if (isBinary || !(data instanceof Uint8Array)) return socket.close(1003);
    frames.push(data);
    if (frames.length >= MAX_WAITING_FRAMES) socket.pause();
    wake();
  });
  return {
    source: read(),
    send: (frame) =>
      new Promise((resolve, reject) => {
        socket.send(frame, { binary: false }, (error) =>
          error == null ? resolve() : reject(error),
        );
      }),
    close: () =>
      new Promise((resolve) => {
        if (socket.readyState === socket.CLOSED) return resolve();
        const timer = setTimeout(() => socket.terminate(), CLOSE_GRACE_MS);
        socket.once('close', () => {
          clearTimeout(timer);
          resolve();
        });
        socket.resume();
        socket.close(1000);
      }),
  };

  async function* read(): AsyncGenerator<Uint8Array, void, undefined> {
    for (;;) {
      const frame = frames.shift();
      if (frame !== undefined) {
        if (frames.length === 0 && socket.isPaused) socket.resume();
        yield frame;
      } else if (isEnded) {
        return;
      } else {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    }
  }
}

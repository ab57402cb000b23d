import type { Socket } from 'node:net';
import type { FrameChannel } from '@pars/api/client';

const NEWLINE = 0x0a;

/** Time a peer has to take what was sent before a close, in milliseconds. */
const CLOSE_GRACE_MS = 1_000;

/**
 * A channel over a connected socket: each frame is one line (PIP-4000 §3).
 * JSON never holds a raw newline. `maxFrameBytes` bounds what is buffered.
 */
export function createLineChannel(socket: Socket, maxFrameBytes: number): FrameChannel {
  // Errors end the source; without a listener they would end the process.
  socket.on('error', () => undefined);
  return {
    source: framesFromSocket(socket, maxFrameBytes),
    send: (frame) =>
      new Promise((resolve, reject) => {
        const line = new Uint8Array(frame.length + 1);
        line.set(frame);
        line[frame.length] = NEWLINE;
        socket.write(line, (error) => (error == null ? resolve() : reject(error)));
      }),
    close: () =>
      new Promise((resolve) => {
        if (socket.destroyed) return resolve();
        const timer = setTimeout(() => socket.destroy(), CLOSE_GRACE_MS);
        socket.once('close', () => {
          clearTimeout(timer);
          resolve();
        });
        socket.end();
        // What still comes in is not read any more, and must not keep the socket open.
        socket.resume();
      }),
  };
}

async function* framesFromSocket(
  socket: Socket,
  maxFrameBytes: number,
): AsyncGenerator<Uint8Array, void, undefined> {
  let parts: Uint8Array[] = [];
  let partBytes = 0;
  try {
    for await (const data of socket.iterator({ destroyOnReturn: false })) {
      let chunk = data as Uint8Array;
      for (;;) {
        const end = chunk.indexOf(NEWLINE);
        const head = end === -1 ? chunk : chunk.subarray(0, end);
        parts.push(head);
        partBytes += head.length;
        if (partBytes > maxFrameBytes) {
          yield concatenate(parts, partBytes).subarray(0, maxFrameBytes + 1);
          return;
        }
        if (end === -1) break;
        yield concatenate(parts, partBytes);
        parts = [];
        partBytes = 0;
        chunk = chunk.subarray(end + 1);
      }
    }
  } catch {
    // A broken connection is the end of its frames.
  }
}

function concatenate(parts: readonly Uint8Array[], totalBytes: number): Uint8Array {
  const [only] = parts;
  if (parts.length === 1 && only !== undefined) return only;
  const whole = new Uint8Array(totalBytes);
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}

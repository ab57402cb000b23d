import { type ByteStream, ParsError, type Scheduler } from '@pars/base';

/** Bytes that the browser may hold for us before a write waits. */
const highWaterBytes = 1_048_576;
/** How often a write that waits looks again: a WebSocket does not say when it has sent. */
const drainPollMs = 4;
/**
 * Bytes that may wait for our reader. A WebSocket cannot be paused; a link reads
 * at once and holds each of its streams back by their windows, so only a peer
 * who sends beyond them comes here.
 */
const maxUnreadBytes = 4_194_304;
/** What a message costs besides its bytes. */
const messageCost = 512;

/**
 * Opens a WebSocket as a {@link ByteStream} for a link. It has no half-close:
 * `closeWrite` closes it. Rejects with `mesh/unreachable` or the signal's
 * reason; reading and writing fail with `mesh/stream-broken`.
 */
export async function openWebSocketStream(
  url: string,
  deps: { readonly scheduler: Scheduler },
  signal?: AbortSignal,
): Promise<ByteStream> {
  signal?.throwIfAborted();
  const socket = createSocket(url);
  socket.binaryType = 'arraybuffer';
  const stream = streamFromWebSocket(socket, deps);
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const onAbort = (): void => reject(signal?.reason);
  signal?.addEventListener('abort', onAbort);
  socket.addEventListener('open', () => resolve());
  // A socket that the page's own policy forbids tells of an error and never of a closing.
  const onFailed = (): void => reject(new ParsError('mesh/unreachable'));
  socket.addEventListener('error', onFailed);
  socket.addEventListener('close', onFailed);
  try {
    await promise;
    return stream;
  } catch (error) {
    stream.abort();
    throw error;
  } finally {
    signal?.removeEventListener('abort', onAbort);
  }
}

/** A page under https may not open `ws:`; the constructor then throws. */
function createSocket(url: string): WebSocket {
  try {
    return new WebSocket(url);
  } catch (cause) {
    throw new ParsError('mesh/unreachable', {}, { cause });
  }
}

function streamFromWebSocket(
  socket: WebSocket,
  { scheduler }: { readonly scheduler: Scheduler },
): ByteStream {
  const queue: Uint8Array[] = [];
  let unreadCost = 0;
  let state: 'open' | 'ended' | 'broken' = 'open';
  let wake: (() => void) | undefined;
  let lastWrite: Promise<void> = Promise.resolve();

  socket.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
    if (state !== 'open') return;
    // Text is nothing of ours: another server than a node answers there.
    if (!(data instanceof ArrayBuffer)) return abort();
    unreadCost += data.byteLength + messageCost;
    if (unreadCost > maxUnreadBytes) return abort();
    queue.push(new Uint8Array(data));
    wake?.();
  });
  socket.addEventListener('close', ({ wasClean }) => {
    if (state === 'open') state = wasClean ? 'ended' : 'broken';
    wake?.();
  });

  return {
    source: read(),
    write(bytes, signal) {
      const turn = lastWrite.then(() => send(bytes, signal));
      lastWrite = turn.catch(() => undefined);
      return turn;
    },
    closeWrite: end,
    abort,
    [Symbol.asyncDispose]: end,
  };

  async function send(bytes: Uint8Array, signal: AbortSignal | undefined): Promise<void> {
    signal?.throwIfAborted();
    requireOpen();
    // The browser copies what it takes.
    socket.send(bytes as Uint8Array<ArrayBuffer>);
    while (socket.bufferedAmount > highWaterBytes) {
      await scheduler.sleep(drainPollMs, signal);
      requireOpen();
    }
  }

  function requireOpen(): void {
    if (state !== 'open' || socket.readyState !== WebSocket.OPEN) {
      throw new ParsError('mesh/stream-broken');
    }
  }

  /** What was written is still sent. */
  async function end(): Promise<void> {
    await lastWrite;
    socket.close();
  }

  function abort(): void {
    if (state === 'open') state = 'broken';
    queue.length = 0;
    socket.close();
    wake?.();
  }

  async function* read(): AsyncGenerator<Uint8Array> {
    for (;;) {
      const chunk = queue.shift();
      if (chunk !== undefined) {
        unreadCost -= chunk.length + messageCost;
        yield chunk;
      } else if (state === 'ended') return;
      else if (state === 'broken') throw new ParsError('mesh/stream-broken');
      else {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    }
  }
}

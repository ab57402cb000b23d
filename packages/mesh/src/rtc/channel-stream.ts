import { type ByteStream, type Cancel, ParsError, type Scheduler } from '@pars/base';

/** An open data channel: reliable, ordered, with messages. */
export interface MessageChannel {
  /** Takes the message: bytes, or text for what is not content. Throws when the channel is closed. */
  send(message: Uint8Array | string): void;
  /** Bytes taken and not sent yet. */
  bufferedAmount(): number;
  close(): void;
}

/** What the owner of a channel tells its stream. */
export interface ChannelStream extends ByteStream {
  receive(message: Uint8Array | string): void;
  /** The channel has sent most of what it held (below {@link lowWaterBytes}). */
  drained(): void;
  /** The channel is closed. */
  closed(): void;
}

/** Largest message in bytes: every WebRTC engine takes it whole. */
export const maxChannelMessage = 16_384;
/** At this many bytes the channel should say that it is {@link ChannelStream.drained}. */
export const lowWaterBytes = 262_144;
/** Above it a write waits. */
const highWaterBytes = 1_048_576;
/** Content that may be on its way to a reader, each way (PIP-1000 §10). */
export const channelCredit = 1_048_576;
/** How long a closed half may take to cross before the channel is closed on it. */
const closingMs = 10_000;

const endMessage = 'end';
const creditPattern = /^more ([1-9][0-9]{0,6})$/;

/**
 * A {@link ByteStream} over a data channel (PIP-1000 §10): content in messages of
 * bytes; the end of a half, and the leave to send more, in messages of text.
 * Whoever sends beyond its leave, or anything else, is cut off. Failures of
 * reading and writing: `mesh/stream-broken`.
 */
export function createChannelStream(
  channel: MessageChannel,
  deps: { readonly scheduler: Scheduler },
): ChannelStream {
  const queue: Uint8Array[] = [];
  /** What we may still send, what the other side may, and what was read since it last got leave. */
  let sendCredit = channelCredit;
  let receiveCredit = channelCredit;
  let readBytes = 0;
  let ending: 'no' | 'asked' | 'sent' = 'no';
  let hasRemoteEnded = false;
  let isBroken = false;
  let isUnread = false;
  let cancelClosing: Cancel | undefined;
  let lastWrite: Promise<void> = Promise.resolve();
  let waiting = Promise.withResolvers<void>();
  const reader = read();

  return {
    source: { [Symbol.asyncIterator]: () => reader },
    write(bytes, signal) {
      if (ending !== 'no' || isBroken) return Promise.reject(broken());
      return inTurn(() => sendAll(bytes, signal));
    },
    closeWrite: end,
    abort,
    async [Symbol.asyncDispose]() {
      void end();
      if (isBroken || isUnread) return;
      isUnread = true;
      queue.length = 0;
      ring();
      cancelClosing = deps.scheduler.schedule(closingMs, abort);
    },
    receive(message) {
      if (isBroken) return;
      if (typeof message !== 'string') receiveContent(message);
      else if (message === endMessage && !hasRemoteEnded) {
        hasRemoteEnded = true;
        closeIfOver();
      } else receiveCreditMessage(message);
      ring();
    },
    drained: ring,
    closed() {
      // Messages come before the closing: what has ended is whole.
      isBroken = true;
      cancelClosing?.();
      ring();
    },
  };

  function receiveContent(message: Uint8Array): void {
    const { length } = message;
    receiveCredit -= length;
    if (length === 0 || length > maxChannelMessage || receiveCredit < 0 || hasRemoteEnded) {
      return abort();
    }
    // Whatever still comes is nobody's: let it pass, so that we can go on writing.
    if (isUnread) allowMore(length);
    else queue.push(message);
  }

  function receiveCreditMessage(message: string): void {
    const more = Number(creditPattern.exec(message)?.[1]);
    if (Number.isNaN(more) || sendCredit + more > channelCredit) return abort();
    sendCredit += more;
  }

  async function sendAll(bytes: Uint8Array, signal: AbortSignal | undefined): Promise<void> {
    signal?.throwIfAborted();
    for (let offset = 0; offset < bytes.length; ) {
      await waitForRoom(signal, offset > 0);
      const length = Math.min(sendCredit, maxChannelMessage);
      const piece = bytes.subarray(offset, offset + length);
      sendCredit -= piece.length;
      offset += piece.length;
      sendNow(piece);
    }
    if (isBroken) throw broken();
  }

  async function waitForRoom(signal: AbortSignal | undefined, isPartial: boolean): Promise<void> {
    const onAbort = (): void => ring();
    signal?.addEventListener('abort', onAbort);
    try {
      for (;;) {
        if (isBroken) throw broken();
        if (signal?.aborted === true) {
          // A part is on its way: the reader could not tell where the next write begins.
          if (isPartial) abort();
          throw signal.reason;
        }
        if (sendCredit > 0 && channel.bufferedAmount() < highWaterBytes) return;
        await waiting.promise;
      }
    } finally {
      signal?.removeEventListener('abort', onAbort);
    }
  }

  function end(): Promise<void> {
    if (ending !== 'no') return lastWrite;
    ending = 'asked';
    return inTurn(async () => {
      if (isBroken) return;
      sendNow(endMessage);
      ending = 'sent';
      closeIfOver();
    });
  }

  /** Our end may still be on its way: the other side closes, or we do later. */
  function closeIfOver(): void {
    if (ending !== 'sent' || !hasRemoteEnded) return;
    cancelClosing?.();
    cancelClosing = deps.scheduler.schedule(closingMs, () => channel.close());
  }

  function sendNow(message: Uint8Array | string): void {
    try {
      channel.send(message);
    } catch {
      abort();
      throw broken();
    }
  }

  function abort(): void {
    isBroken = true;
    hasRemoteEnded = false;
    queue.length = 0;
    cancelClosing?.();
    channel.close();
    ring();
  }

  async function* read(): AsyncGenerator<Uint8Array> {
    try {
      for (;;) {
        const chunk = queue.shift();
        if (chunk !== undefined) {
          allowMore(chunk.length);
          yield chunk;
        } else if (hasRemoteEnded || isUnread) return;
        else if (isBroken) throw broken();
        else await waiting.promise;
      }
    } finally {
      isUnread = true;
      queue.length = 0;
    }
  }

  /** A quarter at a time: few messages, and the sender never waits for a prompt reader. */
  function allowMore(length: number): void {
    readBytes += length;
    if (readBytes * 4 < channelCredit || hasRemoteEnded || isBroken) return;
    const more = readBytes;
    readBytes = 0;
    receiveCredit += more;
    try {
      channel.send(`more ${more}`);
    } catch {
      abort();
    }
  }

  /** Writes one after another, so that their bytes never mix. */
  function inTurn(work: () => Promise<void>): Promise<void> {
    const turn = lastWrite.then(work);
    lastWrite = turn.catch(() => undefined);
    return turn;
  }

  function ring(): void {
    waiting.resolve();
    waiting = Promise.withResolvers();
  }
}

function broken(): ParsError {
  return new ParsError('mesh/stream-broken');
}

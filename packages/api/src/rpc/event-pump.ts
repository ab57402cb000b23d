import type { Failure } from '@pars/base';
import { MAX_QUEUED_EVENT_BYTES, MAX_QUEUED_EVENTS } from '../limits.ts';

/** What a pump needs to know of its subscription. */
export interface EventPumpOptions {
  readonly events: AsyncIterable<unknown>;
  /** The frame of an event, or `undefined` for one that breaks its schema. */
  readonly frameFromEvent: (event: unknown) => Uint8Array | undefined;
  readonly send: (frame: Uint8Array) => Promise<void>;
  readonly signal: AbortSignal;
}

/**
 * Carries events to a consumer until the source ends, the signal fires or the
 * consumer is too slow. Reads the source at its own speed, so that a slow
 * consumer never holds up the node; what waits is bounded in number and bytes.
 *
 * Resolves with the reason for the end, or `undefined` when the signal fired
 * or the channel ended.
 */
export function pumpEvents(options: EventPumpOptions): Promise<Failure | undefined> {
  const { events, frameFromEvent, send, signal } = options;
  const iterator = events[Symbol.asyncIterator]();
  const queue: Uint8Array[] = [];
  let queuedBytes = 0;
  let isSourceEnded = false;
  let isSending = false;
  const { promise, resolve } = Promise.withResolvers<Failure | undefined>();
  let isOver = false;

  const finish = (reason: Failure | undefined): void => {
    if (isOver) return;
    isOver = true;
    signal.removeEventListener('abort', stop);
    queue.length = 0;
    // Not awaited: a source that hangs must not hang the connection.
    iterator.return?.()?.catch(() => undefined);
    resolve(reason);
  };
  const stop = (): void => finish(undefined);

  signal.addEventListener('abort', stop, { once: true });
  if (signal.aborted) stop();
  else void read();
  return promise;

  async function read(): Promise<void> {
    try {
      while (!isOver) {
        const next = await iterator.next();
        if (next.done === true) break;
        if (!isOver) enqueue(frameFromEvent(next.value));
      }
      isSourceEnded = true;
      if (!isSending) finish({ code: 'api/subscription-ended' });
    } catch {
      finish({ code: 'api/internal' });
    }
  }

  function enqueue(frame: Uint8Array | undefined): void {
    if (frame === undefined) return finish({ code: 'api/internal' });
    queue.push(frame);
    queuedBytes += frame.length;
    if (queue.length > MAX_QUEUED_EVENTS || queuedBytes > MAX_QUEUED_EVENT_BYTES) {
      finish({ code: 'api/slow-consumer' });
    } else if (!isSending) {
      void drain();
    }
  }

  async function drain(): Promise<void> {
    isSending = true;
    try {
      // A frame counts as waiting until the carrier took it.
      for (let frame = queue[0]; frame !== undefined; frame = queue[0]) {
        await send(frame);
        if (isOver) return;
        queue.shift();
        queuedBytes -= frame.length;
      }
      isSending = false;
      if (isSourceEnded) finish({ code: 'api/subscription-ended' });
    } catch {
      finish(undefined);
    }
  }
}

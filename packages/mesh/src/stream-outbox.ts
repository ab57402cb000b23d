import { type ByteStream, concatBytes } from '@pars/base';

/** Writes to a stream in order, without making the writer wait. */
export interface StreamOutbox {
  /** `onTaken` is called when the stream has taken the bytes, not when it breaks. The array is not changed any more. */
  push(bytes: Uint8Array, onTaken?: () => void): void;
  /** Closes the sending half after what was pushed. */
  end(): void;
  /** Resolves when at most so many bytes wait, or when the outbox was closed. */
  waitBelow(bytes: number): Promise<void>;
  /** Drops what waits. */
  close(): void;
  /** Resolves when nothing is being written any more. */
  settled(): Promise<void>;
}

/** Written at once: with the multiplexer's header it fills one frame of a link (PIP-1000 §7). */
const batchBytes = 65_505;

interface Pushed {
  readonly bytes: Uint8Array;
  readonly onTaken: (() => void) | undefined;
}

/**
 * Small pieces that wait together are written together: each write costs a
 * frame, a system call and an answer of the other side, however short it is.
 * `onBroken` is called when the stream takes no more.
 */
export function createStreamOutbox(stream: ByteStream, onBroken: () => void): StreamOutbox {
  const queue: Pushed[] = [];
  let waitingBytes = 0;
  let isEnding = false;
  let isClosed = false;
  let isWriting = false;
  let last: Promise<void> = Promise.resolve();
  let waiters: { readonly below: number; readonly wake: () => void }[] = [];

  function start(): void {
    if (isWriting) return;
    isWriting = true;
    // A turn later, so that what is pushed in a row goes together.
    last = last.then(writeAll);
  }

  async function writeAll(): Promise<void> {
    try {
      while (queue.length > 0 && !isClosed) await writeBatch(takeBatch());
      if (isEnding && !isClosed) await stream.closeWrite();
    } catch {
      isClosed = true;
      onBroken();
    }
    isWriting = false;
    wake();
  }

  async function writeBatch(batch: readonly Pushed[]): Promise<void> {
    const [only] = batch;
    const isAlone = batch.length === 1 && only !== undefined;
    const bytes = isAlone ? only.bytes : concatBytes(...batch.map((pushed) => pushed.bytes));
    await stream.write(bytes);
    waitingBytes -= bytes.length;
    for (const { onTaken } of batch) onTaken?.();
    wake();
  }

  /** As many as fit into one write, and at least one. */
  function takeBatch(): readonly Pushed[] {
    let size = 0;
    let count = 0;
    for (const { bytes } of queue) {
      size += bytes.length;
      if (count > 0 && size > batchBytes) break;
      count += 1;
    }
    return queue.splice(0, count);
  }

  function wake(): void {
    const isReady = (waiter: { readonly below: number }) =>
      isClosed || waitingBytes <= waiter.below;
    const ready = waiters.filter(isReady);
    waiters = waiters.filter((waiter) => !isReady(waiter));
    for (const waiter of ready) waiter.wake();
  }

  return {
    push(bytes, onTaken) {
      waitingBytes += bytes.length;
      queue.push({ bytes, onTaken });
      start();
    },
    end() {
      isEnding = true;
      start();
    },
    waitBelow(below) {
      if (isClosed || waitingBytes <= below) return Promise.resolve();
      return new Promise((resolve) => {
        waiters.push({ below, wake: resolve });
      });
    },
    close() {
      isClosed = true;
      queue.length = 0;
      wake();
    },
    settled: () => last,
  };
}

import type { ByteStream } from '@pars/base';

/** Writes to a stream in order, without making the writer wait. */
export interface StreamOutbox {
  /** `onTaken` is called when the stream has taken the bytes, not when it breaks. */
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

/** `onBroken` is called when the stream takes no more. */
export function createStreamOutbox(stream: ByteStream, onBroken: () => void): StreamOutbox {
  let waitingBytes = 0;
  let isClosed = false;
  let last: Promise<void> = Promise.resolve();
  let waiters: { readonly below: number; readonly wake: () => void }[] = [];

  function run(work: () => Promise<void>): void {
    last = last.then(async () => {
      try {
        if (!isClosed) await work();
      } catch {
        isClosed = true;
        onBroken();
      }
      wake();
    });
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
      run(async () => {
        await stream.write(bytes);
        waitingBytes -= bytes.length;
        onTaken?.();
      });
    },
    end: () => run(() => stream.closeWrite()),
    waitBelow(below) {
      if (isClosed || waitingBytes <= below) return Promise.resolve();
      return new Promise((resolve) => {
        waiters.push({ below, wake: resolve });
      });
    },
    close() {
      isClosed = true;
      wake();
    },
    settled: () => last,
  };
}

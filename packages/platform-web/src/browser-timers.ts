import { type Clock, ParsError, type Scheduler } from '@pars/base';

/** The clocks of the page or worker. The monotonic one starts with it. */
export const browserClock: Clock = Object.freeze({
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
});

/**
 * The timers of the page or worker. Browsers slow them down to one a second or
 * less where the page is not seen.
 */
export const browserScheduler: Scheduler = Object.freeze({
  schedule(delayMs: number, task: () => void) {
    requireDelay(delayMs);
    const timer = setTimeout(task, delayMs);
    return () => clearTimeout(timer);
  },
  async sleep(delayMs: number, signal?: AbortSignal) {
    requireDelay(delayMs);
    signal?.throwIfAborted();
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, delayMs);
    const onAbort = (): void => reject(signal?.reason);
    signal?.addEventListener('abort', onAbort);
    try {
      await promise;
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
    }
  },
});

/** Browsers turn a delay that they cannot hold into none at all: better to refuse it. */
function requireDelay(delayMs: number): void {
  if (!(delayMs >= 0 && delayMs <= 2 ** 31 - 1)) {
    throw new ParsError('base/argument', { what: 'delayMs' });
  }
}

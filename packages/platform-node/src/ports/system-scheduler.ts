import { setTimeout as sleepFor } from 'node:timers/promises';
import { ParsError, type Scheduler } from '@pars/base';

/**
 * The timers of Node. Waiting tasks keep the process alive. A task that throws
 * is an uncaught exception, as with `setTimeout`.
 */
export const systemScheduler: Scheduler = Object.freeze({
  schedule(delayMs: number, task: () => void) {
    requireDelay(delayMs);
    const timer = setTimeout(task, delayMs);
    return () => clearTimeout(timer);
  },
  async sleep(delayMs: number, signal?: AbortSignal) {
    requireDelay(delayMs);
    signal?.throwIfAborted();
    try {
      await sleepFor(delayMs, undefined, signal === undefined ? {} : { signal });
    } catch (error) {
      // Node rejects with an AbortError of its own; the port promises the signal's reason.
      throw signal?.aborted === true ? signal.reason : error;
    }
  },
});

/** Node turns a delay that it cannot hold into 1 ms: better to refuse it. */
function requireDelay(delayMs: number): void {
  if (!(delayMs >= 0 && delayMs <= 2 ** 31 - 1)) {
    throw new ParsError('base/argument', { what: 'delayMs' });
  }
}

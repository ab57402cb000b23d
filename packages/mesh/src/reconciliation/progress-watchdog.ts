import type { Cancel, Scheduler } from '@pars/base';

/**
 * Calls `onStall` once when `progressOf` gives the same number twice, one
 * `timeoutMs` apart (PIP-1003 §9). Ends with the returned function.
 */
export function watchProgress(
  scheduler: Scheduler,
  options: {
    readonly timeoutMs: number;
    readonly progressOf: () => number;
    readonly onStall: () => void;
  },
): Cancel {
  const { timeoutMs, progressOf, onStall } = options;
  let seen = progressOf();
  let cancel = scheduler.schedule(timeoutMs, look);
  function look(): void {
    const now = progressOf();
    if (now === seen) return onStall();
    seen = now;
    cancel = scheduler.schedule(timeoutMs, look);
  }
  return () => cancel();
}

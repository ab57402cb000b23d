import type { Clock } from '@pars/base';

/** The clocks of the machine. The monotonic one starts with the process. */
export const systemClock: Clock = Object.freeze({
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
});

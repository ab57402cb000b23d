import type { Clock } from '@pars/base';

/**
 * A time in milliseconds that never goes back, counts a sleep of the machine,
 * and does not care where the wall clock is set to: for whatever is remembered
 * for a while, and for no date. A wall clock that is set ahead counts as a sleep.
 */
export function createSteadyTime(clock: Clock): () => number {
  let lastWallMs = clock.nowMs();
  let lastMonotonicMs = clock.monotonicMs();
  let steadyMs = lastWallMs;
  return () => {
    const [wallMs, monotonicMs] = [clock.nowMs(), clock.monotonicMs()];
    const passedMs = monotonicMs - lastMonotonicMs;
    const aheadMs = wallMs - lastWallMs - passedMs;
    steadyMs += passedMs + (aheadMs >= SLEEP_MS ? aheadMs : 0);
    lastWallMs = wallMs;
    lastMonotonicMs = monotonicMs;
    return steadyMs;
  };
}

/** What is no sleep: a corrected clock. */
const SLEEP_MS = 60_000;

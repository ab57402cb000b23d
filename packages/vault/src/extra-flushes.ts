/** Flushes a day beside the ticks, locks included (PIP-3000 §8). */
export const MAX_EXTRA_FLUSHES = 64;

/** A day since 1970-01-01 and the extra flushes that it saw. */
export interface ExtraFlushes {
  readonly day: number;
  readonly count: number;
}

const DAY_MS = 86_400_000;

/** A clock that goes back gives no new day, and one that jumps ahead gives one. */
export function extraFlushesOf(recorded: ExtraFlushes, nowMs: number): ExtraFlushes {
  const today = Math.floor(nowMs / DAY_MS);
  return today > recorded.day ? { day: today, count: 0 } : recorded;
}

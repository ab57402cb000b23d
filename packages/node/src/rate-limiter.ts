import type { Clock } from '@pars/base';

/** Says who asks too often. */
export interface RateLimiter {
  /** Takes one request of `source` into account; `false` when it is one too many. */
  admit(source: string): boolean;
}

/**
 * Counts requests per minute, from each source and from all together. It keeps
 * at most as many sources as the total allows, so a flood of new names cannot
 * make it grow. A refused request does not count.
 */
export function createRateLimiter(
  clock: Clock,
  limits: { readonly perSource: number; readonly total: number },
): RateLimiter {
  const countBySource = new Map<string, number>();
  let windowStartMs = clock.monotonicMs();
  let total = 0;
  return {
    admit(source) {
      const nowMs = clock.monotonicMs();
      if (nowMs - windowStartMs >= WINDOW_MS) {
        windowStartMs = nowMs;
        total = 0;
        countBySource.clear();
      }
      const count = countBySource.get(source) ?? 0;
      if (count >= limits.perSource || total >= limits.total) return false;
      countBySource.set(source, count + 1);
      total += 1;
      return true;
    },
  };
}

const WINDOW_MS = 60_000;

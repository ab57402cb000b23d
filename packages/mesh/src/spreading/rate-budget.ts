/** So many a second, and a burst of so many: what a neighbour may cost (PIP-1008 §8). */
export interface RateBudget {
  /** Takes the amount and says true, or takes nothing and says false. */
  spend(amount: number, nowMs: number): boolean;
}

/** A full budget. */
export function createRateBudget(perSecond: number, burst: number): RateBudget {
  let left = burst;
  let lastMs: number | undefined;
  return {
    spend(amount, nowMs) {
      const passedMs = lastMs === undefined ? 0 : Math.max(0, nowMs - lastMs);
      lastMs = nowMs;
      left = Math.min(burst, left + (passedMs * perSecond) / 1_000);
      if (amount > left) return false;
      left -= amount;
      return true;
    },
  };
}

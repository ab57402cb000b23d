/** Bytes a second, with a burst: how long whoever sends must wait (PIP-1000 §9.4). */
export interface BytePace {
  /** Takes the bytes, and says after how many milliseconds they may go. */
  take(bytes: number, nowMs: number): number;
}

/** A pace that lets one second's bytes, or `burst` if that is more, pass at once. */
export function createBytePace(bytesPerSecond: number, burst = 0): BytePace {
  const ahead = Math.max(burst, bytesPerSecond);
  let left = ahead;
  let lastMs: number | undefined;
  return {
    take(bytes, nowMs) {
      const passedMs = lastMs === undefined ? 0 : Math.max(0, nowMs - lastMs);
      lastMs = nowMs;
      left = Math.min(ahead, left + (passedMs * bytesPerSecond) / 1_000) - bytes;
      return left >= 0 ? 0 : (-left * 1_000) / bytesPerSecond;
    },
  };
}

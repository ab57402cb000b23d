/** How long to measure. */
export interface RateOptions {
  /** Interleaved rounds; the median round counts. Default 15. */
  readonly rounds?: number;
  /** Milliseconds per candidate and round. Default 40. */
  readonly roundMs?: number;
}

/**
 * Operations per second of each candidate: the median over rounds in which all
 * candidates take turns, so that a noisy machine disturbs them alike.
 */
export async function measureRates<Name extends string>(
  candidates: Readonly<Record<Name, () => unknown>>,
  options: RateOptions = {},
): Promise<Record<Name, number>> {
  const { rounds = 15, roundMs = 40 } = options;
  const names = Object.keys(candidates) as Name[];
  const rates = Object.fromEntries(names.map((name) => [name, [] as number[]])) as Record<
    Name,
    number[]
  >;
  for (let round = -1; round < rounds; round += 1) {
    for (const name of names) {
      const rate = await measureOnce(candidates[name], roundMs);
      if (round >= 0) rates[name].push(rate);
    }
  }
  return Object.fromEntries(names.map((name) => [name, median(rates[name])])) as Record<
    Name,
    number
  >;
}

/** Only benches run this file, on hosts that have it; the layers themselves take time from a port. */
declare const performance: { now(): number };

async function measureOnce(candidate: () => unknown, roundMs: number): Promise<number> {
  const start = performance.now();
  let count = 0;
  let elapsed = 0;
  do {
    await candidate();
    count += 1;
    elapsed = performance.now() - start;
  } while (elapsed < roundMs);
  return count / (elapsed / 1000);
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

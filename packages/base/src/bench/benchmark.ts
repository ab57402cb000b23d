/** One line of the table that `npm run bench` prints. */
export interface BenchRow {
  /** `package/what/where`, e.g. `crypto/sealed-box-1KiB/node`. */
  readonly name: string;
  readonly value: number;
  /** `ops/s`, `ms`, `MB/s`, `B`, `MB`. */
  readonly unit: string;
  /** What `value` is compared with, measured in the same run. */
  readonly peer?: { readonly name: string; readonly value: number };
  /** Cost relative to the peer: time over time, or peer's rate over ours. 1 = equal. */
  readonly ratio?: number;
  /** The promise: an upper bound of `ratio` or of `value`, a lower bound of `value`. */
  readonly target?: {
    readonly of: 'ratio' | 'value';
    readonly atMost?: number;
    readonly atLeast?: number;
  };
}

/** A named measurement; `*.bench.ts` files export `benchmarks: readonly Benchmark[]`. */
export interface Benchmark {
  readonly name: string;
  readonly run: () => Promise<readonly BenchRow[]>;
  /** Why it cannot run here. */
  readonly skip?: string;
}

export type { Benchmark, BenchRow } from './benchmark.ts';
export { measureRates, type RateOptions } from './measure-rates.ts';

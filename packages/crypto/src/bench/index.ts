export { cryptoBenchmarks } from './crypto-benchmarks.ts';

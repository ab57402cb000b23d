import type { Benchmark } from '@pars/base/bench';
import { createVectorRandom } from '../conformance/seeded-random.ts';
import { createJavaScriptProvider } from '../provider/javascript-provider.ts';
import { cryptoBenchmarks } from './crypto-benchmarks.ts';

/** Suite 1 over the JavaScript provider; the native ones are measured by their platform packages. */
export const benchmarks: readonly Benchmark[] = cryptoBenchmarks('js', () =>
  createJavaScriptProvider({ random: createVectorRandom('bench') }),
);

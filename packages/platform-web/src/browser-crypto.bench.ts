import type { Benchmark } from '@pars/base/bench';
import { findChromium, NO_CHROMIUM } from '../../../scripts/browser/find-chromium.ts';
import { runBrowserBenchmarks } from '../../../scripts/browser/run-browser-cases.ts';

const entry = new URL('./bench/browser-crypto-benchmarks.ts', import.meta.url);
const unavailable = findChromium() === undefined ? { skip: NO_CHROMIUM } : {};

/** Suite 1 in a real Chromium, with WebCrypto and without. */
export const benchmarks: readonly Benchmark[] = (['secure-page', 'insecure-page'] as const).map(
  (realm) => ({
    name: `crypto in Chromium: ${realm}`,
    ...unavailable,
    async run() {
      const results = await runBrowserBenchmarks({ entry, realm });
      return results.flatMap(({ rows }) => rows);
    },
  }),
);

import type { Benchmark } from '@pars/base/bench';
import { findChromium, NO_CHROMIUM } from '../../../../scripts/browser/find-chromium.ts';
import { runBrowserBenchmarks } from '../../../../scripts/browser/run-browser-cases.ts';

const entry = new URL('../bench/qr-benchmarks.ts', import.meta.url);
const unavailable = findChromium() === undefined ? { skip: NO_CHROMIUM } : {};

/** Streams of QR codes from canvas to canvas in a real Chromium. */
export const benchmarks: readonly Benchmark[] = [
  {
    name: 'qr streams in Chromium',
    ...unavailable,
    async run() {
      const results = await runBrowserBenchmarks({ entry, realm: 'secure-page' });
      return results.flatMap(({ rows }) => rows);
    },
  },
];

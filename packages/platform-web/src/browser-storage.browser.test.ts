import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findChromium, NO_CHROMIUM } from '../../../scripts/browser/find-chromium.ts';
import { runBrowserCases } from '../../../scripts/browser/run-browser-cases.ts';

const entries = {
  storage: new URL('./conformance/browser-storage-cases.ts', import.meta.url),
  SQL: new URL('./conformance/wasm-sql-cases.ts', import.meta.url),
};
const skip = findChromium() === undefined && NO_CHROMIUM;

for (const realm of ['secure-page', 'secure-worker', 'insecure-page'] as const) {
  for (const [what, entry] of Object.entries(entries)) {
    test(`${what} in Chromium: ${realm}`, { skip }, async (context) => {
      const results = await runBrowserCases({ entry, realm });
      assert.notEqual(results.length, 0);
      for (const { name, outcome, detail } of results) {
        await context.test(name, { skip: outcome === 'skipped' && detail }, () => {
          assert.equal(outcome, 'passed', detail);
        });
      }
    });
  }
}

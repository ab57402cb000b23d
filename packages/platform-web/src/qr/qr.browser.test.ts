import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findChromium, NO_CHROMIUM } from '../../../../scripts/browser/find-chromium.ts';
import { runBrowserCases } from '../../../../scripts/browser/run-browser-cases.ts';

const entry = new URL('../conformance/qr-cases.ts', import.meta.url);
const skip = findChromium() === undefined && NO_CHROMIUM;

test('streams of QR codes from canvas to canvas in Chromium', { skip }, async (context) => {
  const results = await runBrowserCases({ entry, realm: 'secure-page' });
  assert.notEqual(results.length, 0);
  for (const { detail, name, outcome } of results) {
    await context.test(name, () => assert.equal(outcome, 'passed', detail));
  }
});

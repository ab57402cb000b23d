import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findChromium, NO_CHROMIUM } from './find-chromium.ts';
import { runBrowserBenchmarks, runBrowserCases } from './run-browser-cases.ts';

const entry = new URL('./runner-fixture.ts', import.meta.url);
const skip = findChromium() === undefined && NO_CHROMIUM;

for (const realm of ['secure-page', 'secure-worker', 'insecure-page'] as const) {
  test(`reports every outcome of a ${realm}`, { skip }, async () => {
    const [first, failed, skipped, inside] = await runBrowserCases({ entry, realm });
    assert.deepEqual(first, { name: realm, outcome: 'passed', detail: '' });
    assert.equal(failed?.outcome, 'failed');
    assert.ok(failed?.detail.includes('on purpose'));
    assert.deepEqual(skipped, { name: 'skips', outcome: 'skipped', detail: 'for a reason' });
    assert.deepEqual(inside, { name: 'stays inside', outcome: 'passed', detail: '' });
  });
}

test('brings the rows of benchmarks home', { skip }, async () => {
  assert.deepEqual(await runBrowserBenchmarks({ entry, realm: 'secure-page' }), [
    { name: 'measures', rows: [{ name: 'fixture', value: 1, unit: 'ops/s' }] },
    { name: 'cannot', rows: [], skip: 'for a reason' },
  ]);
});

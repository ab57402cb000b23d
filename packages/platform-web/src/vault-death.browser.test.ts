import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chromium } from 'playwright-core';
import { findChromium, NO_CHROMIUM } from '../../../scripts/browser/find-chromium.ts';
import { bundlePage } from '../../../scripts/browser/page-bundle.ts';
import { servePage } from '../../../scripts/browser/page-server.ts';

const executablePath = findChromium() ?? '';
const skip = executablePath === '' && NO_CHROMIUM;
/** Workers that are ended: 12; `PARS_KILL_ROUNDS=300` takes a few minutes. */
const ROUNDS = Number(process.env['PARS_KILL_ROUNDS'] ?? 12);

test(`a vault in OPFS whose worker is ended ${ROUNDS} times while it writes: before or after, both volumes whole`, {
  skip,
}, async (t) => {
  const entry = new URL('./conformance/vault-death-page.ts', import.meta.url);
  await using server = await servePage(await bundlePage(entry));
  const browser = await chromium.launch({
    executablePath,
    headless: true,
    // Chromium refuses to run as root inside its sandbox, as CI containers do.
    chromiumSandbox: process.getuid?.() !== 0,
    args: ['--disable-gpu', '--no-first-run', '--disable-background-networking'],
  });
  try {
    const page = await browser.newPage();
    await page.goto(`http://localhost:${server.port}/page`);
    const { ended, durable } = await page.evaluate<{ ended: number; durable: number }>(
      `parsEndWorkers(${ROUNDS})`,
    );
    t.diagnostic(`${ended} ended, ${durable} transactions durable`);
    assert.ok(ended >= ROUNDS / 2, `ended ${ended}`);
  } finally {
    await browser.close();
  }
});

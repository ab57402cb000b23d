import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { chromium, type Page } from 'playwright-core';
import { findChromium, NO_CHROMIUM } from '../../../scripts/browser/find-chromium.ts';
import { bundlePage } from '../../../scripts/browser/page-bundle.ts';
import { servePage } from '../../../scripts/browser/page-server.ts';

const executablePath = findChromium() ?? '';
const skip = executablePath === '' && NO_CHROMIUM;
// Announced rounds before death, and milliseconds after the last.
const DEATHS = [
  [1, 2],
  [2, 9],
  [3, 20],
] as const;

test('a browser killed while it writes leaves whole batches', { skip }, async () => {
  const entry = new URL('./conformance/browser-death-page.ts', import.meta.url);
  // One server throughout: what a page stored belongs to its port too.
  await using server = await servePage(await bundlePage(entry));
  const profile = await mkdtemp(join(tmpdir(), 'pars-browser-'));
  try {
    for (const [rounds, delayMs] of DEATHS) {
      const safe = await inBrowser(profile, server.port, async (page) => {
        await page.evaluate(`parsWrite(${rounds})`);
        await new Promise((resolve) => setTimeout(resolve, delayMs));
        const last = await page.evaluate<number>('parsSafeRound');
        await killEveryProcessOf(profile);
        return last;
      });
      await inBrowser(profile, server.port, async (page) => {
        await page.evaluate(`parsCheck(${safe})`);
      });
    }
  } finally {
    // What is left of the killed browser may still be writing.
    await rm(profile, { recursive: true, force: true, maxRetries: 10 });
  }
});

async function inBrowser<T>(
  profile: string,
  port: number,
  work: (page: Page) => Promise<T>,
): Promise<T> {
  const context = await chromium.launchPersistentContext(profile, {
    executablePath,
    headless: true,
    chromiumSandbox: process.getuid?.() !== 0,
    args: ['--disable-gpu', '--no-first-run', '--disable-background-networking'],
  });
  try {
    const page = await context.newPage();
    await page.goto(`http://localhost:${port}/page`);
    return await work(page);
  } finally {
    // One that was killed is closed already, or is found to be while it is closing.
    await context.close().catch(() => undefined);
  }
}

/** The browser and its helpers all have the profile's folder on their command line, as nobody else has. */
async function killEveryProcessOf(profile: string): Promise<void> {
  await promisify(execFile)('pkill', ['-KILL', '-f', '--', profile]);
}

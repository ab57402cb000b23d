import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { readHistory } from '../src/read-history.ts';
import { readProposalFolder } from '../src/read-input.ts';
import { HOSTILE_HOST, hostileProposals } from '../src/site/hostile-fixture.ts';
import { buildTestSite, proposalText } from '../src/site/site-fixture.ts';
import type { SiteFiles } from '../src/site/site-model.ts';
import { writeSite } from '../src/write-site.ts';
import { launchChromium, openWatchedPage, skipWithoutChromium } from './site-browser-fixture.ts';
import { type SiteServer, serveSite } from './site-server-fixture.ts';

const ownFolder = join(import.meta.dirname, '../../../PIPs');

const EVERYTHING = proposalText(
  { pip: '1999', title: 'Everything at once', language: 'fa' },
  [
    '## چکیده\n\nمتن[^1] با `code` و [پیوند](https://example.org).\n\n[^1]: پانویس.',
    '## مشخصات\n\n```ts\nconst a: string = "b"; // comment\n```\n\n```dot\ndigraph { rankdir=LR; a -> b [label="x"]; subgraph cluster_c { label="c"; d } }\n```',
    '| a | b |\n|---|--:|\n| 1 | 2 |\n\n1. one\n2. two\n\n- x\n- y\n\n> quote\n',
  ].join('\n\n'),
);

/** The collection of our own proposals, and one that uses every part of the format. */
async function buildRichSite(): Promise<SiteFiles> {
  const { files, ...rest } = await readProposalFolder(ownFolder);
  const all = { ...Object.fromEntries(files), 'pip-1999-everything.md': EVERYTHING };
  const history = await readHistory(ownFolder, Object.keys(all));
  return await buildTestSite(
    { ...all, 'pip-1998-broken.md': '---\ntitle: [\n---\n' },
    { ...rest, history },
  );
}

describe('the site in Chromium', { skip: skipWithoutChromium }, () => {
  let browser: Browser;
  let server: SiteServer;
  let files: SiteFiles;
  let axe: string;

  before(async () => {
    files = await buildRichSite();
    [browser, server] = [await launchChromium(), await serveSite(files)];
    axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
  });
  after(async () => {
    await browser.close();
    await server[Symbol.asyncDispose]();
  });

  const PAGES = [
    '',
    'PIPs/',
    'PIPs/status/',
    'PIPs/author/',
    'PIPs/pip-0000-network-architecture/',
    'PIPs/pip-0000-network-architecture/history/',
    'PIPs/pip-1999-everything/',
    'PIPs/pip-1998-broken/',
    'search/?q=link',
    'contribute/',
  ];
  const SIZES = [
    { width: 360, height: 740 },
    { width: 1280, height: 800 },
  ];

  for (const tree of ['', 'fa/']) {
    for (const colorScheme of ['light', 'dark'] as const) {
      for (const viewport of SIZES) {
        test(`/${tree} ${colorScheme} ${viewport.width}: axe finds nothing, nothing overflows`, async () => {
          // The pages' own policy would keep the checker out.
          await using opened = await openWatchedPage(browser, {
            colorScheme,
            viewport,
            bypassCSP: true,
          });
          const { page, complaints } = opened;
          for (const path of PAGES) {
            await page.goto(`${server.address}${tree}${path}`);
            await page.evaluate(
              `document.querySelectorAll('details').forEach((part) => { part.open = true; })`,
            );
            await page.evaluate(axe);
            const found = await page.evaluate<readonly string[]>(`axe.run().then(({ violations }) =>
              violations.map(({ id, nodes }) => id + ': ' + nodes.map(({ html }) => html).join(' ').slice(0, 400)))`);
            assert.deepEqual(found, [], path);
            const surplus = await page.evaluate<number>(
              'document.documentElement.scrollWidth - document.documentElement.clientWidth',
            );
            assert.equal(surplus, 0, `${path} is wider than the screen`);
          }
          assert.deepEqual(complaints, []);
        });
      }
    }
  }

  test('paths without a file name lead to pages, and nothing is asked of others', async () => {
    await using opened = await openWatchedPage(browser);
    const { page, requests, complaints } = opened;
    for (const path of [
      'PIPs',
      'PIPs/',
      'PIPs/pip-0000-network-architecture',
      'fa/PIPs/pip-0000-network-architecture',
    ]) {
      const response = await page.goto(`${server.address}${path}`);
      assert.equal(response?.status(), 200, path);
      assert.equal(await page.locator('h1').count(), 1);
    }
    assert.deepEqual(
      requests.filter((address) => !address.startsWith(server.address)),
      [],
    );
    assert.deepEqual(complaints, []);
  });

  test('searching finds while typing, in both languages, however Persian is typed', async () => {
    await using opened = await openWatchedPage(browser);
    const { page, complaints } = opened;
    await page.goto(`${server.address}fa/search/`);
    const results = page.locator('#site\\:results .name');
    await page.locator('#site\\:query').pressSequentially('architec');
    assert.ok((await results.allTextContents()).includes('Network architecture'));
    assert.match((await page.locator('#site\\:count').textContent()) ?? '', /پیدا شد/);
    // Arabic kaf and yeh, and no ZWNJ.
    await page.locator('#site\\:query').fill('چكيده');
    assert.deepEqual(await results.allTextContents(), ['Everything at once']);
    await page.locator('#site\\:query').fill('zzzzzz');
    assert.equal(await results.count(), 0);
    await page.locator('#site\\:query').fill('1999');
    await page.locator('#site\\:results a').first().click();
    await page.waitForURL('**/fa/PIPs/pip-1999-everything/index.html');
    assert.deepEqual(complaints, []);
  });

  test('the switch of themes is remembered, and moves between languages keep the page', async () => {
    await using opened = await openWatchedPage(browser, { colorScheme: 'light' });
    const { page } = opened;
    await page.goto(`${server.address}PIPs/pip-0000-network-architecture/`);
    await page.getByRole('button', { name: 'Dark' }).click();
    await page.getByRole('link', { name: 'فارسی' }).click();
    await page.waitForURL('**/fa/PIPs/pip-0000-network-architecture/index.html');
    assert.equal(await page.locator('html').getAttribute('data-theme'), 'dark');
    assert.equal(await page.getByRole('button', { name: 'روشن' }).count(), 1);
  });

  test('everything can be reached by keyboard, the content first', async () => {
    await using opened = await openWatchedPage(browser);
    const { page } = opened;
    await page.goto(`${server.address}PIPs/pip-0000-network-architecture/`);
    await page.keyboard.press('Tab');
    assert.equal(await focusedText(page), 'Skip to the content');
    await page.keyboard.press('Enter');
    assert.equal(await page.evaluate('document.activeElement.id'), 'site:main');
    await page.keyboard.press('Tab');
    assert.notEqual(await focusedText(page), 'Skip to the content');
    const outline = await page.evaluate<string>(
      'getComputedStyle(document.activeElement).outlineStyle',
    );
    assert.equal(outline, 'solid');
  });

  test('can be read without scripts', async () => {
    await using opened = await openWatchedPage(browser, { javaScriptEnabled: false });
    const { page, complaints } = opened;
    await page.goto(`${server.address}PIPs/pip-0000-network-architecture/`);
    assert.ok(await page.getByRole('heading', { name: 'Abstract' }).isVisible());
    await page.goto(`${server.address}search/`);
    assert.ok(await page.locator('#site\\:no-script').isVisible());
    assert.deepEqual(complaints, []);
  });

  test('prints the text alone', async () => {
    await using opened = await openWatchedPage(browser, { colorScheme: 'dark' });
    const { page } = opened;
    await page.goto(`${server.address}PIPs/pip-0000-network-architecture/`);
    await page.emulateMedia({ media: 'print' });
    assert.equal(await page.locator('header.top').isVisible(), false);
    assert.equal(await page.locator('nav.contents').isVisible(), false);
    const ink = await page.evaluate<string>('getComputedStyle(document.body).color');
    assert.equal(ink, 'rgb(0, 0, 0)');
  });

  test('works from a folder', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'pars-site-'));
    try {
      await writeSite(join(folder, 'site'), files);
      await using opened = await openWatchedPage(browser);
      const { page, requests, complaints } = opened;
      await page.goto(pathToFileURL(join(folder, 'site/index.html')).href);
      await page.getByRole('link', { name: 'Browse the proposals' }).click();
      await page.waitForURL('**/PIPs/index.html');
      await page.getByRole('link', { name: /Network architecture/ }).click();
      await page.waitForURL('**/pip-0000-network-architecture/index.html');
      assert.match(await page.title(), /PIP-0000/);
      const paper = await page.evaluate<string>('getComputedStyle(document.body).backgroundColor');
      assert.equal(paper, 'rgb(244, 242, 236)');
      await page.getByRole('link', { name: 'Search' }).click();
      await page.waitForURL('**/search/index.html');
      await page.locator('#site\\:query').pressSequentially('mesh');
      assert.ok((await page.locator('#site\\:results li').count()) > 0);
      assert.deepEqual(
        requests.filter((address) => !address.startsWith('file:')),
        [],
      );
      assert.deepEqual(complaints, []);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

describe('hostile proposals in Chromium', { skip: skipWithoutChromium }, () => {
  test('run nothing and reach nobody, even without the policy of the pages', async () => {
    const files = await buildTestSite(hostileProposals);
    const browser = await launchChromium();
    try {
      await using server = await serveSite(files);
      for (const bypassCSP of [false, true]) {
        await using opened = await openWatchedPage(browser, { bypassCSP });
        const { page, requests, complaints } = opened;
        await page.exposeFunction('alert', (what: unknown) => {
          throw new Error(`alert(${String(what)})`);
        });
        for (const path of files.keys()) {
          if (!path.endsWith('.html')) continue;
          await page.goto(server.address + path);
          await page.evaluate(
            `document.querySelectorAll('details').forEach((part) => { part.open = true; })`,
          );
          await page.evaluate(`for (const element of document.querySelectorAll('main *')) {
            for (const event of ['click', 'focus', 'mouseover', 'error', 'load', 'toggle']) {
              if (element.tagName !== 'A' || event !== 'click') element.dispatchEvent(new Event(event));
            }
          }`);
          const scripts = await page.evaluate<readonly string[]>(
            `Array.from(document.scripts, ({ src, text }) => src + text)`,
          );
          for (const script of scripts)
            assert.ok(script.startsWith(`${server.address}assets/`), path);
        }
        await page.goto(`${server.address}search/?q=hostile`);
        assert.ok((await page.locator('#site\\:results li').count()) > 3);
        await page.goto(
          `${server.address}search/?q=${encodeURIComponent('<img src=x onerror=alert(1)>')}`,
        );
        assert.deepEqual(complaints, []);
        assert.deepEqual(
          requests.filter((address) => !address.startsWith(server.address)),
          [],
        );
        assert.ok(!requests.some((address) => address.includes(HOSTILE_HOST)));
      }
    } finally {
      await browser.close();
    }
  });
});

async function focusedText(page: Page): Promise<string> {
  return await page.evaluate<string>('document.activeElement.textContent');
}

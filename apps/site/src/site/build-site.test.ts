import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { readHistory } from '../read-history.ts';
import { readProposalFolder } from '../read-input.ts';
import { hostileProposals } from './hostile-fixture.ts';
import { buildTestSite, pageOf, proposalText } from './site-fixture.ts';
import { brokenLink, linksOf } from './site-links-fixture.ts';
import type { ProposalHistory, SiteFiles } from './site-model.ts';

const ownFolder = join(import.meta.dirname, '../../../../PIPs');

async function buildOwnSite(): Promise<SiteFiles> {
  const { files, ...rest } = await readProposalFolder(ownFolder);
  const history = await readHistory(ownFolder, [...files.keys()]);
  return await buildTestSite(Object.fromEntries(files), { ...rest, history });
}

const version = (
  text: string,
  commit: string,
  time: number,
): ProposalHistory['versions'][number] => ({
  commit: commit.repeat(40),
  time,
  subject: `Change ${commit}`,
  text,
});

describe('the site of our own proposals', () => {
  test('has every page of the founding page, and all of its links lead somewhere', async () => {
    const files = await buildOwnSite();
    for (const path of [
      'index.html',
      'PIPs/index.html',
      'PIPs/pip-0000-network-architecture/index.html',
      'PIPs/status/index.html',
      'PIPs/author/index.html',
      'search/index.html',
      'contribute/index.html',
      'feed.xml',
    ]) {
      assert.ok(files.has(path), path);
      assert.ok(files.has(`fa/${path}`), `fa/${path}`);
    }
    const links = linksOf(files);
    assert.ok(links.length > 1_000);
    assert.deepEqual(
      links.flatMap((link) => brokenLink(files, link) ?? []),
      [],
    );
  });

  test('loads nothing from elsewhere', async () => {
    const files = await buildOwnSite();
    const away = linksOf(files).filter(
      ({ element, address }) => element !== 'a' && /^(?:[a-z][a-z0-9+.-]*:|\/)/i.test(address),
    );
    assert.deepEqual(away, []);
    const styles = pageOf(files, 'assets/site.css');
    assert.doesNotMatch(styles, /url\(|@import|@font-face/);
  });

  test('is the same, byte for byte, each time', async () => {
    const [first, second] = [await buildOwnSite(), await buildOwnSite()];
    assert.deepEqual([...first.keys()], [...second.keys()]);
    for (const [path, content] of first) assert.deepEqual(second.get(path), content, path);
  });
});

describe('a page of a proposal', () => {
  test('says that the proposal is not on the ledger, and which text it is', async () => {
    const files = await buildTestSite({ 'pip-1000-a.md': proposalText() });
    const page = pageOf(files, 'PIPs/pip-1000-a/index.html');
    assert.match(page, /not on the ledger yet/);
    assert.match(page, /(?:[0-9a-f]{4} ){15}[0-9a-f]{4}/);
    assert.match(page, /History not available/);
    assert.equal(files.get('PIPs/pip-1000-a.md'), proposalText());
  });

  test('stands in both frames, with the text in its own language and direction', async () => {
    const text = proposalText({ language: 'fa', title: 'پیوند' }, '## چکیده\n\nمتن.\n');
    const files = await buildTestSite({
      'pip-1000-a.md': text,
      'pip-1001-b.md': proposalText({ pip: '1001' }),
    });
    const english = pageOf(files, 'PIPs/pip-1000-a/index.html');
    const persian = pageOf(files, 'fa/PIPs/pip-1001-b/index.html');
    assert.match(english, /^<!doctype html>\n<html lang="en" dir="ltr">/);
    assert.match(english, /<article class="prose" lang="fa" dir="rtl">/);
    assert.match(english, /<bdi lang="fa" dir="rtl">پیوند<\/bdi>/);
    assert.match(persian, /^<!doctype html>\n<html lang="fa" dir="rtl">/);
    assert.match(persian, /<article class="prose" lang="en" dir="ltr">/);
  });

  test('links what it requires and what requires it', async () => {
    const files = await buildTestSite({
      'pip-1000-a.md': proposalText(),
      'pip-1001-b.md': proposalText({ pip: '1001', requires: '[1000, 9999]' }),
    });
    const link = (slug: string): string => `href="../../PIPs/${slug}/index.html"`;
    assert.ok(pageOf(files, 'PIPs/pip-1000-a/index.html').includes(link('pip-1001-b')));
    assert.ok(pageOf(files, 'PIPs/pip-1001-b/index.html').includes(link('pip-1000-a')));
    assert.match(pageOf(files, 'PIPs/pip-1001-b/index.html'), /PIP-9999<\/bdi> \(not here\)/);
  });

  test('shows how far it came', async () => {
    for (const [status, steps] of [
      ['Draft', 5],
      ['Implemented', 5],
      ['Rejected', 4],
      ['Withdrawn', 2],
    ] as const) {
      const files = await buildTestSite({ 'pip-1000-a.md': proposalText({ status }) });
      const page = pageOf(files, 'PIPs/pip-1000-a/index.html');
      const strip = /<ol class="strip".*?<\/ol>/s.exec(page)?.[0] ?? '';
      assert.equal(strip.match(/<li/g)?.length, steps, status);
      assert.match(strip, new RegExp(`aria-current="step">${status}`));
    }
  });

  test('says that the history is too large where it is, in both languages', async () => {
    const files = await buildTestSite({ 'pip-1000-a.md': proposalText() }, { history: 'too-much' });
    const page = pageOf(files, 'PIPs/pip-1000-a/index.html');
    assert.match(page, /History too large to be shown/);
    assert.doesNotMatch(page, /History not available/);
    assert.match(pageOf(files, 'fa/PIPs/pip-1000-a/index.html'), /پیشینه بیش از آن/);
  });

  test('has its versions with what changed in each', async () => {
    const [first, second] = [
      proposalText({ status: 'Draft' }, '## Abstract\n\nOne <old> word.\n'),
      proposalText({ status: 'Review' }, '## Abstract\n\nOne <new> word.\n'),
    ];
    const history = new Map([
      [
        'pip-1000-a.md',
        {
          versions: [version(second, 'b', 1_795_348_800), version(first, 'a', 1_795_262_400)],
          olderCount: 0,
        },
      ],
    ]);
    const files = await buildTestSite({ 'pip-1000-a.md': `${second}\nMore.\n` }, { history });
    const page = pageOf(files, 'PIPs/pip-1000-a/history/index.html');
    assert.match(page, /differs from the last recorded version/);
    assert.match(page, /<del>(?:&lt;)?old(?:&gt;)?<\/del>/);
    assert.match(page, /<ins>(?:&lt;)?new(?:&gt;)?<\/ins>/);
    assert.match(page, /<dt>status<\/dt><dd><del><bdi>Draft<\/bdi><\/del> <ins><bdi>Review/);
    assert.match(page, /22 November 2026/);
    assert.match(page, /First version/);
    assert.match(pageOf(files, 'fa/PIPs/pip-1000-a/history/index.html'), /۱ آذر ۱۴۰۵/);
    assert.match(pageOf(files, 'feed.xml'), /<updated>2026-11-22T00:00:00Z/);
  });

  test('of a broken file shows what is wrong and the text as it is', async () => {
    const files = await buildTestSite({ 'pip-1000-a.md': '---\ntitle: [\n---\n<b>&' });
    const page = pageOf(files, 'PIPs/pip-1000-a/index.html');
    assert.match(page, /cannot be read/);
    assert.match(page, /line \d+, column \d+/);
    assert.match(page, /&lt;b&gt;&amp;/);
    assert.match(pageOf(files, 'PIPs/index.html'), /pip-1000-a\.md.*Cannot be read/s);
  });

  test('draws diagrams', async () => {
    const body = '## Abstract\n\n```dot\ndigraph { phone -> relay }\n```\n';
    const files = await buildTestSite({ 'pip-1000-a.md': proposalText({}, body) });
    assert.match(
      pageOf(files, 'PIPs/pip-1000-a/index.html'),
      /<svg class="diagram" role="img" aria-label="Diagram"/,
    );
    assert.match(pageOf(files, 'fa/PIPs/pip-1000-a/index.html'), /aria-label="نمودار"/);
  });
});

describe('an empty folder', () => {
  test('gives a site that says so, with all links intact', async () => {
    const files = await buildTestSite({});
    assert.match(pageOf(files, 'PIPs/index.html'), /No proposals yet/);
    assert.deepEqual(
      linksOf(files).flatMap((link) => brokenLink(files, link) ?? []),
      [],
    );
  });
});

describe('hostile proposals', () => {
  test('add no script, handler, frame, style or foreign address to any page', async () => {
    const files = await buildTestSite(hostileProposals);
    for (const [path, text] of files) {
      if (!path.endsWith('.html') || typeof text !== 'string') continue;
      const tags = text.match(/<[a-zA-Z!/](?:[^<>"]|"[^"]*")*>/g) ?? [];
      for (const tag of tags) {
        assert.doesNotMatch(
          tag,
          /^<(?:iframe|object|embed|base|style|math|image|use|foreignObject|animate)\b/i,
          `${path} ${tag}`,
        );
        assert.doesNotMatch(
          tag.replaceAll(/"[^"]*"/g, '""'),
          /\s(?:on\w+|style|srcset|srcdoc|formaction|xlink:href)\s*=/i,
          `${path} ${tag}`,
        );
        if (/^<script/i.test(tag))
          assert.match(tag, /^<script src="(?:\.\.\/)*assets\/[a-z-]+\.js"(?: defer)?>$/);
      }
      assert.equal(text.match(/<main\b/g)?.length, 1, path);
      assert.equal(text.match(/<title>/g)?.length, 1, path);
    }
    for (const link of linksOf(files)) {
      assert.doesNotMatch(link.address, /^\s*(?:javascript|data|vbscript|file):/i, link.page);
      if (link.element !== 'a') assert.doesNotMatch(link.address, /^(?:[a-z]+:|\/)/i, link.page);
      assert.equal(brokenLink(files, link), undefined);
    }
  });

  test('leave no id twice on a page, and none of the frame', async () => {
    const files = await buildTestSite(hostileProposals);
    for (const [path, text] of files) {
      if (!path.endsWith('.html') || typeof text !== 'string') continue;
      const ids = Array.from(text.matchAll(/ id="([^"]*)"/g), ([, id]) => id);
      const twice = ids.filter((id, index) => ids.indexOf(id) !== index);
      assert.deepEqual(twice, [], path);
    }
  });
});

describe('feed', () => {
  test('is well formed whatever a proposal says, and absolute with a base', async () => {
    const files = await buildTestSite(hostileProposals, { base: 'https://example.org/pips/' });
    const feed = pageOf(files, 'fa/feed.xml');
    assert.match(feed, /href="https:\/\/example\.org\/pips\/fa\/feed\.xml"/);
    assert.doesNotMatch(feed, /[\u0000-\u0008]/);
    const stack: string[] = [];
    for (const [tag, end, name = '', closed] of feed.matchAll(
      /<(\/?)([a-z]+)\b(?:[^<>"]|"[^"]*")*?(\/?)>/g,
    )) {
      if (closed === '/') continue;
      if (end === '/') assert.equal(stack.pop(), name, tag);
      else stack.push(name);
    }
    assert.deepEqual(stack, []);
    assert.match(pageOf(await buildTestSite({}), 'feed.xml'), /href="feed\.xml"/);
  });
});

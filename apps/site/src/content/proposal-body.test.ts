import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { trustedHtml } from '../html/html.ts';
import type { Language } from '../language/language.ts';
import { type CodeHighlighter, createCodeHighlighter } from './code-highlighter.ts';
import { type BodyContext, parseBody, renderBody } from './proposal-body.ts';

describe('proposal body', () => {
  let highlighter: CodeHighlighter;
  before(async () => {
    highlighter = await createCodeHighlighter();
  });

  const render = (markdown: string, context: Partial<BodyContext> = {}): string =>
    renderBody(parseBody(markdown), {
      language: 'en',
      toTree: '../../',
      toRoot: '../../../',
      pages: new Map([
        ['pip-2000-suite-1.md', { slug: 'pip-2000-suite-1', anchors: new Set(['2-keys']) }],
      ]),
      pictures: new Set(['assets/map.png']),
      hasLicence: true,
      highlighter,
      drawings: new Map(),
      ...context,
    }).markup.trim();

  test('links between proposals lead to pages, with an anchor only where there is one', () => {
    for (const [link, href] of [
      ['pip-2000-suite-1.md', '../../PIPs/pip-2000-suite-1/index.html'],
      ['./pip-2000-suite-1.md#2-keys', '../../PIPs/pip-2000-suite-1/index.html#2-keys'],
      ['pip-2000-suite-1.md#none', '../../PIPs/pip-2000-suite-1/index.html'],
      ['LICENSE.md', '../../licence/index.html'],
      ['pip-template.md', '../../contribute/index.html'],
      ['README.md', '../../PIPs/index.html'],
      ['assets/map.png', '../../../PIPs/assets/map.png'],
    ] as const) {
      assert.equal(render(`[x](${link})`), `<p><a href="${href}">x</a></p>`);
    }
  });

  test('what is not on the site is text', () => {
    for (const link of ['pip-9999-none.md', '../x.md', 'javascript:x', '//host', '#none', 'x.md']) {
      assert.equal(render(`[x](${link})`), '<p><a>x</a></p>');
    }
  });

  test('links to elsewhere tell nobody where they were found', () => {
    assert.equal(
      render('[x](https://example.org/?a&b)'),
      '<p><a href="https://example.org/?a&amp;b" rel="external noopener noreferrer">x</a></p>',
    );
  });

  test('pictures come from the folder alone', () => {
    assert.equal(
      render('![the "map"](assets/map.png)'),
      '<p><img src="../../../PIPs/assets/map.png" alt="the &quot;map&quot;" loading="lazy"></p>',
    );
    for (const source of ['assets/none.png', 'https://example.org/x.png', '../map.png', 'data:x']) {
      assert.doesNotMatch(render(`![map](${source})`), /<img/);
    }
  });

  test('headings are collected with their anchors; none is above the title', () => {
    const { headings } = parseBody('# One\n\n## One\n\n### بخش دو\n');
    assert.deepEqual(headings, [
      { level: 1, title: 'One', slug: 'one' },
      { level: 2, title: 'One', slug: 'one-1' },
      { level: 3, title: 'بخش دو', slug: 'بخش-دو' },
    ]);
    assert.equal(render('# One'), '<h2 id="one">One</h2>');
  });

  test('footnotes lead there and back, in the words and digits of the frame', () => {
    const markdown = 'a[^x] b[^x]\n\n[^x]: note';
    const page = (language: Language): string => render(markdown, { language });
    assert.match(
      page('en'),
      /href="#fn:1" id="fnref:1" role="doc-noteref" lang="en" aria-label="Footnote 1">1</,
    );
    assert.match(page('en'), /<li id="fn:1">/);
    assert.match(page('en'), /href="#fnref:1:1"/);
    assert.match(page('fa'), /aria-label="پانویس ۱">۱</);
  });

  test('tables scroll by themselves and have no inline styles', () => {
    const table = render('| a | b |\n|:-:|--:|\n| 1 | 2 |\n');
    assert.match(
      table,
      /^<div class="scroll" role="group" aria-label="Table" tabindex="0"><table>/,
    );
    assert.match(table, /<th scope="col" class="center">a<\/th>/);
    assert.doesNotMatch(table, /style=/);
  });

  test('a diagram is shown with its text; without a drawing the text remains', () => {
    const markdown = '```dot\ndigraph { a }\n```';
    assert.deepEqual(parseBody(markdown).diagrams, ['digraph { a }\n']);
    const drawings = new Map([['digraph { a }\n', trustedHtml('<svg></svg>')]]);
    assert.match(
      render(markdown, { drawings }),
      /^<figure class="drawing">.*<svg><\/svg>.*<details>/,
    );
    assert.match(render(markdown), /could not be drawn.*digraph \{ a \}/s);
  });

  test('more footnotes than anyone reads stay text', () => {
    assert.doesNotMatch(render('^[a] '.repeat(60_000)), /id="fn:/);
    assert.match(render('^[a] '.repeat(900)), /id="fn:900"/);
  });

  test('more diagrams than anyone needs are not drawn', () => {
    const dot = 'digraph { a }\n';
    const drawings = new Map([[dot, trustedHtml('<svg></svg>')]]);
    const markup = render(`\`\`\`dot\n${dot}\`\`\`\n`.repeat(100), { drawings });
    assert.equal(markup.match(/<svg>/g)?.length, 16);
    assert.equal(parseBody('```dot\na\n```\n'.repeat(100)).diagrams.length, 16);
  });
});

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { filesFromExample } from '../lint/example-files.ts';
import type { RuleExample } from '../lint/rule.ts';
import { createSlugger } from '../markdown/heading-slug.ts';
import { linkTarget } from '../markdown/link-target.ts';
import { authorsFromText } from './authors.ts';
import { categories, categoryOfNumber } from './categories.ts';
import { createDependencyGraph } from './dependency-graph.ts';
import { draftText, withFields } from './draft.ts';
import { fileSlugFromTitle, proposalFileName } from './file-name.ts';
import { parseProposal } from './parse-proposal.ts';
import type { ParsedProposal } from './proposal.ts';
import { diffProposals } from './structural-diff.ts';

const proposalOf = (example: RuleExample): ParsedProposal => {
  const [file] = filesFromExample(example).files;
  assert.ok(file);
  return parseProposal(file);
};
const numbered = (
  number: string,
  requires: string,
  extra: readonly string[] = [],
): ParsedProposal =>
  proposalOf({
    path: `pip-${number}-a.md`,
    fields: [`pip: ${number}`, `requires: [${requires}]`, ...extra],
  });

describe('parseProposal', () => {
  test('keeps numbers as they are written, and finds sections with lines and anchors', () => {
    const proposal = proposalOf({
      fields: ['pip: 0002', 'requires: [0001]'],
      body: '### 1. A *part* of `it`\n\nText.',
    });
    assert.equal(proposal.number, 2);
    assert.deepEqual(proposal.frontMatter.requires, ['0001']);
    const part = proposal.sections.find(({ level }) => level === 3);
    assert.equal(part?.title, '1. A part of it');
    assert.equal(part?.slug, '1-a-part-of-it');
    assert.match(proposal.file.text.split('\n')[(part?.line ?? 0) - 1] ?? '', /^### 1\./);
  });

  test('reads what was meant, and says what is wrong', () => {
    const cases: readonly (readonly [string, string | undefined])[] = [
      ['', 'pips/no-front-matter'],
      ['---\ntitle: A\n', 'pips/front-matter-unclosed'],
      ['---\ntitle: A: b\n---\n', 'pips/front-matter-syntax'],
      ['---\ntitle: A\ntitle: B\n---\n', 'pips/front-matter-duplicate'],
      ['---\ntitle: {a: b}\n---\n', 'pips/front-matter-value'],
      ['---\n# comment\ntitle: A\n---\n', 'pips/front-matter-value'],
      ['---\ntitle: A # comment\n---\n', 'pips/front-matter-value'],
      ['---\ntitle: A\n...\nb: c\n---\n', 'pips/front-matter-syntax'],
      ['---\ntitle: A\n---\nBody', undefined],
      ['\ufeff---\r\ntitle: "A"\r\n---\r\nBody', undefined],
    ];
    for (const [text, code] of cases) {
      const { problems, frontMatter, bodyMarkdown } = parseProposal({ path: 'a.md', text });
      assert.equal(problems[0]?.code, code, JSON.stringify(text));
      if (code === undefined) assert.deepEqual([frontMatter.title, bodyMarkdown], ['A', 'Body']);
    }
  });
});

describe('names and numbers', () => {
  test('file names', () => {
    assert.deepEqual(proposalFileName('pip-0002-post-quantum.md'), {
      pip: '0002',
      slug: 'post-quantum',
    });
    assert.deepEqual(proposalFileName('pip-XXXX-a.md'), { pip: 'XXXX', slug: 'a' });
    for (const path of [
      'pip-2-a.md',
      'pip-0002-A.md',
      'pip-0002-a--b.md',
      '../pip-0002-a.md',
      'pip-۰۰۰۲-a.md',
      'pip-0002-a.md\n',
      'pip-template.md',
    ]) {
      assert.equal(proposalFileName(path), undefined, path);
    }
    assert.equal(fileSlugFromTitle('Café: Ünïts & more!'), 'cafe-units-more');
    assert.equal(fileSlugFromTitle('پیشنهاد'), 'proposal');
  });

  test('every number below 8000 has one category', () => {
    for (const number of [0, 999, 1000, 7999]) {
      assert.equal(categoryOfNumber(number)?.name, categories[Math.floor(number / 1000)]?.name);
    }
    for (const number of [-1, 8000, 0.5, Number.NaN])
      assert.equal(categoryOfNumber(number), undefined);
  });

  test('authors', () => {
    assert.deepEqual(
      authorsFromText('Roya (@roya), رضا <r@example.org>, Sam (@s) <s@example.org>, Ann'),
      [
        { name: 'Roya', handle: 'roya' },
        { name: 'رضا', mail: 'r@example.org' },
        { name: 'Sam', handle: 's', mail: 's@example.org' },
        { name: 'Ann' },
      ],
    );
    for (const text of ['', 'Roya @roya', '(@roya)', 'Roya (@roya) more', 'A,,B']) {
      assert.equal(authorsFromText(text), undefined, text);
    }
  });

  test('anchors are unique, also when a title looks like a numbered one', () => {
    const slug = createSlugger();
    assert.deepEqual(['A', 'A-1', 'A', 'A', '!', 'خانه\u200cها'].map(slug), [
      'a',
      'a-1',
      'a-2',
      'a-3',
      'section',
      'خانه-ها',
    ]);
  });
});

test('links lead into the folder, to the web, or nowhere', () => {
  const kinds: readonly (readonly [string, string])[] = [
    ['#a', 'anchor'],
    ['pip-0002-a.md#b', 'file'],
    ['./assets/../LICENSE.md', 'file'],
    ['https://example.org/a b', 'refused'],
    ['https://example.org/a%20b', 'web'],
    ['https://bank.example@evil.example/', 'refused'],
    ['mailto:a@example.org', 'mail'],
    ['javascript:alert(1)', 'refused'],
    ['JaVaScRiPt:alert(1)', 'refused'],
    ['java%0ascript:alert(1)', 'refused'],
    ['data:text/html,x', 'refused'],
    ['//example.org', 'refused'],
    ['/\\example.org', 'refused'],
    ['/etc/passwd', 'refused'],
    ['../secret.md', 'refused'],
    ['a/../../secret.md', 'refused'],
    ['%2e%2e/secret.md', 'refused'],
    ['a%5c..%5c..%5csecret', 'refused'],
    ['%', 'refused'],
  ];
  for (const [href, kind] of kinds)
    assert.equal(linkTarget(href, 'pip-0001-a.md').kind, kind, href);
});

describe('createDependencyGraph', () => {
  test('links both ways, and names what is missing', () => {
    const graph = createDependencyGraph([
      numbered('0001', '', ['superseded-by: 0003']),
      numbered('0002', '0001, 0777'),
      numbered('0003', '0002', ['replaces: [0001]']),
    ]);
    const numbers = (list: readonly ParsedProposal[] = []): (number | undefined)[] =>
      list.map(({ number }) => number);
    assert.deepEqual(numbers(graph.byNumber(1)?.requiredBy), [2]);
    assert.deepEqual(numbers(graph.byNumber(1)?.replacedBy), [3]);
    assert.deepEqual(numbers(graph.byNumber(2)?.requires), [1]);
    assert.deepEqual(graph.byNumber(2)?.missing, ['0777']);
    assert.deepEqual(graph.cycles, []);
  });

  test('finds circles, of one as well', () => {
    const cycles = (proposals: readonly ParsedProposal[]): (number | undefined)[][] =>
      createDependencyGraph(proposals).cycles.map((cycle) => cycle.map(({ number }) => number));
    assert.deepEqual(cycles([numbered('0001', '0001')]), [[1]]);
    assert.deepEqual(
      cycles([numbered('0001', '0002'), numbered('0002', '0003'), numbered('0003', '0002')]),
      [[2, 3]],
    );
  });

  test('a chain of ten thousand is no problem', () => {
    const one = numbered('0001', '');
    const chain = Array.from({ length: 8000 }, (_, index): ParsedProposal => {
      const text = (number: number): string => number.toString().padStart(4, '0');
      const frontMatter = {
        pip: text(index),
        requires: index === 7999 ? ['0000'] : [text(index + 1)],
      };
      const file = { path: `pip-${text(index)}-a.md`, text: '' };
      return { ...one, file, number: index, frontMatter };
    });
    assert.equal(createDependencyGraph(chain).cycles[0]?.length, 8000);
  });
});

describe('diffProposals', () => {
  test('tells fields, sections and words', () => {
    const before = proposalOf({
      fields: ['status: Draft'],
      body: '### 1. Old\n\nGone.\n\n### 2. Kept\n\nOne two three.\n\nSame.',
    });
    const after = proposalOf({
      fields: ['status: Review', 'requires: [0001]'],
      body: '### 1. New\n\nCome.\n\n### 2. Kept\n\nOne zwei three.\n\nSame.',
    });
    const diff = diffProposals(before, after);
    assert.deepEqual(diff.fields, [
      { key: 'status', before: 'Draft', after: 'Review' },
      { key: 'requires', after: '0001' },
    ]);
    assert.deepEqual(diff.sections.map(({ title, change }) => `${title} ${change}`).toSorted(), [
      '1. New added',
      '1. Old removed',
      '2. Kept changed',
    ]);
    const changed = diff.sections
      .find(({ change }) => change === 'changed')
      ?.lines.flatMap(({ pieces }) => pieces);
    assert.deepEqual(
      changed?.filter(({ isChanged }) => isChanged).map(({ text }) => text),
      ['two', 'zwei'],
    );
  });

  test('keeps words whole in every script', () => {
    const changedWords = (was: string, is: string): string[] =>
      diffProposals(proposalOf({ body: was }), proposalOf({ body: is }))
        .sections.flatMap(({ lines }) => lines.flatMap(({ pieces }) => pieces))
        .filter(({ isChanged }) => isChanged)
        .map(({ text }) => text);
    assert.deepEqual(changedWords('گره درون شبکه است.', 'گره بیرون شبکه است.'), ['درون', 'بیرون']);
    // ZWNJ joins the parts of one word.
    assert.deepEqual(changedWords('پیام\u200cها می\u200cروند.', 'پیام\u200cها نمی\u200cروند.'), [
      'می\u200cروند',
      'نمی\u200cروند',
    ]);
    assert.deepEqual(changedWords('خانه\u200cهای.', 'خانه های.'), ['خانه\u200cهای', 'خانه های']);
    assert.deepEqual(changedWords('узел знает путь', 'узел знал путь'), ['знает', 'знал']);
    assert.deepEqual(changedWords('a mark 👍🏽 here', 'a mark 👍🏿 here'), ['👍🏽', '👍🏿']);
  });

  test('line endings and spaces at line ends do not count', () => {
    const before = proposalOf({ body: 'Text.\nMore.' });
    const after = parseProposal({
      ...before.file,
      text: before.file.text.replaceAll('\n', ' \r\n').replaceAll('--- ', '---'),
    });
    assert.equal(diffProposals(before, after).isEqual, true);
  });

  test('two very large texts that share nothing are compared at a bounded cost', () => {
    const text = (word: string): string =>
      Array.from({ length: 20_000 }, (_, index) => `${word}${index}`).join('\n');
    const diff = diffProposals(proposalOf({ body: text('a') }), proposalOf({ body: text('b') }));
    assert.equal(diff.isEqual, false);
  });
});

test('drafts quote what YAML would take for something else, and fields can be replaced', () => {
  const fields = {
    pip: 'XXXX',
    title: 'A: b #c',
    description: '- no list',
    author: 'R (@r)',
    created: '2026-11-01',
    requires: ['0001'],
  };
  const file = { path: 'pip-XXXX-a.md', text: draftText(fields) };
  const { frontMatter, problems } = parseProposal(file);
  assert.deepEqual([frontMatter, problems], [fields, []]);
  const changed = parseProposal({
    ...file,
    text: withFields(file, { pip: '0005', title: 'Plain' }),
  });
  assert.deepEqual(changed.frontMatter, { ...fields, pip: '0005', title: 'Plain' });
});

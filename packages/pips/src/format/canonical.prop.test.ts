import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { filesFromExample } from '../lint/example-files.ts';
import { contentHash } from './canonical.ts';
import { parseProposal } from './parse-proposal.ts';

const PATH = 'pip-XXXX-example.md';
const hashOf = (text: string): string =>
  contentHash({ path: PATH, text }, (bytes) => createHash('sha3-256').update(bytes).digest());

const line = fc.oneof(
  fc.constantFrom(
    '',
    'Text with words',
    '- an item',
    '> a quote',
    '```ts',
    '```',
    '    code',
    '| a | b |',
    '|---|---|',
    'Café خانه\u200cها',
    '`x  y`',
    '### A part',
    'end',
  ),
  fc.string({ maxLength: 20 }).map((text) => text.replaceAll(/[\r\n\u2028\u2029]/g, '')),
);
const body = fc.array(line, { maxLength: 12 }).map((lines) => lines.join('\n'));
const proposal = body.map((text) => {
  const [file] = filesFromExample({ body: text }).files;
  return file?.text ?? '';
});

/** Changes that a reader cannot see. */
const harmless: readonly (readonly [string, (text: string) => string])[] = [
  ['line endings', (text) => text.replaceAll('\n', '\r\n')],
  ['old line endings', (text) => text.replaceAll('\n', '\r')],
  ['a byte order mark', (text) => `\ufeff${text}`],
  ['blank lines at the end', (text) => `${text}\n\n\n`],
  ['no final line feed', (text) => text.replace(/\n+$/, '')],
  ['a normal form', (text) => text.normalize('NFD')],
  [
    'quoting',
    (text) =>
      text.replace(/^title: (.+)$/m, 'title: "$1"').replace(/^status: (.+)$/m, "status: '$1'"),
  ],
  ['order of fields', (text) => text.replace(/^(title: .+)\n(description: .+)$/m, '$2\n$1')],
  ['an empty list', (text) => text.replace(/^(created: .+)$/m, '$1\nrequires: []')],
  ['spaces behind headings', (text) => text.replaceAll(/^(## .+)$/gm, '$1   ')],
];
for (const [name, change] of harmless) {
  test(`the hash does not change with ${name}`, () => {
    fc.assert(
      fc.property(proposal, (text) => {
        // What Markdown reads as code at the place of a change is another matter.
        fc.pre(parseProposal({ path: PATH, text }).problems.length === 0);
        fc.pre(name !== 'spaces behind headings' || !/```|~~~| {4}|\t/.test(text));
        assert.equal(hashOf(change(text)), hashOf(text));
      }),
      { numRuns: 150 },
    );
  });
}

test('the hash does not change with one space at the end of a paragraph line', () => {
  const text = (end: string): string =>
    filesFromExample({ body: `One${end}\ntwo${end}\n` }).files[0]?.text ?? '';
  assert.equal(hashOf(text(' ')), hashOf(text('')));
  assert.notEqual(hashOf(text('  ')), hashOf(text('')), 'two spaces are a line break');
  assert.equal(hashOf(text('     ')), hashOf(text('  ')));
});

test('list style does not change the hash', () => {
  const [flow, block, scalar, sorted] = [
    '[0042, 0043]',
    '\n  - 0042\n  - "0043"',
    '0042, 0043',
    '[0043, 0042]',
  ].map((list) => hashOf(filesFromExample({ fields: [`requires: ${list}`] }).files[0]?.text ?? ''));
  assert.equal(flow, block);
  assert.equal(flow, scalar);
  assert.equal(flow, sorted);
});

test('the hash changes with every letter, in the body and in the front matter', () => {
  fc.assert(
    fc.property(
      proposal,
      fc.nat(),
      fc.constantFrom('x', 'Ж', 'س', '7', '*'),
      (text, at, letter) => {
        const place = at % text.length;
        const changed = text.slice(0, place) + letter + text.slice(place);
        assert.notEqual(hashOf(changed), hashOf(text));
      },
    ),
    { numRuns: 400 },
  );
});

test('the hash changes with spaces in code, and with indentation', () => {
  const pairs: readonly (readonly [string, string])[] = [
    ['```ts\na \n```', '```ts\na\n```'],
    ['- a\n  - b', '- a\n- b'],
    ['a\n\nb', 'a\nb'],
    ['    code ', '    code'],
  ];
  for (const [one, other] of pairs) {
    const [a, b] = [one, other].map((text) =>
      hashOf(filesFromExample({ body: `Text.\n\n${text}\n\nText.` }).files[0]?.text ?? ''),
    );
    assert.notEqual(a, b, one);
  }
});

test('two texts that cannot be read have different hashes, and any text has one', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.string(), (a, b) => {
      const [one, other] = [a, b].map((text) =>
        text
          .normalize('NFC')
          .replaceAll(/\r\n?/g, '\n')
          .replace(/^\ufeff/, '')
          .toWellFormed(),
      );
      assert.equal(hashOf(a) === hashOf(b), one === other);
    }),
    { numRuns: 300 },
  );
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { parseProposal } from '../format/parse-proposal.ts';
import { proposalLimits } from '../format/proposal-limits.ts';
import { isTransitionAllowed, lifecycle, statuses } from '../lifecycle/lifecycle.ts';
import { createProposalMarkdown } from '../markdown/proposal-markdown.ts';
import { filesFromExample } from './example-files.ts';
import { applyFixes, lintProposals } from './lint-proposals.ts';
import { rules } from './rules.ts';

const fragment = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 20 }),
  fc.constantFrom(
    ...rules
      .flatMap(({ bad }) => [bad.body ?? '', ...(bad.fields ?? [])])
      .filter((text) => text.length < 300),
  ),
  fc.constantFrom(
    '---\n',
    '\n',
    '\n\n',
    '## ',
    '> ',
    '- ',
    '```',
    '[',
    '](',
    ')',
    '<',
    '|',
    '\u202e',
    'PIP-0042',
    '\ufeff',
    '&amp;',
    '\\',
    'requires: [',
  ),
);
const text = fc.array(fragment, { maxLength: 30 }).map((parts) => parts.join(''));

test('any text gives findings inside the file, and never fails', () => {
  fc.assert(
    fc.property(text, fc.boolean(), (random, isWhole) => {
      const file = {
        path: 'pip-XXXX-a.md',
        text: isWhole ? random : (filesFromExample({ body: random }).files[0]?.text ?? ''),
      };
      const lines = file.text.split(/\r\n|\r|\n/).length;
      for (const { line, endLine, column, endColumn, message } of lintProposals([file])) {
        assert.ok(line >= 1 && endLine >= line && endLine <= lines, message);
        assert.ok(column >= 1 && endColumn >= 1, message);
      }
    }),
    { numRuns: 400 },
  );
});

test('fixes end: after a few rounds nothing is left that has a fix', () => {
  fc.assert(
    fc.property(text, (random) => {
      let file = filesFromExample({ body: random }).files[0];
      assert.ok(file);
      for (let round = 0; round < 12; round += 1) {
        const fixed = applyFixes(file, lintProposals([file]));
        if (fixed === file.text) return;
        file = { path: file.path, text: fixed };
      }
      assert.fail('still changing');
    }),
    { numRuns: 200 },
  );
});

test('the lifecycle has these steps and no others', () => {
  const names = statuses.map(({ name }) => name);
  for (const from of [...names, 'Unknown']) {
    for (const to of [...names, 'Unknown']) {
      const step = lifecycle.find((known) => known.from === from && known.to === to);
      assert.equal(isTransitionAllowed(from, to, 10_000), step !== undefined, `${from} ${to}`);
      if (step === undefined || step.minimalDays === 0) continue;
      assert.equal(isTransitionAllowed(from, to, step.minimalDays - 1), false);
      assert.equal(isTransitionAllowed(from, to, step.minimalDays), true);
    }
  }
  for (const { name, isFinal } of statuses) {
    assert.equal(isFinal, !lifecycle.some(({ from }) => from === name), name);
  }
});

// Each is as large as a file may be, and took minutes in some Markdown parser once.
const hostile: Readonly<Record<string, (size: number) => string>> = {
  'one long line': (size) => 'x'.repeat(size),
  'open brackets': (size) => '['.repeat(size),
  'open images': (size) => '!['.repeat(size / 2),
  'open links': (size) => '[a]('.repeat(size / 4),
  'emphasis that never closes': (size) => '*a_ '.repeat(size / 4),
  stars: (size) => `${'*'.repeat(size / 2)}a${'*'.repeat(size / 2 - 2)}`,
  'backticks of all lengths': (size) =>
    Array.from({ length: Math.sqrt(size * 2) | 0 }, (_, n) => '`'.repeat(n))
      .join(' ')
      .slice(0, size),
  'nested quotes': (size) => '> '.repeat(size / 2),
  'nested lists': (size) => `${'- '.repeat(size / 2)}a`,
  'a wide table': (size) =>
    `${'|a'.repeat(size / 8)}|\n${'|-'.repeat(size / 8)}|\n${'|b'.repeat(size / 8)}|`,
  'a long table': (size) => `|a|b|\n|-|-|\n${'|1|2|\n'.repeat(size / 6 - 4)}`,
  'open tags': (size) => '<a '.repeat(size / 3),
  'open comments': (size) => '<!--'.repeat(size / 4),
  entities: (size) => '&amp;'.repeat(size / 5),
  escapes: (size) => '\\*'.repeat(size / 2),
  references: (size) => '[a]: b\n'.repeat(size / 7),
  mentions: (size) => 'PIP-0042 PIP 42 '.repeat(size / 16),
  'javascript links': (size) => '[a](javascript:b) '.repeat(size / 18),
  'direction controls': (size) => '\u202e'.repeat(size / 3),
  'Persian with spaces': (size) => 'می خواهم '.repeat(size / 16),
  'trailing spaces': (size) => ' \n'.repeat(size / 2),
  'blank lines with tabs': (size) => `a${'\t'.repeat(size)}b`,
  headings: (size) => '## a\n\n'.repeat(size / 6),
};
for (const [name, make] of Object.entries(hostile)) {
  test(`${name} as large as a file may be give findings`, () => {
    const body = make(proposalLimits.fileBytes - 2_000);
    const [file] = filesFromExample({ body }).files;
    assert.ok(file);
    const findings = lintProposals([file]);
    assert.ok(findings.length > 0 && findings.length < rules.length * 50);
  });
}

test('ten megabytes on one line are refused before anything else', () => {
  const findings = lintProposals([{ path: 'pip-XXXX-a.md', text: 'x'.repeat(10_000_000) }]);
  assert.deepEqual(findings.filter(({ ruleId }) => ruleId.startsWith('file-size')).length, 1);
});

test('a front matter of brackets is refused, not parsed', () => {
  for (const value of [
    '['.repeat(4000),
    '{a: '.repeat(1000),
    '- '.repeat(3000),
    '&a [*a, *a]',
    '!!js/function x',
    '? a',
  ]) {
    const proposal = parseProposal({ path: 'a', text: `---\ntitle: ${value}\n---\n` });
    assert.ok(proposal.problems.length > 0, value.slice(0, 20));
  }
});

test('what is refused is shown as text', () => {
  const html = createProposalMarkdown().render(
    '<script>alert(1)</script> <img src=x onerror=y> [a](javascript:alert(1)) ![b](https://x.example/i.png) [c](//x.example) <sub>ok</sub> <sub>open\n\n<b onclick=x>t</b> [d](vbscript:x) <javascript:alert(1)> [e](data:text/html,x)\n',
  );
  assert.doesNotMatch(
    html,
    /<script|<img|<[^>]*onerror|href="(?:javascript|vbscript|data|\/\/)|<[^>]*src=/,
  );
  assert.match(html, /<sub>ok<\/sub> &lt;sub&gt;open/);
});

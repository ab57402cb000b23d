import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { headingAnchors } from './heading-anchors.ts';
import { createProposalMarkdown } from './proposal-markdown.ts';

const piece = fc.oneof(
  fc.constantFrom(
    ...['# A *b* `c` [d](e.md)', '## A', '## A', 'Title\n=====', '> # quoted', '- # in a list', ''],
    ...[
      'text *with* `# code`',
      '```text\n# no heading\n```',
      '# [ref]',
      '[ref]: pip-0001-a.md "t"',
    ],
    ...[
      '# <b>x</b> <script>',
      '# ![alt](a.png)',
      '# می\u200cروند و &amp; \\*',
      '| # a |\n|---|\n| b |',
    ],
    ...['# a  \nb', '#', '# a #', '    # code', '# <https://example.org>', '####### seven'],
  ),
  fc.string({ maxLength: 20, unit: fc.constantFrom(...Array.from('# a*_`[]()<>!\\\n-=|&;')) }),
);

test('headings have the anchors that the whole Markdown gives them', () => {
  const markdown = createProposalMarkdown();
  fc.assert(
    fc.property(
      fc.array(piece, { maxLength: 8 }),
      fc.constantFrom('\n', '\n\n'),
      (pieces, between) => {
        const text = pieces.join(between);
        const whole = markdown
          .parse(text, {})
          .filter(({ type }) => type === 'heading_open')
          .map((token) => token.attrGet('id'));
        assert.deepEqual(headingAnchors(text), whole);
      },
    ),
    { numRuns: 1_000 },
  );
});

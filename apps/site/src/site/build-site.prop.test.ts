import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { hostileProposals } from './hostile-fixture.ts';
import { buildTestSite, proposalText } from './site-fixture.ts';

const fragments = [
  ...Object.values(hostileProposals).flatMap((text) => text.split(/(?<=[\s"<>])/)),
  '---\n',
  '```dot\n',
  '```\n',
  '[^1]',
  '|',
  '> ',
  '- ',
  '\n\n',
  '#',
  '\u202e',
  '\u0000',
  '"',
  "'",
  '<',
  '&',
];

const body = fc.array(fc.oneof(fc.constantFrom(...fragments), fc.string({ unit: 'binary' })), {
  maxLength: 40,
});

test('whatever the files say, a site is made and no page gains a script', async () => {
  await fc.assert(
    fc.asyncProperty(body, body, async (readable, anything) => {
      const files = await buildTestSite({
        'pip-1000-a.md': proposalText({}, readable.join('')),
        'pip-1001-b.md': anything.join(''),
      });
      for (const [path, text] of files) {
        if (!path.endsWith('.html') || typeof text !== 'string') continue;
        const scripts = text.match(/<script\b[^>]*>/gi) ?? [];
        for (const script of scripts) assert.match(script, /^<script src="(?:\.\.\/)*assets\//);
        assert.doesNotMatch(text, /<(?:iframe|object|embed|style|base)\b/i);
      }
    }),
    { numRuns: 60 },
  );
});

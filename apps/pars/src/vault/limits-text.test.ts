import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { limitsFor, limitsInEnglish, limitsInPersian } from './limits-text.ts';

test('the words are those of PIP-0003 §10, in both languages', async () => {
  const url = new URL('../../../../PIPs/pip-0003-coercion-resistance.md', import.meta.url);
  const section = /### 10\. What is not protected[^\n]*\n([\s\S]*?)\n### 11\./.exec(
    await readFile(url, 'utf8'),
  )?.[1];
  const items = (section ?? '')
    .split(/^- /m)
    .slice(1)
    .map((item) =>
      item
        .split('\n\n')[0]
        ?.replaceAll(/\s*\n\s*/g, ' ')
        .trim(),
    );
  assert.deepEqual(items, [...limitsInEnglish.lines, ...limitsInPersian.lines]);
});

test('the language is that of the locale', () => {
  assert.equal(limitsFor({ LANG: 'fa_IR.UTF-8' }), limitsInPersian);
  assert.equal(limitsFor({ LC_ALL: 'en_US.UTF-8', LANG: 'fa_IR.UTF-8' }), limitsInEnglish);
  assert.equal(limitsFor({}), limitsInEnglish);
});

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import { readPlainMapping } from './plain-mapping.ts';
import { readYamlMapping } from './yaml-mapping.ts';

const FOLDER = join(import.meta.dirname, '../../../../PIPs');

const values = [
  ...['0002', 'XXXX', '2026-11-22', 'null', '~', 'true', 'a: b', 'a:b', 'a:', 'x # y', 'x#y'],
  ...['[0001, 0002]', '[]', '[a,b]', '[ a ]', '[a, b', '- a', '? a', '| ', '>', '"q"', "'q'", '*a'],
  ...['&a b', '!t b', '%a', '@a', '`a', 'a, b', '{a: b}', 'a}', 'Roya (@roya), N <n@e.org>', ''],
  ...[
    'می\u200cروند',
    '\ufeffa',
    'a\u0085b',
    'a\u2028b',
    'a\u00a0',
    'a ',
    ' a',
    'a\tb',
    '<<',
    '=',
    '---',
  ],
  ...['https://example.org/a?b#c', 'e\u0301', '👍🏽', 'a\rb', '1e3', '0x1f', '...', 'x\\n'],
];
const value = fc.oneof(
  fc.constantFrom(...values),
  fc.string({ maxLength: 12, unit: 'binary' }),
  fc.string({ maxLength: 12, unit: 'grapheme' }),
  fc.string({ maxLength: 8, unit: fc.constantFrom(...Array.from('a1 :#[],-\'"\t{}&*!|>%@?\n')) }),
);
const key = fc.constantFrom(
  'pip',
  'title',
  'requires',
  'superseded-by',
  'x',
  'null',
  'y',
  '<<',
  '',
);
const line = fc.oneof(
  { weight: 5, arbitrary: fc.tuple(key, value).map(([name, text]) => `${name}: ${text}`) },
  { weight: 1, arbitrary: value },
);
const source = fc
  .tuple(fc.array(line, { maxLength: 6 }), fc.constantFrom('\n', '\n', '\n', '\r\n', ''))
  .map(([lines, end]) => lines.map((text) => `${text}${end === '' ? '\n' : end}`).join(''));

describe('readPlainMapping', () => {
  test('says what the YAML parser says, or nothing', () => {
    let plainCount = 0;
    fc.assert(
      fc.property(source, fc.nat(100), (text, start) => {
        const plain = readPlainMapping(text, start);
        if (plain === undefined || !text.isWellFormed()) return;
        plainCount += 1;
        const { fields, problems } = readYamlMapping(text, start);
        assert.deepEqual({ fields: plain, problems: [] }, { fields, problems });
      }),
      { numRuns: 3_000 },
    );
    assert.ok(plainCount > 50, `${plainCount} plain ones`);
  });

  test("reads the project's own proposals", () => {
    const names = readdirSync(FOLDER).filter((name) => /^pip-\d{4}-/.test(name));
    assert.ok(names.length > 0);
    for (const name of names) {
      const [, text = ''] = readFileSync(join(FOLDER, name), 'utf8').split(/^---\n/m);
      assert.ok(readPlainMapping(text, 4), name);
    }
  });
});

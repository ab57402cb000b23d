import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { languages } from './language.ts';
import { formatDay, formatNumber } from './numbers-and-dates.ts';
import { texts } from './texts.ts';

/** Every text of a table by its way through it; functions are called with marked arguments. */
function leaves(value: unknown, way = ''): readonly (readonly [string, string])[] {
  if (typeof value === 'string') return [[way, value]];
  if (typeof value === 'function') {
    const made: unknown = value('‹1›', '‹2›');
    return [[way, String(made)]];
  }
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, item]) => leaves(item, `${way}.${key}`));
}

describe('texts', () => {
  // The compiler checks the same; this also finds lists of different lengths.
  test('both languages say the same things', () => {
    const [first, second] = languages.map((language) =>
      leaves(texts[language]).map(([way]) => way),
    );
    assert.deepEqual(first, second);
    assert.ok((first?.length ?? 0) > 150);
  });

  test('no text is empty, and none loses an argument or a gap', () => {
    const persian = new Map(leaves(texts.fa));
    for (const [way, english] of leaves(texts.en)) {
      const other = persian.get(way) ?? '';
      assert.notEqual(english.trim(), '', way);
      assert.notEqual(other.trim(), '', way);
      for (const mark of ['‹2›', '{count}']) {
        assert.equal(other.includes(mark), english.includes(mark), `${way} ${mark}`);
      }
    }
  });

  test('Persian is written with Persian letters and digits', () => {
    for (const [way, text] of leaves(texts.fa)) {
      assert.doesNotMatch(text, /[\u064a\u0643\u0649\u0660-\u0669]/u, way);
      assert.doesNotMatch(text, /(?:^|\s)(?:می|نمی) /u, `${way} needs a ZWNJ`);
    }
  });
});

describe('numbers and days', () => {
  test('are written as people of the language write them', () => {
    assert.equal(formatNumber(12_400, 'fa'), '۱۲٬۴۰۰');
    assert.equal(formatNumber(12_400, 'en'), '12,400');
    assert.equal(formatDay('2026-11-22', 'fa'), '۱ آذر ۱۴۰۵');
    assert.equal(formatDay('2026-11-22', 'en'), '22 November 2026');
  });

  test('what is no day stays as it is', () => {
    for (const text of ['', 'soon', '2026-13-01', '<b>']) assert.equal(formatDay(text, 'fa'), text);
  });
});

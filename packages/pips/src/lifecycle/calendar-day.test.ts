import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { dayNumberFromText } from './calendar-day.ts';

const MS_PER_DAY = 86_400_000;

describe('calendar days', () => {
  test('agree with the platform on every day of four centuries', () => {
    const origin = Date.parse('1899-12-31T00:00:00Z');
    const first = dayNumberFromText('1899-12-31') ?? Number.NaN;
    for (let day = 0; day < 146_097 + 400; day += 1) {
      const text = new Date(origin + day * MS_PER_DAY).toISOString().slice(0, 10);
      assert.equal(dayNumberFromText(text), first + day, text);
    }
  });

  test('the count starts at 0000-03-01', () => {
    assert.equal(dayNumberFromText('0000-03-01'), 0);
  });

  for (const text of [
    '2026-02-29',
    '1900-02-29',
    '2026-13-01',
    '2026-00-10',
    '2026-04-31',
    '2026-01-00',
    '2026-1-1',
    '2026-01-01T00:00:00Z',
    '۲۰۲۶-۰۱-۰۱',
    '',
  ]) {
    test(`"${text}" is no day`, () => assert.equal(dayNumberFromText(text), undefined));
  }
});

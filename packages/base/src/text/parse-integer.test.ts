import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { unwrap } from '../pars-error.ts';
import { parseInteger, toAsciiDigits } from './parse-integer.ts';

const range = { min: -2_000_000, max: 2_000_000 };

describe('parseInteger', () => {
  const accepted: readonly [string, number][] = [
    ['42', 42],
    ['۴۲', 42],
    ['٤٢', 42],
    ['۴2', 42],
    [' ۱٬۲۳۴ ', 1234],
    ['1,234,567', 1_234_567],
    ['-۵', -5],
    ['\u2212۵', -5],
    ['+7', 7],
    ['-0', 0],
    ['\u200f۱۲\u200e', 12],
    ['007', 7],
  ];
  for (const [text, value] of accepted) {
    test(`reads ${JSON.stringify(text)}`, () => {
      assert.ok(Object.is(unwrap(parseInteger(text, range)), value));
    });
  }

  for (const text of [
    '',
    ' ',
    '-',
    '1.5',
    '۱٫۵',
    '1e3',
    '0x10',
    '1,23',
    ',123',
    'دو',
    '1 2',
    'NaN',
  ]) {
    test(`refuses ${JSON.stringify(text)}`, () => {
      assert.deepEqual(parseInteger(text, range), {
        ok: false,
        error: { code: 'base/number-malformed' },
      });
    });
  }

  test('refuses what is out of range or not exact', () => {
    for (const text of ['2000001', '-2000001', '9007199254740993', '9'.repeat(60)]) {
      const result = parseInteger(text, range);
      assert.ok(!result.ok && result.error.code === 'base/number-out-of-range');
    }
    assert.ok(!parseInteger('9'.repeat(65), range).ok);
  });
});

test('toAsciiDigits changes digits only', () => {
  assert.equal(toAsciiDigits('سال ۱۴۰۳ و ٠٩'), 'سال 1403 و 09');
  assert.equal(toAsciiDigits('۰۱۲۳۴۵۶۷۸۹٠١٢٣٤٥٦٧٨٩'), '01234567890123456789');
});

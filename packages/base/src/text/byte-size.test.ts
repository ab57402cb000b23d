import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { bytesFromText } from './byte-size.ts';

describe('sizes as people write them', () => {
  test('have a unit of a thousand or of 1,024, or none', () => {
    assert.equal(bytesFromText('4194304'), 4_194_304);
    assert.equal(bytesFromText('500MB'), 500_000_000);
    assert.equal(bytesFromText('2 GiB'), 2 ** 31);
    assert.equal(bytesFromText('1.5k'), 1_500);
  });

  test('are refused otherwise', () => {
    for (const text of ['', 'MB', '-1', '1e9', '0x10', '1 parcel', '1.2.3', '99999999TB', '٥']) {
      assert.equal(bytesFromText(text), undefined, text);
    }
  });
});

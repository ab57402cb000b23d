import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { foldPersian } from './fold-persian.ts';

const persian = fc.constantFrom(
  ...Array.from('آأإاٱبيیىئؤةهۀكکـءَُِّْٰ۱٢3 \u200c\u200d\u200f\u202b\u2067\u0653\u0654\u0301\u0323eİΣς'),
);
const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 30 }),
  fc.string({ unit: 'grapheme', maxLength: 30 }),
  fc.string({ unit: persian, maxLength: 30 }),
);

test('foldPersian is idempotent', () => {
  fc.assert(
    fc.property(text, (given) => {
      const once = foldPersian(given);
      assert.equal(foldPersian(once), once);
    }),
    { numRuns: 3000 },
  );
});

test('foldPersian is idempotent on every single character', () => {
  for (let point = 0; point <= 0x10ffff; point += 1) {
    if (point >= 0xd800 && point <= 0xdfff) continue;
    const once = foldPersian(String.fromCodePoint(point));
    if (foldPersian(once) !== once) assert.fail(`U+${point.toString(16)}`);
    if (once.length > 18) assert.fail(`U+${point.toString(16)} grows to ${once.length}`);
  }
});

test('foldPersian does not depend on the normal form of its input', () => {
  fc.assert(
    fc.property(text, (given) => {
      assert.equal(foldPersian(given.normalize('NFC')), foldPersian(given.normalize('NFD')));
    }),
    { numRuns: 1000 },
  );
});

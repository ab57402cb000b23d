import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ParsError, unwrap } from '../pars-error.ts';
import {
  compareBytes,
  concatBytes,
  equalBytes,
  startsWithBytes,
  uint32FromBytes,
  uint32ToBytes,
  uint64FromBytes,
  uint64ToBytes,
} from './bytes.ts';
import { utf8FromBytes, utf8ToBytes } from './utf8.ts';

const bytes = (...values: number[]) => new Uint8Array(values);

describe('bytes', () => {
  test('concatBytes joins in order, into new memory', () => {
    const part = bytes(1);
    const joined = concatBytes(part, bytes(), bytes(2, 3));
    part[0] = 9;
    assert.deepEqual(joined, bytes(1, 2, 3));
    assert.deepEqual(concatBytes(), bytes());
  });

  test('equalBytes sees every position and the length', () => {
    assert.ok(equalBytes(bytes(), bytes()));
    assert.ok(equalBytes(bytes(1, 2, 3), bytes(1, 2, 3)));
    for (const other of [bytes(0, 2, 3), bytes(1, 0, 3), bytes(1, 2, 0), bytes(1, 2), bytes()]) {
      assert.ok(!equalBytes(bytes(1, 2, 3), other));
    }
  });

  test('compareBytes orders as unsigned bytes with prefixes first', () => {
    const ordered = [
      bytes(),
      bytes(0),
      bytes(0, 0),
      bytes(1),
      bytes(0x7f),
      bytes(0x80),
      bytes(255),
    ];
    for (const [i, a] of ordered.entries()) {
      for (const [j, b] of ordered.entries()) {
        assert.equal(Math.sign(compareBytes(a, b)), Math.sign(i - j));
      }
    }
  });

  test('startsWithBytes', () => {
    assert.ok(startsWithBytes(bytes(1, 2), bytes(1)));
    assert.ok(startsWithBytes(bytes(1, 2), bytes()));
    assert.ok(!startsWithBytes(bytes(1, 2), bytes(2)));
    assert.ok(!startsWithBytes(bytes(1), bytes(1, 2)));
  });

  test('integers are big endian and refuse what does not fit', () => {
    assert.deepEqual(uint32ToBytes(0x01020304), bytes(1, 2, 3, 4));
    assert.equal(uint32FromBytes(bytes(9, 0xff, 0xff, 0xff, 0xfe), 1), 0xfffffffe);
    assert.deepEqual(uint64ToBytes(258n), bytes(0, 0, 0, 0, 0, 0, 1, 2));
    assert.equal(uint64FromBytes(new Uint8Array(8).fill(255)), 2n ** 64n - 1n);
    const view = concatBytes(bytes(9), uint32ToBytes(7)).subarray(1);
    assert.equal(uint32FromBytes(view), 7);
    for (const wrong of [
      () => uint32ToBytes(-1),
      () => uint32ToBytes(2 ** 32),
      () => uint32ToBytes(0.5),
      () => uint32FromBytes(bytes(1, 2, 3)),
      () => uint32FromBytes(bytes(1, 2, 3, 4), 1),
      () => uint32FromBytes(bytes(1, 2, 3, 4), -1),
      () => uint64ToBytes(-1n),
      () => uint64ToBytes(2n ** 64n),
      () => uint64FromBytes(new Uint8Array(7)),
    ]) {
      assert.throws(wrong, ParsError);
    }
  });
});

describe('utf8', () => {
  test('goes there and back, byte order mark included', () => {
    for (const text of ['', 'پارس', '\u{feff}x', '😀']) {
      assert.equal(unwrap(utf8FromBytes(utf8ToBytes(text))), text);
    }
  });

  test('refuses what is not well-formed', () => {
    assert.throws(() => utf8ToBytes('\u{d800}'), ParsError);
    for (const wrong of [
      bytes(0xff),
      bytes(0xc0, 0x80),
      bytes(0xed, 0xa0, 0x80),
      bytes(0xe2, 0x82),
    ]) {
      assert.deepEqual(utf8FromBytes(wrong), { ok: false, error: { code: 'base/text-not-utf8' } });
    }
  });
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { textFromBytes } from './size-text.ts';

test('sizes are told in the unit that fits', () => {
  assert.equal(textFromBytes(0), '0 B');
  assert.equal(textFromBytes(999), '999 B');
  assert.equal(textFromBytes(15_872), '15.9 kB');
  assert.equal(textFromBytes(262_144), '262 kB');
  assert.equal(textFromBytes(10_000_000_000), '10 GB');
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemRandom } from './system-random.ts';

test('gives fresh bytes of the asked length, and refuses lengths outside the port', () => {
  for (const length of [0, 1, 32, 65_536]) assert.equal(systemRandom.bytes(length).length, length);
  assert.notDeepEqual(systemRandom.bytes(32), systemRandom.bytes(32));
  for (const length of [-1, 1.5, 65_537, Number.NaN]) {
    assert.throws(() => systemRandom.bytes(length), { code: 'crypto/argument-range' });
  }
});

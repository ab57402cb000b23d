import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { redact } from '@pars/base';
import { createSimulationRandom } from '@pars/base/fakes';
import { createToyCrypto } from '../fakes/toy-suite.ts';
import { createRowCipher, messageRowKey, sequenceFromRowKey } from './row-cipher.ts';

const random = createSimulationRandom('row cipher');
const { suite } = createToyCrypto(random);
const createCipher = (byte: number) =>
  createRowCipher({ suite, random }, redact(new Uint8Array(32).fill(byte)));

describe('row cipher', () => {
  const cipher = createCipher(1);
  const key = cipher.nameRow('r', 'contact x');
  const value = new TextEncoder().encode('value');

  test('opens what it sealed, under the same key and name only', () => {
    const sealed = cipher.seal(key, value);
    assert.deepEqual(cipher.open(key, sealed), value);
    const damaged = { code: 'node/row-damaged' };
    assert.throws(() => cipher.open(cipher.nameRow('r', 'contact y'), sealed), damaged);
    assert.throws(() => cipher.open(key, sealed.subarray(0, 40)), damaged);
    assert.throws(() => cipher.open(key, new Uint8Array(0)), damaged);
    const other = createCipher(2);
    assert.throws(() => other.open(key, sealed), damaged);
    for (let index = 0; index < sealed.length; index += 1) {
      const flipped = sealed.slice();
      flipped[index] = (flipped[index] ?? 0) ^ 1;
      assert.throws(() => cipher.open(key, flipped), damaged);
    }
  });

  test('never gives the same bytes twice, and rounds sizes up', () => {
    assert.notDeepEqual(cipher.seal(key, value), cipher.seal(key, value));
    const sizes = [0, 1, 60, 61, 124].map((size) => cipher.seal(key, new Uint8Array(size)).length);
    assert.deepEqual(sizes, [113, 113, 113, 177, 177]);
  });

  test('names rows so that only the owner knows them, each table for itself', () => {
    assert.deepEqual(cipher.nameRow('r', 'contact x'), key);
    assert.notDeepEqual(cipher.nameRow('d', 'contact x').slice(10), key.slice(10));
    assert.notDeepEqual(createCipher(2).nameRow('r', 'contact x'), key);
  });

  test('keeps messages in order', () => {
    assert.equal(sequenceFromRowKey(messageRowKey(2 ** 40 + 3)), 2 ** 40 + 3);
    assert.ok(messageRowKey(255).join() < messageRowKey(256).join());
  });

  test('is of no use once erased', () => {
    const erased = createCipher(3);
    const sealed = erased.seal(key, value);
    erased.erase();
    assert.throws(() => erased.open(key, sealed), TypeError);
    assert.throws(() => erased.nameRow('r', 'x'), TypeError);
  });
});

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { redact } from '@pars/base';
import { createSimulationRandom } from '@pars/base/fakes';
import { createJavaScriptProvider, createSuite } from '@pars/crypto';
import { createRowCipher, messageRowKey, sequenceFromRowKey } from './row-cipher.ts';

const random = createSimulationRandom('row cipher');
const suite = createSuite({ provider: createJavaScriptProvider({ random }), random });
const createCipher = (byte: number) =>
  createRowCipher({ suite }, redact(new Uint8Array(32).fill(byte)));

describe('row cipher', () => {
  const cipher = createCipher(1);
  const key = cipher.nameRow('r', 'contact x');
  const value = new TextEncoder().encode('value');

  test('opens what it sealed, under the same key and name only', async () => {
    const sealed = await cipher.seal(key, value);
    assert.deepEqual(await cipher.open(key, sealed), value);
    const damaged = { code: 'node/row-damaged' };
    await assert.rejects(cipher.open(cipher.nameRow('r', 'contact y'), sealed), damaged);
    await assert.rejects(cipher.open(key, sealed.subarray(0, 40)), damaged);
    await assert.rejects(cipher.open(key, new Uint8Array(0)), damaged);
    await assert.rejects(createCipher(2).open(key, sealed), damaged);
    for (let index = 0; index < sealed.length; index += 1) {
      const flipped = sealed.slice();
      flipped[index] = (flipped[index] ?? 0) ^ 1;
      await assert.rejects(cipher.open(key, flipped), damaged);
    }
  });

  test('never gives the same bytes twice, and rounds sizes up', async () => {
    assert.notDeepEqual(await cipher.seal(key, value), await cipher.seal(key, value));
    const sizes: number[] = [];
    for (const size of [0, 1, 60, 61, 124]) {
      sizes.push((await cipher.seal(key, new Uint8Array(size))).length);
    }
    assert.deepEqual(sizes, [105, 105, 105, 169, 169]);
  });

  test('refuses an authentic value whose padding lies about its length', async () => {
    // The cipher's own key, as PIP-5000 §11 derives it from the storage key.
    const utf8 = new TextEncoder();
    const label = utf8.encode('pars/1 row values');
    const storageKey = new Uint8Array(32).fill(1);
    const valueKey = redact(suite.symmetric.hkdf(storageKey, new Uint8Array(0), label, 32));
    for (const plaintext of [
      Uint8Array.of(),
      Uint8Array.of(0, 0, 0),
      Uint8Array.of(0, 0, 0, 1),
      Uint8Array.of(255, 255, 255, 255, 0),
    ]) {
      const request = { key: valueKey, context: 'pars/1 row value', plaintext, aad: key };
      const sealed = await suite.secretBox.seal(request);
      await assert.rejects(cipher.open(key, sealed), { code: 'node/row-damaged' });
    }
    const plaintext = Uint8Array.of(0, 0, 0, 1, 9);
    const right = { key: valueKey, context: 'pars/1 row value', plaintext, aad: key };
    const opened = await cipher.open(key, await suite.secretBox.seal(right));
    assert.deepEqual(opened, Uint8Array.of(9));
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

  test('is of no use once erased', async () => {
    const erased = createCipher(3);
    const sealed = await erased.seal(key, value);
    erased.erase();
    await assert.rejects(erased.open(key, sealed), TypeError);
    await assert.rejects(erased.seal(key, value), TypeError);
    assert.throws(() => erased.nameRow('r', 'x'), TypeError);
  });
});

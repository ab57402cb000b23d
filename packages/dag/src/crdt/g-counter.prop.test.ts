import assert from 'node:assert/strict';
import { test } from 'node:test';
import { unwrap } from '@pars/base';
import * as fc from 'fast-check';
import { growOperations, materialise, testLaws } from './crdt-fixture.ts';
import { gCounter } from './g-counter.ts';

const next = (_: unknown, random: { below(end: number): number }) => ({
  amount: 1 + random.below(9),
});

testLaws(gCounter, next);

test('intention: every increment counts once', async () => {
  await fc.assert(
    fc.asyncProperty(fc.string(), async (seed) => {
      const history = await growOperations(gCounter, next, seed, 14);
      const counter = await materialise(gCounter, history, history.model.vertices);
      const amounts = Array.from(history.operations.values(), (operation) => operation.amount);
      assert.equal(counter.value(), BigInt(amounts.reduce((sum, amount) => sum + amount, 0)));
    }),
  );
});

test('amounts are 1 to 2^32-1', () => {
  for (const amount of [0, -1, 2 ** 32, 0.5]) {
    assert.throws(() => gCounter.encodeOperation({ amount }), /cbor-schema/);
  }
});

test('a count stays at 2^64-1', async () => {
  const full = unwrap(gCounter.load(unwrap(gCounter.create().save())));
  const at = { id: new Uint8Array(32) as never, includes: async () => false };
  assert.equal(full.value(), 0n);
  const almost = new Uint8Array([0xa1, 0x00, 0x1b, ...new Uint8Array(8).fill(255)]);
  almost[10] = 250;
  const counter = unwrap(gCounter.load(almost));
  await counter.apply({ amount: 3 }, at);
  assert.equal(counter.value(), 2n ** 64n - 3n);
  await counter.apply({ amount: 9 }, at);
  assert.equal(counter.value(), 2n ** 64n - 1n);
});

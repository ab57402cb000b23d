import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { growOperations, materialise, testLaws } from './crdt-fixture.ts';
import { pnCounter } from './pn-counter.ts';

const next = (_: unknown, random: { below(end: number): number }) => ({
  amount: random.below(19) - 9,
});

testLaws(pnCounter, next);

test('intention: every change counts once, and the count may be negative', async () => {
  let negative = 0;
  await fc.assert(
    fc.asyncProperty(fc.string(), async (seed) => {
      const history = await growOperations(pnCounter, next, seed, 14);
      const counter = await materialise(pnCounter, history, history.model.vertices);
      const amounts = Array.from(history.operations.values(), (operation) => operation.amount);
      const sum = amounts.reduce((total, amount) => total + amount, 0);
      assert.equal(counter.value(), BigInt(sum));
      if (sum < 0) negative += 1;
    }),
  );
  assert.ok(negative > 0);
});

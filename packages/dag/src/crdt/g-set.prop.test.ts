import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { growOperations, materialise, testLaws } from './crdt-fixture.ts';
import { gSet } from './g-set.ts';

const next = (_: unknown, random: { below(end: number): number }) => ({
  element: new Uint8Array(random.below(3)).fill(random.below(4)),
});

testLaws(gSet, next);

test('intention: what anybody put in is in, and nothing else', async () => {
  await fc.assert(
    fc.asyncProperty(fc.string(), async (seed) => {
      const history = await growOperations(gSet, next, seed, 14);
      const set = await materialise(gSet, history, history.model.vertices);
      const put = new Set(Array.from(history.operations.values(), (op) => op.element.toHex()));
      assert.deepEqual(new Set(set.value().map((element) => element.toHex())), put);
      for (const element of set.value()) assert.ok(set.has(element));
      assert.equal(set.has(new Uint8Array(5)), false);
    }),
  );
});

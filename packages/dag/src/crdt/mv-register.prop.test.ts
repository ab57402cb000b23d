import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { growOperations, materialise, testLaws } from './crdt-fixture.ts';
import { mvRegister } from './mv-register.ts';

const next = (_: unknown, random: { below(end: number): number }) => ({
  value: new Uint8Array([random.below(256), random.below(256)]),
});

testLaws(mvRegister, next);

test('intention: the values of all writes that no other write knew', async () => {
  let several = 0;
  await fc.assert(
    fc.asyncProperty(fc.string(), async (seed) => {
      const history = await growOperations(mvRegister, next, seed, 14);
      const { model, operations } = history;
      const register = await materialise(mvRegister, history, model.vertices);
      const latest = model
        .maximal(model.vertices)
        .toSorted((a, b) => (a.id.toHex() < b.id.toHex() ? -1 : 1))
        .map((vertex) => operations.get(vertex)?.value);
      assert.deepEqual(register.value(), latest);
      if (latest.length > 1) several += 1;
    }),
  );
  assert.ok(several > 10);
});

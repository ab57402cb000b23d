import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { createModelHistory } from '../history-fixture.ts';
import { growOperations, materialise, testLaws } from './crdt-fixture.ts';
import { lwwRegister } from './lww-register.ts';

const next = (_: unknown, random: { below(end: number): number }) => ({
  value: new Uint8Array([random.below(256), random.below(256)]),
});

testLaws(lwwRegister, next);

test('intention: the greatest id among the writes that no other write knew', async () => {
  await fc.assert(
    fc.asyncProperty(fc.string(), async (seed) => {
      const history = await growOperations(lwwRegister, next, seed, 14);
      const { model, operations } = history;
      const register = await materialise(lwwRegister, history, model.vertices);
      const winner = model
        .maximal(model.vertices)
        .toSorted((a, b) => (a.id.toHex() < b.id.toHex() ? -1 : 1))
        .at(-1);
      assert.ok(winner !== undefined);
      assert.deepEqual(register.value(), operations.get(winner)?.value);
    }),
  );
});

test('a longer history elsewhere does not win by its length', async () => {
  let shortWins = 0;
  for (let salt = 0; salt < 20; salt += 1) {
    const model = createModelHistory();
    const operations = new Map();
    const write = (parents: Parameters<typeof model.add>[0], value: number) => {
      const operation = { value: new Uint8Array([salt, value]) };
      const vertex = model.add(parents, lwwRegister.encodeOperation(operation));
      operations.set(vertex, operation);
      return vertex;
    };
    const root = write([], 0);
    const short = write([root], 1);
    let long = root;
    for (let step = 2; step < 12; step += 1) long = write([long], step);
    const register = await materialise(lwwRegister, { model, operations }, model.vertices);
    const isShort = register.value()?.[1] === 1;
    assert.equal(isShort, short.id.toHex() > long.id.toHex());
    if (isShort) shortWins += 1;
  }
  assert.ok(shortWins > 0 && shortWins < 20);
});

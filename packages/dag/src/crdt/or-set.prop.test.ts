import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSimulationRandom, type SimulationRandom } from '@pars/base/fakes';
import * as fc from 'fast-check';
import { growOperations, linearOrder, materialise, testLaws } from './crdt-fixture.ts';
import { type OrSet, type OrSetOperation, orSet } from './or-set.ts';

function next(seen: OrSet, random: SimulationRandom): OrSetOperation {
  const present = seen.value();
  if (present.length > 0 && random.chance(0.4)) {
    return { type: 'remove', element: random.pick(present) };
  }
  const type = random.chance(0.8) ? 'add' : 'remove';
  return { type, element: new Uint8Array([random.below(3)]) };
}

testLaws(orSet, next);

test('intention: an element is in while an addition of it was seen by no other operation on it', async () => {
  let concurrentWins = 0;
  await fc.assert(
    fc.asyncProperty(fc.string(), async (seed) => {
      const history = await growOperations(orSet, next, seed, 18);
      const { model, operations } = history;
      const expected = new Set<string>();
      for (const [vertex, { type, element }] of operations) {
        if (type !== 'add') continue;
        const onIt = [...operations].filter(
          ([other, op]) => other !== vertex && op.element.toHex() === element.toHex(),
        );
        if (onIt.some(([other]) => model.reaches(vertex, other))) continue;
        expected.add(element.toHex());
        if (onIt.some(([other, op]) => op.type === 'remove' && !model.reaches(other, vertex))) {
          concurrentWins += 1;
        }
      }
      const order = linearOrder(model, model.vertices, createSimulationRandom(seed));
      const set = await materialise(orSet, history, order);
      assert.deepEqual(new Set(set.value().map((element) => element.toHex())), expected);
    }),
  );
  assert.ok(concurrentWins > 10, 'additions met concurrent removals');
});

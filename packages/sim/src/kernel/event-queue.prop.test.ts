import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { createEventQueue } from './event-queue.ts';

const step = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({ push: fc.oneof(fc.nat(40), fc.nat(3_000), fc.nat(4_000_000)) }),
  },
  { weight: 4, arbitrary: fc.record({ take: fc.constantFrom('release', 'later') }) },
  { weight: 2, arbitrary: fc.record({ cancel: fc.nat(30) }) },
);

test('events come by time, then in the order of pushing; cancelled ones never', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 400 }), (steps) => {
      const queue = createEventQueue();
      let waiting: { timeUs: number; order: number; handle: number; name: number }[] = [];
      let order = 0;
      let names = 0;
      const handles: number[] = [];
      for (const action of steps) {
        if ('push' in action) {
          names += 1;
          const handle = queue.push(action.push, 3, 1, 2, names, `p${names}`);
          handles.push(handle);
          waiting.push({ timeUs: action.push, order, handle, name: names });
          order += 1;
        } else if ('take' in action) {
          waiting.sort((a, b) => a.timeUs - b.timeUs || a.order - b.order);
          const expected = waiting.shift();
          assert.equal(queue.nextTimeUs(), expected?.timeUs ?? Number.POSITIVE_INFINITY);
          const taken = queue.take();
          assert.equal(taken?.value, expected?.name);
          if (taken === undefined || expected === undefined) continue;
          assert.equal(taken.payload, `p${expected.name}`);
          assert.deepEqual([taken.kind, taken.node, taken.life], [3, 1, 2]);
          if (action.take === 'release') {
            queue.release(taken.slot);
            continue;
          }
          queue.putBack(taken.slot, expected.timeUs + 7, 3);
          waiting.push({ ...expected, timeUs: expected.timeUs + 7, order });
          order += 1;
        } else {
          const handle = handles[action.cancel] ?? 0;
          const wasThere = waiting.some((event) => event.handle === handle);
          assert.equal(queue.cancel(handle), wasThere);
          waiting = waiting.filter((event) => event.handle !== handle);
        }
      }
    }),
    { numRuns: 300 },
  );
});

test('grows past its first capacity and stays in order', () => {
  const queue = createEventQueue();
  let state = 1;
  for (let count = 0; count < 20_000; count += 1) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    queue.push(state % 5_000, 1, 0, 0, count, undefined);
  }
  let last = [-1, -1];
  for (let count = 0; count < 20_000; count += 1) {
    const event = queue.take();
    assert.ok(event !== undefined);
    const [time = 0, value = 0] = last;
    assert.ok(event.timeUs > time || (event.timeUs === time && event.value > value));
    last = [event.timeUs, event.value];
    queue.release(event.slot);
  }
  assert.equal(queue.take(), undefined);
  assert.equal(queue.size, 0);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { createTaskHeap } from './task-heap.ts';
import { createVirtualTime } from './virtual-time.ts';

test('tasks run in the order (time, scheduled first), however time is sliced', async () => {
  const delays = fc.array(fc.nat({ max: 20 }), { maxLength: 40 });
  const slices = fc.array(fc.nat({ max: 7 }), { maxLength: 10 });
  await fc.assert(
    fc.asyncProperty(delays, slices, async (delaysMs, slicesMs) => {
      const { scheduler, advance } = createVirtualTime();
      const ran: number[] = [];
      for (const [index, delayMs] of delaysMs.entries()) {
        scheduler.schedule(delayMs, () => ran.push(index));
      }
      for (const sliceMs of [...slicesMs, 20]) await advance(sliceMs);
      const expected = [...delaysMs.keys()].sort(
        (a, b) => (delaysMs[a] ?? 0) - (delaysMs[b] ?? 0) || a - b,
      );
      assert.deepEqual(ran, expected);
    }),
  );
});

test('the heap gives what sorting gives, with pushes and pops mixed', () => {
  fc.assert(
    fc.property(fc.array(fc.option(fc.nat({ max: 9 })), { maxLength: 100 }), (steps) => {
      const heap = createTaskHeap<{ dueMs: number; sequence: number }>();
      let model: { dueMs: number; sequence: number }[] = [];
      for (const [sequence, dueMs] of steps.entries()) {
        if (dueMs === null) {
          model = model.sort((a, b) => a.dueMs - b.dueMs || a.sequence - b.sequence);
          assert.deepEqual(heap.peek(), model[0]);
          assert.deepEqual(heap.pop(), model.shift());
        } else {
          heap.push({ dueMs, sequence });
          model.push({ dueMs, sequence });
        }
      }
    }),
  );
});

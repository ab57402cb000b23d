import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { createSortedEntries, type EntriesSnapshot } from './sorted-entries.ts';

const step = fc.oneof(
  { weight: 12, arbitrary: fc.record({ put: fc.nat(2_000) }) },
  { weight: 4, arbitrary: fc.record({ delete: fc.nat(2_000) }) },
  { weight: 1, arbitrary: fc.constant({ snapshot: true }) },
  { weight: 1, arbitrary: fc.record({ release: fc.nat(5) }) },
);
const keyOf = (number: number) => Uint8Array.of(number >> 8, number);

test('every snapshot goes on showing what was there when it was taken', () => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 600, maxLength: 1_500 }), (steps) => {
      const entries = createSortedEntries();
      const model = new Map<number, number>();
      let snapshots: { readonly shown: EntriesSnapshot; readonly expected: [number, number][] }[] =
        [];
      let version = 0;
      for (const action of steps) {
        version += 1;
        if ('put' in action) {
          entries.put({ key: keyOf(action.put), value: keyOf(version) });
          model.set(action.put, version);
        } else if ('delete' in action) {
          entries.delete(keyOf(action.delete));
          model.delete(action.delete);
        } else if ('release' in action) {
          snapshots[action.release]?.shown.release();
          snapshots = snapshots.filter((_, index) => index !== action.release);
        } else {
          const expected = [...model].sort(([a], [b]) => a - b);
          snapshots.push({ shown: entries.snapshot(), expected });
        }
      }
      for (const { shown, expected } of snapshots) {
        assert.deepEqual(read(shown, false), expected);
        assert.deepEqual(read(shown, true), expected.toReversed());
      }
      for (const [number, value] of model) {
        assert.deepEqual(entries.get(keyOf(number))?.value, keyOf(value));
      }
    }),
    { numRuns: 60 },
  );
});

function read(snapshot: EntriesSnapshot, reverse: boolean): [number, number][] {
  return [...snapshot.walk({ reverse })].map(({ key, value }) => [toNumber(key), toNumber(value)]);
}

function toNumber(bytes: Uint8Array): number {
  return ((bytes[0] ?? 0) << 8) | (bytes[1] ?? 0);
}

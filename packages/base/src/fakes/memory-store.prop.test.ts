import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { createMemoryStore } from './memory-store.ts';

const key = fc.uint8Array({ minLength: 1, maxLength: 3, max: 3 });
const write = fc.record(
  { key, value: fc.uint8Array({ maxLength: 2 }) },
  { requiredKeys: ['key'], noNullPrototype: true },
);
const range = fc.record(
  {
    from: fc.uint8Array({ maxLength: 3, max: 3 }),
    to: fc.uint8Array({ maxLength: 3, max: 3 }),
    reverse: fc.boolean(),
    limit: fc.nat({ max: 5 }),
  },
  { requiredKeys: [], noNullPrototype: true },
);

test('a store behaves as a sorted map does', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(write, { maxLength: 8 }), { maxLength: 8 }),
      range,
      async (batches, asked) => {
        const store = createMemoryStore();
        // Keys as hexadecimal text sort as the bytes do.
        const model = new Map<string, Uint8Array>();
        for (const batch of batches) {
          await store.write(batch);
          for (const { key: given, value } of batch) {
            if (value === undefined) model.delete(toHex(given));
            else model.set(toHex(given), value);
          }
        }
        let expected = [...model].sort(([a], [b]) => (a < b ? -1 : 1));
        if (asked.from !== undefined)
          expected = expected.filter(([k]) => k >= toHex(asked.from as Uint8Array));
        if (asked.to !== undefined)
          expected = expected.filter(([k]) => k < toHex(asked.to as Uint8Array));
        if (asked.reverse === true) expected.reverse();
        const found: [string, Uint8Array][] = [];
        for await (const entry of store.list(asked)) found.push([toHex(entry.key), entry.value]);
        assert.deepEqual(found, expected.slice(0, asked.limit ?? expected.length));
      },
    ),
    { numRuns: 300 },
  );
});

function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

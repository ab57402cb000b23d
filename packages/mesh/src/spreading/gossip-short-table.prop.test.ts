import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import {
  createShortTable,
  deleteNamed,
  getNamed,
  type Named,
  nameFrom,
  setNamed,
} from './gossip-short-table.ts';

/** Names that collide in their lower bits, and some that differ above 32 bits alone. */
const short = fc.oneof(
  fc.nat(40),
  fc.nat(6).map((name) => 16 * name + 15),
  fc.nat(3).map((name) => name * 2 ** 32 + 7),
  fc.constantFrom(2 ** 48 - 1, 2 ** 31, 2 ** 32 - 1),
);

test('a table of short ids finds what a map finds', () => {
  const step = fc.record({ short, isSet: fc.boolean() });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
      const table = createShortTable<Named & { readonly at: number }>();
      const model = new Map<number, number>();
      for (const [at, action] of steps.entries()) {
        if (action.isSet) {
          setNamed(table, { ...nameFrom(action.short), at });
          model.set(action.short, at);
        } else {
          deleteNamed(table, nameFrom(action.short));
          model.delete(action.short);
        }
        assert.equal(table.size, model.size);
        for (const { short: name } of steps)
          assert.equal(getNamed(table, name)?.at, model.get(name));
      }
    }),
    { numRuns: 100 },
  );
});

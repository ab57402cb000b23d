import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { createBundleFixture, recordsOf, smallLayout, testGroupKey } from './bundle-fixture.ts';
import { bundleLayout } from './bundle-layout.ts';

const group = { groupKeys: [testGroupKey(1)] };

test('whatever goes in, the limit holds and what was taken comes out', async () => {
  const fixture = await createBundleFixture('size');
  const length = fc.oneof(
    fc.integer({ min: 1, max: 40 }),
    fc.integer({ min: 1, max: 9_000 }),
    fc.integer({ min: 1, max: 65_536 }),
  );
  const numRuns = Number(process.env['PARS_BUNDLE_SIZE_RUNS'] ?? 40);
  await fc.assert(
    fc.asyncProperty(
      fc.array(length, { maxLength: 60 }),
      fc.integer({ min: 1, max: 40 }),
      fc.integer({ min: 262_144, max: 3_000_000 }),
      fc.constantFrom(bundleLayout, smallLayout),
      async (lengths, times, limitBytes, layout) => {
        const records = Array.from({ length: times }, () => lengths)
          .flat()
          .map((count) => fixture.peer(count));
        let omitted = 0;
        const options = {
          recipients: group,
          limitBytes,
          onProgress: (progress: { readonly omitted: number }) => {
            omitted = progress.omitted;
          },
        };
        const file = await fixture.write(layout, options, records);
        assert.ok(file.length <= limitBytes);
        const events = await fixture.read(layout, group, file);
        assert.equal(events.at(-1)?.kind, 'end');
        const read = recordsOf(events);
        if (omitted === 0) assert.deepEqual(read, records);
        assert.ok(read.length + omitted <= records.length);
      },
    ),
    { numRuns },
  );
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Store, unwrap } from '@pars/base';
import { createSimulationRandom } from '@pars/base/fakes';
import { createHashMapStore } from '../hash-map-store-fixture.ts';
import { hashDep, openGate, testSpace } from '../history-fixture.ts';
import { createLongHistory, HISTORY_SHAPES } from './long-history-fixture.ts';
import { heightFor } from './position-tree.ts';
import { openReplica, type Replica } from './replica.ts';

const SIZE = 4000;

for (const shape of HISTORY_SHAPES) {
  test(`a question about a history of shape ${shape} reads a bounded number of rows`, async () => {
    const disk = createHashMapStore();
    const history = createLongHistory(hashDep, shape, SIZE, 4);
    const filled = await open(disk);
    for (let left = SIZE; left > 0; left -= 500) {
      const receipt = await filled.receive('peer', history.next(500));
      assert.deepEqual([receipt.added.length, receipt.refused], [500, []]);
    }
    let reads = 0;
    const store: Store = {
      ...disk,
      async get(key) {
        reads += 1;
        return await disk.get(key);
      },
    };
    const random = createSimulationRandom(shape);
    let replica = await open(store);
    for (let query = 0; query < 400; query += 1) {
      // Opened anew now and then, so that nothing is in memory.
      if (query % 20 === 0) replica = await open(store);
      const [a, b] = [random.below(SIZE), random.below(SIZE)];
      reads = 0;
      const relation = unwrap(await replica.relate(history.idAt(a), history.idAt(b)));
      // Two ids, two records, and one path of a tree.
      assert.ok(reads <= 4 + heightFor(SIZE) + 1, `${reads} rows`);
      if (a === b) continue;
      const isRelated = history.reaches(Math.min(a, b), Math.max(a, b));
      assert.equal(relation, isRelated ? (a < b ? 'before' : 'after') : 'concurrent');
    }
  });
}

async function open(store: Store): Promise<Replica> {
  return unwrap(await openReplica({ ...hashDep, store, gate: openGate }, { space: testSpace }));
}

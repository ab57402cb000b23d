import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Store, unwrap } from '@pars/base';
import { createSimulationRandom } from '@pars/base/fakes';
import { createHashMapStore } from '../hash-map-store-fixture.ts';
import {
  createModelHistory,
  hashDep,
  makeVertex,
  openGate,
  testSpace,
} from '../history-fixture.ts';
import { MAX_PARENTS, type Vertex } from '../vertex.ts';
import { MAX_HEAD_TREES } from './difference.ts';
import { createLongHistory, HISTORY_SHAPES } from './long-history-fixture.ts';
import { heightFor } from './position-tree.ts';
import { openReplica, type Replica } from './replica.ts';

// Large enough for one of the merges that the hostile shape has every 5,000 vertices.
const SIZE = 6000;

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

test('a vertex that joins as many heads as it may costs a bounded number of rows', async () => {
  const disk = createHashMapStore();
  const history = createLongHistory(hashDep, 'hostile', SIZE, 4);
  const filled = await open(disk);
  await filled.receive('peer', history.next(SIZE));
  const heads = (await filled.frontier()).slice(0, MAX_PARENTS);
  const parents = await Promise.all(
    heads.map(async (id) => ({ id, time: (await filled.get(id))?.time ?? 0 })),
  );
  assert.equal(parents.length, MAX_PARENTS);
  let reads = 0;
  const replica = await open({
    ...disk,
    async get(key) {
      reads += 1;
      return await disk.get(key);
    },
  });
  reads = 0;
  const join = makeVertex(hashDep, parents, new Uint8Array([1]));
  assert.deepEqual((await replica.receive('peer', [join.bytes])).added, [join.id]);
  // Its own id, each parent's id and record, and every page that one of their trees leads to at most.
  const pages = (await Array.fromAsync(disk.list({ from: TREE_PAGES }))).length;
  assert.ok(pages > 10 && reads <= 1 + 2 * MAX_PARENTS + pages, `${reads} rows, ${pages} pages`);
});

test('pages of trees go with what is pruned', async () => {
  const disk = createHashMapStore();
  const history = createLongHistory(hashDep, 'halves', SIZE, 4);
  const replica = await open(disk);
  await replica.receive('peer', history.next(SIZE));
  const heads = await replica.frontier();
  const parents = heads.map((id) => ({ id, time: SIZE / 2 }));
  const cut = makeVertex(hashDep, parents, new Uint8Array([1]));
  await replica.receive('peer', [cut.bytes]);
  const countPages = async () => (await Array.fromAsync(disk.list({ from: TREE_PAGES }))).length;
  assert.ok((await countPages()) > 3);
  unwrap(await replica.prune(cut.id));
  assert.equal(await countPages(), 1);
});

test('a frontier of very many hostile heads is answered from some of them, and nothing is withheld', async () => {
  // Lanes that are written in turns: each head's past has more ranges than a label holds.
  const lanes = MAX_HEAD_TREES + 6;
  const model = createModelHistory();
  let tips: readonly Vertex[] = Array.from({ length: lanes }, () => model.add([]));
  for (let round = 0; round < 40; round += 1) tips = tips.map((tip) => model.add([tip]));
  const extra = tips.slice(0, 3).map((tip) => model.add([tip]));
  const replica = await open(createHashMapStore());
  await replica.receive(
    'peer',
    model.vertices.map((vertex) => vertex.bytes),
  );
  const heads = tips.map((tip) => tip.id);
  const { vertices } = unwrap(await replica.difference(heads, { maxVertices: 10_000 }));
  const given = new Set(vertices.map((bytes) => bytes.toHex()));
  for (const vertex of extra) assert.ok(given.has(vertex.bytes.toHex()));
  assert.ok(vertices.length > extra.length, 'the bound was not reached');
  assert.ok(vertices.length <= extra.length + 6 * 41, `${vertices.length} given`);
  const fewer = unwrap(await replica.difference(heads.slice(6), { maxVertices: 10_000 }));
  assert.equal(fewer.vertices.length, extra.length + 6 * 41);
});

const TREE_PAGES = new Uint8Array([6]);

async function open(store: Store): Promise<Replica> {
  return unwrap(await openReplica({ ...hashDep, store, gate: openGate }, { space: testSpace }));
}

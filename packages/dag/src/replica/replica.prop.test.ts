import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Store, unwrap } from '@pars/base';
import { createMemoryStore, createMemoryStoreDisk, createSimulationRandom } from '@pars/base/fakes';
import * as fc from 'fast-check';
import {
  createModelHistory,
  hashDep,
  historyFromPicks,
  idTexts,
  type ModelHistory,
  openGate,
  testSpace,
} from '../history-fixture.ts';
import type { Vertex, VertexId } from '../vertex.ts';
import type { Difference } from './difference.ts';
import { openReplica, type Replica, type ReplicaOptions } from './replica.ts';

const picks = (maxLength: number) => fc.array(fc.nat({ max: 4095 }), { minLength: 1, maxLength });
const seed = fc.string({ maxLength: 8 });

test('any order of arrival, with repeats and in any portions, gives the same replica', async () => {
  await fc.assert(
    fc.asyncProperty(
      picks(30),
      seed,
      fc.integer({ min: 1, max: 9 }),
      async (chosen, seed, size) => {
        const history = historyFromPicks(chosen);
        const random = createSimulationRandom(seed);
        const repeated = random.shuffle([...history.vertices, ...history.vertices.slice(0, 5)]);
        const replica = await open(createMemoryStore());
        for (let start = 0; start < repeated.length; start += size) {
          await replica.receive('peer', encodings(repeated.slice(start, start + size)));
        }
        await requireSame(replica, history);
        assert.deepEqual(replica.parked, { vertices: 0, bytes: 0 });
      },
    ),
    { numRuns: 60 },
  );
});

test('a crash at any write leaves each vertex wholly there or not at all', async () => {
  await fc.assert(
    fc.asyncProperty(
      picks(14),
      seed,
      fc.constantFrom('before' as const, 'after' as const),
      async (chosen, seed, moment) => {
        const history = historyFromPicks(chosen);
        const order = createSimulationRandom(seed).shuffle(history.vertices);
        for (let write = 1; ; write += 1) {
          const disk = createMemoryStoreDisk();
          disk.crashAt(write, moment);
          const crashed = await feedOneByOne(disk.open(), order);
          const survivor = await open(disk.open());
          await requireClosed(survivor);
          for (const vertex of order) await survivor.receive('peer', [vertex.bytes]);
          await requireSame(survivor, history);
          if (!crashed) break;
        }
      },
    ),
    { numRuns: 12 },
  );
});

test('the difference to any set of heads is what they do not reach, page by page', async () => {
  await fc.assert(
    fc.asyncProperty(
      picks(30),
      seed,
      fc.nat(),
      fc.integer({ min: 1, max: 7 }),
      async (chosen, seed, bits, maxVertices) => {
        const history = historyFromPicks(chosen);
        const replica = await open(createMemoryStore());
        const order = createSimulationRandom(seed).shuffle(history.vertices);
        await replica.receive('peer', encodings(order));
        const heads = history.vertices.filter((_, index) => ((bits >> (index % 31)) & 1) === 1);
        const expected = history.vertices.filter(
          (vertex) => !heads.some((head) => history.reaches(vertex, head)),
        );
        const given = await wholeDifference(replica, heads.map(idOf), maxVertices);
        assert.deepEqual(idTexts(given.map(hashOf(history))), idTexts(expected.map(idOf)));
        requireParentsFirst(given.map(hashOf(history)), history, heads);
      },
    ),
    { numRuns: 60 },
  );
});

test('two replicas that exchange differences converge', async () => {
  await fc.assert(
    fc.asyncProperty(picks(30), fc.nat(), async (chosen, bits) => {
      const history = historyFromPicks(chosen);
      const [left, right] = [await open(createMemoryStore()), await open(createMemoryStore())];
      // Each begins with what some of the vertices reach.
      for (const [index, replica] of [left, right].entries()) {
        const heads = history.vertices.filter((_, at) => ((bits >> (at % 15)) & 1) === index);
        const part = history.vertices.filter((vertex) =>
          heads.some((head) => history.reaches(vertex, head)),
        );
        await replica.receive('peer', encodings(part));
      }
      const fromLeft = await wholeDifference(left, await right.frontier(), 1000);
      const fromRight = await wholeDifference(right, await left.frontier(), 1000);
      await right.receive('left', fromLeft);
      await left.receive('right', fromRight);
      await requireSame(left, history);
      await requireSame(right, history);
      const again = await wholeDifference(left, await right.frontier(), 1000);
      assert.equal(again.length, 0);
    }),
    { numRuns: 60 },
  );
});

test('labels that overflow still give the right answers', async () => {
  // Branches that alternate for long before they meet: more ranges than a label holds.
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 2, max: 4 }), fc.nat(), async (width, bits) => {
      const history = createModelHistory();
      const root = history.add([]);
      let tips: readonly Vertex[] = Array.from({ length: width }, () => root);
      for (let step = 0; step < 90; step += 1) {
        tips = tips.map((tip, branch) => {
          const meets = ((bits >> (step % 29)) & 7) === 0 && branch === 1;
          return history.add(
            meets ? history.maximal([...new Set([tip, tips[0] as Vertex])]) : [tip],
          );
        });
      }
      history.add(history.maximal([...new Set(tips)]));
      const replica = await open(createMemoryStore());
      await replica.receive('peer', encodings(history.vertices));
      await requireSameRelations(replica, history, createSimulationRandom(`${bits}`), 600);
      const heads = [tips[0] as Vertex];
      const missing = await wholeDifference(replica, heads.map(idOf), 10_000);
      const expected = history.vertices.filter(
        (vertex) => !history.reaches(vertex, heads[0] as Vertex),
      );
      assert.equal(missing.length, expected.length);
    }),
    { numRuns: 8 },
  );
});

test('replicas that prune where all agree converge with those that never do', async () => {
  await fc.assert(
    fc.asyncProperty(
      picks(12),
      picks(12),
      seed,
      fc.constantFrom(undefined, 'before' as const, 'after' as const),
      async (early, late, seed, crash) => {
        const history = historyFromPicks(early);
        const base = meet(history);
        const earlyCount = history.vertices.length;
        for (const pick of late) {
          const above = history.vertices.slice(earlyCount - 1).slice(-12);
          const chosen = above.filter((_, index) => ((pick >> index) & 1) === 1);
          history.add(history.maximal(chosen.length === 0 ? [base] : chosen));
        }
        const random = createSimulationRandom(seed);
        const disk = createMemoryStoreDisk();
        let pruned = await open(disk.open());
        await pruned.receive(
          'peer',
          encodings(random.shuffle(history.vertices.slice(0, earlyCount))),
        );
        if (crash !== undefined) disk.crashAt(1 + random.below(earlyCount === 1 ? 1 : 2), crash);
        await pruned.prune(base.id).catch(() => undefined);
        if (crash !== undefined) {
          pruned = await open(disk.open());
          await pruned.prune(base.id);
        }
        const joiner = await open(createMemoryStore(), { base: base.bytes });
        for (const replica of [pruned, joiner]) {
          // Old vertices come again: none may enter a second time.
          const receipt = await replica.receive(
            'peer',
            encodings(random.shuffle(history.vertices)),
          );
          assert.equal(receipt.added.length, history.vertices.length - earlyCount);
          const heads = idTexts(history.maximal(history.vertices).map(idOf));
          assert.deepEqual(idTexts(await replica.frontier()), heads);
          const kept = history.vertices.slice(earlyCount - 1);
          const logged = await replica.log(0, 1000);
          assert.deepEqual(idTexts(logged.map((entry) => entry.id)), idTexts(kept.map(idOf)));
          await requireSameRelationsOf(replica, history, kept);
          assert.equal(replica.parked.vertices, 0);
        }
      },
    ),
    { numRuns: 60 },
  );
});

test('a crash at any write of a life of waiting, forgetting and pruning loses nothing', async () => {
  // Branches that alternate for long, so that labels go into trees; a merge to prune at; more of the same.
  const history = createModelHistory();
  const grow = (root: readonly Vertex[], steps: number) => {
    let tips: readonly (readonly Vertex[])[] = [root, root, root];
    for (let step = 0; step < steps; step += 1) tips = tips.map((tip) => [history.add(tip)]);
    return history.add(tips.flat());
  };
  const base = grow([history.add([], new Uint8Array(2000))], 190);
  const keptFrom = history.vertices.length - 1;
  grow([base], 70);
  const random = createSimulationRandom('life');
  // Each portion is in disorder, so most of it waits; some vertices stay out until the end.
  const portions = Array.from({ length: 5 }, (_, index) =>
    encodings(random.shuffle(history.vertices.slice(index * 164, index * 164 + 164))),
  );
  const late = encodings(history.vertices);

  async function live(store: Store): Promise<Replica> {
    const replica = await open(store);
    for (const portion of portions.slice(0, 4)) await replica.receive('peer', portion);
    await replica.receive('peer', late.slice(0, keptFrom + 1));
    await replica.prune(base.id);
    for (const portion of portions) await replica.receive('peer', portion);
    await replica.receive('peer', late);
    return replica;
  }

  for (const moment of ['before', 'after'] as const) {
    for (let write = 1; ; write += 1) {
      const disk = createMemoryStoreDisk();
      disk.crashAt(write, moment);
      const unbroken = await live(disk.open()).catch((error: unknown) => {
        assert.match(String(error), /simulated-crash/);
        return undefined;
      });
      const replica = unbroken ?? (await live(disk.open()));
      assert.deepEqual(replica.base, { id: base.id, time: base.time });
      const kept = history.vertices.slice(keptFrom);
      const logged = await replica.log(0, 10_000);
      assert.deepEqual(idTexts(logged.map((entry) => entry.id)), idTexts(kept.map(idOf)));
      const missing = await wholeDifference(replica, [base.id], 100);
      assert.equal(missing.length, kept.length - 1);
      await requireSameRelations(replica, { ...history, vertices: kept }, random, 100);
      await requireRowsOf(disk.open(), kept.length);
      if (unbroken !== undefined) break;
    }
  }
});

/** No row is left over, and none of the kinds that every life of this test has is missing. */
async function requireRowsOf(store: Store, vertexCount: number): Promise<void> {
  const countByKind = new Map<number, number>();
  for await (const { key } of store.list({})) {
    const kind = key[0] as number;
    countByKind.set(kind, 1 + (countByKind.get(kind) ?? 0));
  }
  const [head, ids, records, bytes, heads, pages] = [1, 2, 3, 4, 5, 6].map((kind) =>
    countByKind.get(kind),
  );
  // The one long vertex lies below the base.
  assert.deepEqual([head, ids, records, bytes, heads], [1, vertexCount, vertexCount, undefined, 1]);
  assert.ok(pages !== undefined && pages < 4, `${pages} pages of trees`);
}

async function open(store: Store, options: Partial<ReplicaOptions> = {}): Promise<Replica> {
  const deps = { ...hashDep, store, gate: openGate };
  return unwrap(await openReplica(deps, { space: testSpace, ...options }));
}

/** Gives the vertices one by one until the store crashes; whether it did. */
async function feedOneByOne(store: Store, order: readonly Vertex[]): Promise<boolean> {
  try {
    const replica = await open(store);
    for (const vertex of order) await replica.receive('peer', [vertex.bytes]);
    return false;
  } catch (error) {
    assert.match(String(error), /simulated-crash/);
    return true;
  }
}

/** Adds one vertex above everything. */
function meet(history: ModelHistory): Vertex {
  for (;;) {
    const heads = history.maximal(history.vertices);
    const [only] = heads;
    if (only !== undefined && heads.length === 1) return only;
    history.add(heads.slice(0, 16));
  }
}

async function wholeDifference(
  replica: Replica,
  heads: readonly VertexId[],
  maxVertices: number,
): Promise<readonly Uint8Array[]> {
  const all: Uint8Array[] = [];
  let from: number | undefined = 0;
  while (from !== undefined) {
    const page: Difference = unwrap(await replica.difference(heads, { maxVertices, from }));
    assert.ok(page.vertices.length <= maxVertices);
    all.push(...page.vertices);
    from = page.next;
  }
  return all;
}

async function requireSame(replica: Replica, history: ModelHistory): Promise<void> {
  const { vertices } = history;
  const heads = history.maximal(vertices).map(idOf);
  assert.deepEqual(idTexts(await replica.frontier()), idTexts(heads));
  const logged = await replica.log(0, 10_000);
  assert.deepEqual(idTexts(logged.map((entry) => entry.id)), idTexts(vertices.map(idOf)));
  requireParentsFirst(
    logged.map((entry) => entry.id),
    history,
    [],
  );
  await requireSameRelationsOf(replica, history, vertices);
  for (const vertex of vertices) assert.deepEqual(await replica.get(vertex.id), vertex);
}

/** Whatever is there is all there: parents, rows, frontier. */
async function requireClosed(replica: Replica): Promise<void> {
  const logged = await replica.log(0, 10_000);
  assert.equal(logged.length, replica.sequence);
  const withChild = new Set<string>();
  for (const { id } of logged) {
    const vertex = await replica.get(id);
    for (const parent of vertex?.parents ?? []) {
      assert.ok(await replica.has(parent));
      withChild.add(parent.toHex());
    }
  }
  const heads = logged.map((entry) => entry.id.toHex()).filter((id) => !withChild.has(id));
  assert.deepEqual(idTexts(await replica.frontier()), heads.toSorted());
}

async function requireSameRelationsOf(
  replica: Replica,
  history: ModelHistory,
  vertices: readonly Vertex[],
): Promise<void> {
  for (const a of vertices) {
    for (const b of vertices) await requireSameRelation(replica, history, a, b);
  }
}

async function requireSameRelations(
  replica: Replica,
  history: ModelHistory,
  random: { below(end: number): number },
  count: number,
): Promise<void> {
  const any = () => history.vertices[random.below(history.vertices.length)] as Vertex;
  for (let query = 0; query < count; query += 1) {
    await requireSameRelation(replica, history, any(), any());
  }
}

async function requireSameRelation(
  replica: Replica,
  history: ModelHistory,
  a: Vertex,
  b: Vertex,
): Promise<void> {
  const relation = unwrap(await replica.relate(a.id, b.id));
  const expected =
    a === b
      ? 'same'
      : history.reaches(a, b)
        ? 'before'
        : history.reaches(b, a)
          ? 'after'
          : 'concurrent';
  assert.equal(relation, expected);
}

function requireParentsFirst(
  ids: readonly VertexId[],
  history: ModelHistory,
  known: readonly Vertex[],
): void {
  const byId = new Map(history.vertices.map((vertex) => [vertex.id.toHex(), vertex]));
  const seen = new Set(
    history.vertices
      .filter((vertex) => known.some((head) => history.reaches(vertex, head)))
      .map((vertex) => vertex.id.toHex()),
  );
  for (const id of ids) {
    for (const parent of byId.get(id.toHex())?.parents ?? []) assert.ok(seen.has(parent.toHex()));
    seen.add(id.toHex());
  }
}

function encodings(vertices: readonly Vertex[]): readonly Uint8Array[] {
  return vertices.map((vertex) => vertex.bytes);
}

function hashOf(history: ModelHistory): (bytes: Uint8Array) => VertexId {
  const byBytes = new Map(history.vertices.map((vertex) => [vertex.bytes.toHex(), vertex.id]));
  return (bytes) => byBytes.get(bytes.toHex()) as VertexId;
}

function idOf(vertex: Vertex): VertexId {
  return vertex.id;
}

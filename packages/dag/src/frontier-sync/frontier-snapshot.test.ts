import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { unwrap } from '@pars/base';
import { createSimulationRandom, type SimulationRandom } from '@pars/base/fakes';
import * as fc from 'fast-check';
import { type GSet, gSet } from '../crdt/g-set.ts';
import { replayLog } from '../crdt/replay.ts';
import { createModelHistory, hashDep, type ModelHistory, testSpace } from '../history-fixture.ts';
import { decodeVertex, type Vertex } from '../vertex.ts';
import {
  connect,
  connectBadly,
  createMember,
  heldIds,
  type Member,
  type SideOptions,
} from './frontier-fixture.ts';
import { createSnapshotAssembly, createSnapshotStream, MAX_SNAPSHOT_STATE } from './snapshot.ts';

const picks = (maxLength: number) => fc.array(fc.nat({ max: 4095 }), { minLength: 1, maxLength });
const seeds = fc.string({ maxLength: 8 });

test('newcomers and those who were away end with the same state as who pruned and who never did', async () => {
  await fc.assert(
    fc.asyncProperty(
      picks(14),
      picks(14),
      seeds,
      fc.boolean(),
      async (early, late, seed, isBad) => {
        const random = createSimulationRandom(seed);
        const world = growWithCut(early, late);
        const { history, cut } = world;
        const old = await createMember(random, { messageLength: 256 });
        await fill(old, history.vertices);
        const pruned = await createPruned(world, random);
        const newcomer = await createMember(random, { messageLength: 300 });
        // Was away since before the cut, and wrote nothing since.
        const away = await createMember(random);
        await fill(away, history.vertices.slice(0, random.below(history.vertices.indexOf(cut))));
        for (const joiner of [newcomer, away]) {
          pruned.renew();
          for (let attempt = 0; attempt < 40 && isBad; attempt += 1) {
            const chances = { lost: attempt < 3 ? 0.3 : 0, twice: 0.2 };
            assert.equal(await connectBadly([joiner, pruned], random, chances), undefined);
          }
          const report = await connect([joiner, pruned]);
          assert.equal(report.failure, undefined);
          assert.ok(report.isEnded);
          assert.equal(report.lacking, 0);
          assert.equal(joiner.imported !== undefined, true);
          assert.equal(await stateOf(joiner), await stateOf(pruned));
          assert.deepEqual(await heldIds(joiner.replica), await heldIds(pruned.replica));
        }
        assert.equal(await stateOf(pruned), await stateOf(old));
      },
    ),
    { numRuns: 25 },
  );
});

test('who holds the base needs no snapshot, even when all heads differ', async () => {
  const random = createSimulationRandom('base');
  const world = growWithCut([0, 1, 2], [0, 1]);
  const pruned = await createPruned(world, random);
  const other = await createMember(random);
  const at = world.history.vertices.indexOf(world.cut);
  await fill(other, world.history.vertices.slice(0, at + 1));
  const branch = world.history.add(
    [world.cut],
    gSet.encodeOperation({ element: Uint8Array.of(9) }),
  );
  await fill(other, [branch]);
  const report = await connect([other, pruned]);
  assert.ok(report.isEnded);
  assert.equal(other.imported, undefined);
  assert.equal(report.lacking, 0);
  assert.ok(await pruned.replica.has(branch.id));
});

test('who was pruned later is not set back by who was pruned earlier', async () => {
  const random = createSimulationRandom('two bases');
  const world = growWithCut([0, 1, 2], [0, 1]);
  const early = await createPruned(world, random);
  const late = await createPruned(world, random);
  const { history } = world;
  const second = history.add(
    history.maximal(history.vertices),
    gSet.encodeOperation({ element: Uint8Array.of(77) }),
  );
  // Everybody holds it: only then may anybody prune there.
  for (const member of [early, late]) await fill(member, [second]);
  unwrap(await late.replica.prune(second.id));
  const third = history.add([second], gSet.encodeOperation({ element: Uint8Array.of(78) }));
  await fill(late, [third]);
  const report = await connect([early, late]);
  assert.equal(report.failure, undefined);
  assert.ok(report.isEnded);
  assert.deepEqual([early.imported, late.imported], [undefined, undefined]);
  assert.ok(await early.replica.has(third.id));
});

test('without a state to give, the sync ends and says how much is lacking', async () => {
  const random = createSimulationRandom('no state');
  const pruned = await createPruned(growWithCut([0, 1], [0]), random, false);
  const report = await connect([await createMember(random), pruned]);
  assert.equal(report.failure, undefined);
  assert.ok(report.isEnded);
  assert.equal(report.lacking, 1);
});

test('a machine that lives long takes a snapshot as often as the other side was pruned', async () => {
  const random = createSimulationRandom('often');
  const joiner = await createMember(random);
  for (let times = 1; times <= 6; times += 1) {
    // Another machine each time, and a base that is far above the last one.
    const steps = Array.from({ length: 5 * times }, () => 4095);
    const pruned = await createPruned(growWithCut(steps, [0]), random);
    const report = await connect([joiner, pruned]);
    assert.equal(report.failure, undefined, `pruned ${times} times`);
    assert.deepEqual(joiner.imported?.base, pruned.baseBytes);
  }
});

test('a large snapshot goes on where the link broke', async () => {
  const random = createSimulationRandom('large');
  const world = growWithCut([0, 1], [0, 1]);
  const state = random.bytes(60_000);
  const whole = await connect([
    await createMember(random),
    await createPruned(world, random, true, state),
  ]);
  const [joiner, pruned] = [
    await createMember(random),
    await createPruned(world, random, true, state),
  ];
  let bytes = 0;
  for (let link = 0; link < 10; link += 1) {
    bytes += (await connect([joiner, pruned], { cutAfterBytes: whole.bytes / 9 })).bytes;
  }
  bytes += (await connect([joiner, pruned])).bytes;
  assert.deepEqual(joiner.imported?.state, state);
  assert.ok(bytes < 1.6 * whole.bytes, `${bytes} bytes, ${whole.bytes} in one`);
});

describe('a lying snapshot', () => {
  const random = createSimulationRandom('lies');
  const content = { base: new Uint8Array(90).fill(1), state: random.bytes(50_000) };
  const stream = createSnapshotStream(hashDep, testSpace, content);
  assert.ok(stream !== undefined);
  const { root, contentLength } = stream;
  const total = contentLength + 32 * 4;
  const begin = () => {
    const assembly = createSnapshotAssembly(hashDep, testSpace, root, contentLength);
    assert.ok(assembly !== undefined);
    return assembly;
  };

  test('is noticed at the chunk that is wrong, wherever it is', () => {
    for (const at of [0, 40, 127, 128, 20_000, total - 1]) {
      const assembly = begin();
      let refusedAt = -1;
      for (let offset = 0; offset < total && refusedAt < 0; offset += 1000) {
        const bytes = stream.slice(offset, 1000);
        if (at >= offset && at < offset + 1000) bytes[at - offset] = (bytes[at - offset] ?? 0) ^ 1;
        if (!assembly.add(offset, bytes)) refusedAt = offset;
      }
      assert.ok(refusedAt >= 0 && refusedAt - at <= 16_384 + 1000, `${at}: ${refusedAt}`);
      // The right bytes can still come.
      assert.ok(assembly.add(assembly.length, stream.slice(assembly.length, total)));
      assert.deepEqual(assembly.content(), content);
    }
  });

  test('is refused for its length', () => {
    assert.equal(createSnapshotAssembly(hashDep, testSpace, root, 4), undefined);
    assert.equal(createSnapshotAssembly(hashDep, testSpace, root, 2 ** 31), undefined);
    const state = new Uint8Array(MAX_SNAPSHOT_STATE + 1);
    assert.equal(
      createSnapshotStream(hashDep, testSpace, { base: content.base, state }),
      undefined,
    );
  });

  test('with another base than was announced ends the sync', async () => {
    const pruned = await createPruned(growWithCut([0, 1], [0]), random);
    pruned.baseBytes = growWithCut([1, 1, 1], [0]).history.vertices[0]?.bytes;
    const joiner = await createMember(random);
    const report = await connect([joiner, pruned]);
    assert.equal(report.failure?.code, 'dag/bad-snapshot');
    assert.equal(joiner.imported, undefined);
  });
});

interface World {
  readonly history: ModelHistory;
  readonly cut: Vertex;
}

/** A history that all goes through one vertex; each payload is an operation on a set. */
function growWithCut(early: readonly number[], late: readonly number[]): World {
  const history = createModelHistory();
  let step = 0;
  const add = (parents: readonly Vertex[]) => {
    step += 1;
    return history.add(parents, gSet.encodeOperation({ element: Uint8Array.of(step) }));
  };
  add([]);
  const grow = (picked: readonly number[], from: number) => {
    for (const pick of picked) {
      const recent = history.vertices.slice(from).slice(-12);
      const chosen = recent.filter((_, index) => ((pick >> index) & 1) === 1);
      add(history.maximal(chosen.length === 0 ? history.vertices.slice(from, from + 1) : chosen));
    }
  };
  grow(early, 0);
  const cut = add(history.maximal(history.vertices));
  grow(late, history.vertices.indexOf(cut));
  return { history, cut };
}

async function createPruned(
  { history, cut }: World,
  random: SimulationRandom,
  givesState = true,
  state?: Uint8Array,
): Promise<Member> {
  const options: SideOptions = {};
  const member = await createMember(random, options);
  const at = history.vertices.indexOf(cut);
  await fill(member, history.vertices.slice(0, at + 1));
  const saved = state ?? unwrap((await setOf(member)).save());
  if (givesState) options.snapshotState = saved;
  unwrap(await member.replica.prune(cut.id));
  member.baseBytes = cut.bytes;
  stateAtBase.set(member, saved);
  await fill(member, history.vertices.slice(at + 1));
  return member;
}

const stateAtBase = new WeakMap<Member, Uint8Array>();

async function fill(member: Member, vertices: readonly Vertex[]): Promise<void> {
  await member.replica.receive(
    'own',
    vertices.map((vertex) => vertex.bytes),
  );
}

/** The set after all that the replica holds, from its snapshot on. */
async function setOf(member: Member): Promise<GSet> {
  const saved = member.imported?.state ?? stateAtBase.get(member);
  const set = saved === undefined ? gSet.create() : unwrap(gSet.load(saved));
  await replayLog(member.replica, 0, async (entry, at) => {
    const { payload } = unwrap(decodeVertex(hashDep, testSpace, entry.bytes));
    await set.apply(unwrap(gSet.decodeOperation(payload.subarray(4))), at);
  });
  return set;
}

async function stateOf(member: Member): Promise<string> {
  return unwrap((await setOf(member)).save()).toHex();
}

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSimulationRandom, type SimulationRandom } from '@pars/base/fakes';
import * as fc from 'fast-check';
import { createModelHistory, type ModelHistory } from '../history-fixture.ts';
import type { Vertex } from '../vertex.ts';
import {
  connect,
  connectBadly,
  createMember,
  growHistory,
  heldIds,
  type Member,
  type SideOptions,
} from './frontier-fixture.ts';

const picks = (maxLength: number) => fc.array(fc.nat({ max: 4095 }), { minLength: 1, maxLength });
const seeds = fc.string({ maxLength: 8 });
const messageLengths = fc.constantFrom(256, 300, 1024, 4096, 32_766);

test('two replicas with any parts of a history end equal over one link', async () => {
  await fc.assert(
    fc.asyncProperty(
      picks(60),
      seeds,
      messageLengths,
      messageLengths,
      async (chosen, seed, a, b) => {
        const random = createSimulationRandom(seed);
        const history = growHistory(chosen);
        const sides = await createPair(history, random, [
          { messageLength: a },
          { messageLength: b },
        ]);
        const before = (await bothHeld(sides)).length;
        const report = await connect(sides);
        assert.equal(report.failure, undefined);
        assert.ok(report.isEnded);
        assert.equal(report.lacking, 0);
        await requireEqual(sides);
        // Each missing vertex crosses once, and no other.
        assert.equal(report.given, (await bothHeld(sides)).length - before);
        assert.equal(report.wants, 0);
      },
    ),
    { numRuns: 150 },
  );
});

test('a link that breaks at every message, and then a whole one, gives equal replicas', async () => {
  await fc.assert(
    fc.asyncProperty(picks(40), seeds, fc.boolean(), async (chosen, seed, forgets) => {
      const history = growHistory(chosen);
      for (let cut = 0; ; cut += 1) {
        const random = createSimulationRandom(seed);
        const sides = await createPair(history, random, [{ messageLength: 300 }, {}]);
        const first = await connect(sides, { cutAfterMessages: cut });
        if (first.isEnded) break;
        if (forgets) sides[cut % 2]?.renew();
        const second = await connect(sides);
        assert.ok(second.isEnded);
        await requireEqual(sides);
      }
    }),
    { numRuns: 12 },
  );
});

test('breaks every few bytes get through all the same, as long as a message fits', async () => {
  await fc.assert(
    fc.asyncProperty(picks(40), seeds, fc.nat({ max: 400 }), async (chosen, seed, extra) => {
      const random = createSimulationRandom(seed);
      const history = growHistory(chosen);
      const options = { messageLength: 256, windowBytes: 512 };
      const sides = await createPair(history, random, [options, options]);
      for (let link = 0; link < 2000; link += 1) {
        const report = await connect(sides, { cutAfterBytes: 2200 + extra + random.below(300) });
        assert.equal(report.failure, undefined);
        if (report.isEnded) break;
        if (link % 16 === 15) sides[random.below(2)]?.renew();
      }
      await requireEqual(sides);
    }),
    { numRuns: 12 },
  );
});

test('messages out of order, twice and lost: tries without end bring equal replicas', async () => {
  await fc.assert(
    fc.asyncProperty(picks(50), seeds, fc.boolean(), async (chosen, seed, eagerHeads) => {
      const random = createSimulationRandom(seed);
      const history = growHistory(chosen);
      const options = { messageLength: 256, eagerHeads };
      const sides = await createPair(history, random, [options, options]);
      for (let attempt = 0; attempt < 60; attempt += 1) {
        const lost = attempt < 6 ? 0.3 : 0;
        assert.equal(await connectBadly(sides, random, { lost, twice: 0.3 }), undefined);
        if (attempt > 6 && (await areEqual(sides))) break;
      }
      await requireEqual(sides);
    }),
    { numRuns: 40 },
  );
});

test('a chain of members passes everything on', async () => {
  await fc.assert(
    fc.asyncProperty(
      picks(40),
      seeds,
      fc.integer({ min: 3, max: 6 }),
      async (chosen, seed, count) => {
        const random = createSimulationRandom(seed);
        const history = growHistory(chosen);
        const members = await Promise.all(
          Array.from({ length: count }, async () => await createMember(random)),
        );
        for (const member of members) await fill(member, closedPart(history, random));
        await fill(members[count - 1] as Member, history.vertices);
        const orders = [...members.keys()].slice(1);
        for (const at of [...orders, ...orders.toReversed()]) {
          const pair = [members[at - 1] as Member, members[at] as Member] as const;
          // A machine serves one neighbour.
          for (const member of pair) member.renew();
          assert.ok((await connect(pair)).isEnded);
        }
        const expected = await heldIds((members[count - 1] as Member).replica);
        assert.equal(expected.length, history.vertices.length);
        for (const at of orders) {
          const pair = [members[at - 1] as Member, members[at] as Member] as const;
          for (const member of pair) member.renew();
          assert.ok((await connect(pair)).isEnded);
        }
        for (const member of members) assert.deepEqual(await heldIds(member.replica), expected);
      },
    ),
    { numRuns: 20 },
  );
});

test('vertices that are written meanwhile stop nothing, and are there after the next sync', async () => {
  await fc.assert(
    fc.asyncProperty(picks(60), seeds, async (chosen, seed) => {
      const random = createSimulationRandom(seed);
      const history = growHistory(chosen);
      const early = Math.floor(history.vertices.length / 2);
      const options = { messageLength: 256 };
      const sides = await createPair(
        { ...history, vertices: history.vertices.slice(0, early) },
        random,
        [options, options],
      );
      let next = early;
      const report = await connect(sides, {
        async between() {
          const vertex = history.vertices[next];
          if (vertex === undefined || !random.chance(0.5)) return;
          next += 1;
          await sides[random.below(2)]?.replica.receive('own', [vertex.bytes]);
        },
      });
      assert.equal(report.failure, undefined);
      for (let again = 0; again < 3; again += 1) assert.ok((await connect(sides)).isEnded);
      await requireEqual(sides);
    }),
    { numRuns: 60 },
  );
});

test('who has everything already says so in a few bytes', async () => {
  const random = createSimulationRandom('equal');
  const history = growHistory([0, 1, 2, 4, 8, 16, 32, 0, 0, 0]);
  const sides = [await createMember(random), await createMember(random)] as const;
  for (const side of sides) await fill(side, history.vertices);
  const report = await connect(sides);
  assert.ok(report.isEnded);
  assert.ok(report.bytes < 220, `${report.bytes} bytes`);
});

test('what had only waited here for a parent is not taken for the other side’s', async () => {
  const random = createSimulationRandom('waiting');
  const history = createModelHistory();
  const root = history.add([]);
  const next = history.add([root]);
  const later = history.add([next]);
  const [left, right] = [await createMember(random), await createMember(random)];
  await fill(left, [root]);
  // From somebody else, and before its parent.
  await left.replica.receive('other', [later.bytes]);
  await fill(right, [root, next]);
  const report = await connect([left, right]);
  assert.ok(report.isEnded);
  assert.equal(await left.replica.has(later.id), true);
  const second = await connect([left, right]);
  assert.ok(second.isEnded);
  assert.equal(second.wants, 0);
  assert.equal(await right.replica.has(later.id), true);
});

test('who wrote something afterwards greets again, and the other side need not', async () => {
  const random = createSimulationRandom('afterwards');
  const history = growHistory(Array.from({ length: 24 }, (_, step) => 1 + (step % 7)));
  const sides = await createPair(history, random, [{}, { messageLength: 256 }]);
  assert.ok((await connect(sides)).isEnded);
  for (const vertex of history.vertices) {
    await sides[0].replica.receive('own', [vertex.bytes]);
    const report = await connect(sides, { isOneSided: true });
    assert.equal(report.failure, undefined);
    assert.ok(report.isEnded);
    assert.equal(report.lacking, 0);
    await requireEqual(sides);
  }
});

test('a machine that meets another one, or one that lost everything, gives it all', async () => {
  const random = createSimulationRandom('another');
  const history = growHistory(Array.from({ length: 30 }, (_, step) => 1 + (step % 5)));
  const [left, right] = [await createMember(random), await createMember(random)];
  await fill(left, history.vertices);
  assert.ok((await connect([left, right])).isEnded);
  const another = await createMember(random);
  const report = await connect([left, another]);
  assert.equal(report.lacking, 0);
  assert.equal(report.wants, 0);
  await requireEqual([left, another]);
});

test('many heads are named in many short messages', async () => {
  const random = createSimulationRandom('wide');
  const history = createModelHistory();
  const root = history.add([]);
  const sides = [
    await createMember(random, { messageLength: 256 }),
    await createMember(random, { messageLength: 256 }),
  ] as const;
  for (const side of sides) {
    const branches = Array.from({ length: 40 }, () => history.add([root]));
    await fill(side, [root, ...branches, ...branches.map((branch) => history.add([branch]))]);
  }
  const report = await connect(sides);
  assert.ok(report.isEnded);
  assert.equal(report.given, 160);
  await requireEqual(sides);
});

test('sides with very different windows and lengths do not wait for each other for ever', async () => {
  const random = createSimulationRandom('windows');
  const history = growHistory(Array.from({ length: 60 }, (_, step) => 1 + (step % 3)));
  for (const options of [
    [{ windowBytes: 256, messageLength: 256, eagerHeads: true }, { windowBytes: 2 ** 24 }],
    [{ windowBytes: 2 ** 24, messageLength: 32_766, eagerHeads: true }, { messageLength: 256 }],
  ] satisfies readonly (readonly [SideOptions, SideOptions])[]) {
    const sides = await createPair(history, random, options);
    assert.ok((await connect(sides)).isEnded);
    await requireEqual(sides);
  }
});

async function createPair(
  history: Pick<ModelHistory, 'vertices' | 'reaches'>,
  random: SimulationRandom,
  options: readonly [SideOptions, SideOptions],
): Promise<readonly [Member, Member]> {
  const sides = [
    await createMember(random, options[0]),
    await createMember(random, options[1]),
  ] as const;
  for (const side of sides) await fill(side, closedPart(history, random));
  return sides;
}

async function fill(member: Member, vertices: readonly Vertex[]): Promise<void> {
  await member.replica.receive(
    'own',
    vertices.map((vertex) => vertex.bytes),
  );
}

/** Some vertices and all before them. */
function closedPart(
  history: Pick<ModelHistory, 'vertices' | 'reaches'>,
  random: SimulationRandom,
): readonly Vertex[] {
  const heads = history.vertices.filter(() => random.chance(0.15));
  return history.vertices.filter((a) => heads.some((head) => history.reaches(a, head)));
}

async function areEqual([a, b]: readonly [Member, Member]): Promise<boolean> {
  const [left, right] = [await heldIds(a.replica), await heldIds(b.replica)];
  return left.join() === right.join();
}

async function bothHeld([a, b]: readonly [Member, Member]): Promise<readonly string[]> {
  return [...(await heldIds(a.replica)), ...(await heldIds(b.replica))];
}

async function requireEqual([a, b]: readonly [Member, Member]): Promise<void> {
  assert.deepEqual(await heldIds(a.replica), await heldIds(b.replica));
}

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createSimulationRandom } from '@pars/base/fakes';
import { createNodeCryptoProvider } from '@pars/platform-node';
import { makeVertex, openGate } from '../history-fixture.ts';
import type { HashDep, Vertex } from '../vertex.ts';
import { createArrivedRuns } from './arrived-runs.ts';
import {
  connect,
  createMember,
  heldIds,
  type Member,
  type SideOptions,
} from './frontier-fixture.ts';
import {
  decodeFrontierMessage,
  encodeFrontierMessage,
  type FrontierMessage,
} from './frontier-message.ts';
import { createGivenLedger } from './given-ledger.ts';

const hash: HashDep = { hash: createNodeCryptoProvider().symmetric };

/*
 * What one side has learnt of the other is worth as much after a break as
 * before it: neither asked about, nor named, nor given again.
 */

describe('breaks', () => {
  for (const [name, width, messageLength] of [
    ['one chain a side', 1, 4096],
    ['forty lanes a side', 40, 4096],
    ['ninety lanes a side, more than a difference looks at', 90, 4096],
    ['forty lanes a side in short messages', 40, 256],
  ] as const) {
    test(`twenty of them cost an eighth at most: ${name}`, async () => {
      const world = growLanes(width, 160);
      const whole = await connect(await createSides(world, { messageLength }));
      assert.ok(whole.isEnded);
      const sides = await createSides(world, { messageLength });
      let [bytes, given, links] = [0, 0, 0];
      for (let isEnded = false; !isEnded; links += 1) {
        const cutAfterBytes = links < 20 ? Math.ceil(whole.bytes / 20) : undefined;
        const report = await connect(sides, cutAfterBytes === undefined ? {} : { cutAfterBytes });
        assert.equal(report.failure, undefined);
        ({ isEnded } = report);
        bytes += report.bytes;
        given += report.given;
      }
      assert.ok(links > 19, `${links} links`);
      assert.ok(bytes <= 1.125 * whole.bytes, `${bytes} bytes, ${whole.bytes} without breaks`);
      assert.equal(given, whole.given, 'each vertex crosses once');
      await requireEqual(sides);
    });
  }

  test('leave heads where they are, when there are more than one link carries', async () => {
    const world = growLanes(80, 80);
    const sides = await createSides(world, { messageLength: 256 });
    let links = 0;
    for (let isEnded = false; !isEnded; links += 1) {
      assert.ok(links < 200, 'it comes forward');
      ({ isEnded } = await connect(sides, { cutAfterBytes: 1500 }));
    }
    await requireEqual(sides);
  });
});

describe('what came from the other side', () => {
  test('is neither given back nor asked about', async () => {
    const random = createSimulationRandom('returns');
    const sides = [
      await createMember(random, { hash }),
      await createMember(random, { hash }),
    ] as const;
    const { common } = growLanes(30, 200);
    await receive(sides[0], common);
    const first = await connect(sides, { cutAfterMessages: 15 });
    assert.ok(first.given > 20 && !first.isEnded);
    const second = await connect(sides);
    assert.ok(second.isEnded);
    assert.equal(first.given + second.given, common.length);
    await requireEqual(sides);
  });

  test('is known even when it has more heads than a difference is taken from', async () => {
    const random = createSimulationRandom('strangers');
    const sides = [
      await createMember(random, { hash }),
      await createMember(random, { hash }),
    ] as const;
    const { common } = growLanes(1300, 1300);
    await receive(sides[0], common);
    // 1,024 heads are told; the link breaks short of the last vertices.
    const cutAfterBytes = common.reduce((sum, { bytes }) => sum + bytes.length, 1024 * 32 - 10_000);
    const first = await connect(sides, { cutAfterBytes });
    assert.ok(first.given > 1100 && !first.isEnded, `${first.given} given`);
    const second = await connect(sides);
    assert.ok(second.isEnded);
    assert.deepEqual([first.asked, second.asked], [0, 0]);
    assert.equal(first.given + second.given, 1300);
  });

  test('counts as come only when the replica holds it', async () => {
    const side = await createMember(createSimulationRandom('orphans'), { hash });
    const [root, child] = growLanes(1, 2).common.map((vertex) => vertex.bytes);
    assert.ok(root !== undefined && child !== undefined);
    const arrivedAfter = async (message: FrontierMessage) => {
      await side.settle(side.machine.receive(encodeFrontierMessage(message)));
      const [hello] = await side.settle(side.machine.connected());
      assert.ok(hello?.kind === 'send');
      const greeting = decodeFrontierMessage(hello.message);
      assert.ok(greeting.ok && greeting.value.type === 'hello');
      return greeting.value.arrived;
    };
    await side.settle(side.machine.connected());
    const [orphan, parent] = [[child], [root]];
    const type = 'vertices';
    assert.deepEqual(await arrivedAfter({ type, number: 7, encodings: orphan }), {
      last: 7,
      count: 0,
    });
    // It waits there: a duplicate, but not held.
    assert.deepEqual(await arrivedAfter({ type, number: 8, encodings: orphan }), {
      last: 8,
      count: 0,
    });
    assert.deepEqual(await arrivedAfter({ type, number: 9, encodings: parent }), {
      last: 9,
      count: 1,
    });
    assert.deepEqual(await arrivedAfter({ type, number: 10, encodings: orphan }), {
      last: 10,
      count: 2,
    });
  });

  test('is asked about again when another machine is there', async () => {
    const world = growLanes(10, 60);
    const sides = await createSides(world, {});
    await connect(sides, { cutAfterBytes: 20_000 });
    const stranger = await createMember(createSimulationRandom('stranger'), { hash });
    await receive(stranger, world.common.slice(0, 5));
    const report = await connect([sides[0], stranger]);
    assert.ok(report.isEnded);
    await requireEqual([sides[0], stranger]);
  });

  test('and was refused is offered again: the gate may know better by then', async () => {
    let isOpen = false;
    const gate: typeof openGate = {
      admit: async (vertex) =>
        isOpen ? await openGate.admit(vertex) : { ok: false, error: { code: 'test/not-yet' } },
    };
    const random = createSimulationRandom('later');
    const sides = [
      await createMember(random, { hash }),
      await createMember(random, { hash, gate }),
    ] as const;
    await receive(sides[0], growLanes(150, 300).common);
    await connect(sides);
    isOpen = true;
    assert.ok((await connect(sides)).isEnded);
    await requireEqual(sides);
  });
});

describe('the run of numbers that came', () => {
  test('is the one that ends at the greatest, and grows over gaps that are filled', () => {
    const runs = createArrivedRuns();
    assert.equal(runs.newest, undefined);
    runs.add(10, true);
    runs.add(11, true);
    runs.add(13, true);
    assert.deepEqual(runs.newest, { last: 13, count: 1 });
    runs.add(12, true);
    assert.deepEqual(runs.newest, { last: 13, count: 4 });
    runs.add(12, true);
    runs.add(14, false);
    assert.deepEqual(runs.newest, { last: 14, count: 0 });
    runs.add(14, true);
    assert.deepEqual(runs.newest, { last: 14, count: 5 });
    runs.clear();
    assert.equal(runs.newest, undefined);
  });

  test('forgets old runs rather than growing', () => {
    const runs = createArrivedRuns();
    for (let number = 0; number < 10_000; number += 2) runs.add(number, true);
    for (let number = 1; number < 10_000; number += 2) runs.add(number, true);
    assert.ok((runs.newest?.count ?? 0) >= 64);
    runs.add(20_000, true);
    assert.deepEqual(runs.newest, { last: 20_000, count: 1 });
  });
});

describe('the ledger of what was given', () => {
  test('takes as held what is in the run, and as lost what is before it', () => {
    const ledger = createGivenLedger(7);
    for (const [at, from] of [0, 0, 50, 90].entries()) {
      ledger.sent({ bytes: 100, keys: [`v${at}`], from });
    }
    assert.equal(ledger.underWay, 400);
    assert.deepEqual(ledger.acknowledge({ last: 9, count: 1 }), { keys: ['v2'], bytes: 100 });
    assert.equal(ledger.underWay, 100);
    assert.equal(ledger.acknowledge({ last: 9, count: 3 }), undefined, 'old news');
    assert.equal(ledger.abandon(), 0, 'the page of the first one');
    assert.equal(ledger.underWay, 0);
    assert.equal(ledger.abandon(), Number.POSITIVE_INFINITY);
  });

  test('believes no number that it never used', () => {
    const ledger = createGivenLedger(1000);
    ledger.sent({ bytes: 100, keys: ['a'], from: 3 });
    assert.equal(ledger.acknowledge({ last: 999, count: 1000 }), undefined);
    assert.deepEqual(ledger.acknowledge({ last: 2 ** 32 - 1, count: 0 }), { keys: [], bytes: 0 });
    assert.equal(ledger.abandon(), 3);
  });
});

interface World {
  readonly common: readonly Vertex[];
  readonly halves: readonly [readonly Vertex[], readonly Vertex[]];
}

/** Writers who see nobody else: `width` lanes in common, and on each side as many more. */
function growLanes(width: number, count: number): World {
  const random = createSimulationRandom(`lanes ${width}`);
  const grow = (roots: readonly Vertex[]) => {
    const lanes = [...roots];
    const grown: Vertex[] = [];
    for (let step = 0; step < count; step += 1) {
      const before = lanes[step % width];
      const vertex = makeVertex(hash, before === undefined ? [] : [before], random.bytes(150));
      lanes[step % width] = vertex;
      grown.push(vertex);
    }
    return grown;
  };
  const common = grow([]);
  const last = common.slice(-width);
  return { common, halves: [grow(last), grow(last)] };
}

async function createSides(
  { common, halves }: World,
  options: SideOptions,
): Promise<readonly [Member, Member]> {
  const random = createSimulationRandom('resume');
  const sides = [
    await createMember(random, { hash, ...options }),
    await createMember(random, { hash, ...options }),
  ] as const;
  for (const at of [0, 1] as const) await receive(sides[at], [...common, ...halves[at]]);
  return sides;
}

async function receive(member: Member, vertices: readonly Vertex[]): Promise<void> {
  await member.replica.receive(
    'own',
    vertices.map((vertex) => vertex.bytes),
  );
}

async function requireEqual([a, b]: readonly [Member, Member]): Promise<void> {
  assert.deepEqual(await heldIds(a.replica), await heldIds(b.replica));
}

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createMemoryStoreDisk } from '@pars/base/fakes';
import { createKernel, type Kernel } from './kernel.ts';
import type { LinkProfile } from './link-class.ts';
import type { NodeIndex, NodeSpec, Process, ProcessContext } from './process.ts';

const steady: LinkProfile = { name: 'steady', medianMs: 10, p95Ms: 10 };
const wild: LinkProfile = {
  name: 'wild',
  medianMs: 50,
  p95Ms: 150,
  loss: 0.1,
  duplication: 0.05,
  reordering: 0.05,
};

interface Heard {
  readonly atMs: number;
  readonly from: NodeIndex;
  readonly text: string;
}

/** A process that notes what it hears, and does what the test says. */
interface Listener {
  readonly heard: Heard[];
  context: ProcessContext;
  readonly spec: NodeSpec;
}

function listener(more: Partial<NodeSpec> = {}, handlers: Partial<Process> = {}): Listener {
  const made = {
    heard: [] as Heard[],
    context: undefined as unknown as ProcessContext,
    spec: {
      create: (): Process => ({
        start(context) {
          made.context = context;
        },
        receive(from, message) {
          const text = Buffer.from(message).toString();
          made.heard.push({ atMs: made.context.nowMs, from, text });
        },
        wake(token) {
          made.heard.push({ atMs: made.context.nowMs, from: -1, text: `timer ${token}` });
        },
        ...handlers,
      }),
      ...more,
    },
  };
  return made;
}

const bytes = (text: string) => new TextEncoder().encode(text);

function pair(profile: LinkProfile, more: Partial<NodeSpec> = {}) {
  const kernel = createKernel({ seed: 'kernel', linkBetween: () => profile });
  const [a, b] = [listener(more), listener(more)];
  kernel.addNode(a.spec);
  kernel.addNode(b.spec);
  return { kernel, a, b };
}

describe('sameness', () => {
  async function fingerprintOf(seed: string): Promise<string> {
    const kernel = createKernel({ seed, linkBetween: () => wild });
    for (let node = 0; node < 20; node += 1) kernel.addNode(rumour(20));
    for (let node = 0; node < 20; node += 1) kernel.start(node);
    kernel.at(1, () => kernel.stop(3, 'crash'));
    kernel.at(400, () => kernel.start(3));
    await kernel.run(2_000);
    assert.ok(kernel.counters.events > 200);
    return kernel.fingerprint();
  }

  test('one seed has one fingerprint, another seed another', async () => {
    const first = await fingerprintOf('a');
    assert.equal(await fingerprintOf('a'), first);
    assert.notEqual(await fingerprintOf('b'), first);
  });

  test('the fingerprint sees a byte in a message', async () => {
    const prints = await Promise.all(
      ['one', 'two'].map(async (text) => {
        const { kernel, a } = pair(steady);
        a.context.send(1, bytes(text));
        await kernel.run(100);
        return kernel.fingerprint();
      }),
    );
    assert.notEqual(prints[0], prints[1]);
  });
});

describe('links', () => {
  test('delays are log-normal with the median and the percentile that were asked for', async () => {
    const { kernel, a, b } = pair({ name: 'far', medianMs: 50, p95Ms: 150 });
    for (let count = 0; count < 20_000; count += 1) a.context.send(1, bytes('x'));
    await kernel.run(10_000);
    const delays = b.heard.map(({ atMs }) => atMs).toSorted((x, y) => x - y);
    assert.equal(delays.length, 20_000);
    assert.ok(Math.abs((delays[10_000] ?? 0) - 50) < 1.5, `${delays[10_000]}`);
    assert.ok(Math.abs((delays[19_000] ?? 0) - 150) < 7, `${delays[19_000]}`);
  });

  test('loses and doubles as often as it says, and counts it', async () => {
    const { kernel, a, b } = pair(wild);
    for (let count = 0; count < 10_000; count += 1) a.context.send(1, bytes('x'));
    await kernel.run(60_000);
    const { lost, duplicated, delivered, sent } = kernel.counters;
    assert.ok(Math.abs(lost - 1_000) < 120, `${lost}`);
    assert.ok(Math.abs(duplicated - 450) < 80, `${duplicated}`);
    assert.equal(delivered, sent - lost + duplicated);
    assert.equal(b.heard.length, delivered);
  });

  test('datagrams overtake each other; a stream does not, and loses nothing', async () => {
    for (const stream of [false, true]) {
      const { kernel, a, b } = pair({ ...wild, duplication: 0, stream });
      for (let count = 0; count < 300; count += 1) a.context.send(1, bytes(String(count)));
      await kernel.run(60_000);
      const numbers = b.heard.map(({ text }) => Number(text));
      const isInOrder = numbers.every((value, at) => at === 0 || value > (numbers[at - 1] ?? 0));
      assert.equal(isInOrder, stream);
      assert.equal(numbers.length === 300, stream);
    }
  });

  test('bandwidth queues what is sent at once, overhead and fragments included', async () => {
    const { kernel, a, b } = pair({
      ...steady,
      bytesPerSecond: 1_000,
      overheadBytes: 20,
      fragmentBytes: 40,
    });
    a.context.send(1, new Uint8Array(60));
    a.context.send(1, new Uint8Array(40));
    await kernel.run(1_000);
    assert.deepEqual(
      b.heard.map(({ atMs }) => atMs),
      [110, 170],
    );
    assert.equal(kernel.bytesOf(0).sent, 160);
    assert.equal(kernel.bytesOf(1).received, 160);
  });

  test('nodes share an uplink, and what would wait too long is dropped', async () => {
    const profile = { ...steady, usesUplink: true };
    const kernel = createKernel({ seed: 'kernel', linkBetween: () => profile });
    const uplink = kernel.addChannel({ bytesPerSecond: 1_000, queueMs: 150 });
    const nodes = [listener({ uplink }), listener({ uplink }), listener()];
    for (const node of nodes) kernel.addNode(node.spec);
    for (const from of [0, 1, 0, 1]) nodes[from]?.context.send(2, new Uint8Array(100));
    await kernel.run(1_000);
    assert.deepEqual(
      nodes[2]?.heard.map(({ atMs, from }) => [atMs, from]),
      [
        [110, 0],
        [210, 1],
      ],
    );
    assert.equal(kernel.counters.dropped, 2);
  });

  test('a downlink queues what arrives at once', async () => {
    const profile = { ...steady, usesDownlink: true };
    const kernel = createKernel({ seed: 'kernel', linkBetween: () => profile });
    const downlink = kernel.addChannel({ bytesPerSecond: 1_000 });
    const [a, b, c] = [listener(), listener(), listener({ downlink })];
    for (const node of [a, b, c]) kernel.addNode(node.spec);
    a.context.send(2, new Uint8Array(100));
    b.context.send(2, new Uint8Array(100));
    await kernel.run(1_000);
    assert.deepEqual(
      c.heard.map(({ atMs }) => atMs),
      [110, 210],
    );
  });

  test('a partition cuts what is sent and what is under way; healed, all is as before', async () => {
    const { kernel, a, b } = pair(steady);
    a.context.send(1, bytes('under way'));
    kernel.at(5, () => kernel.partition((node) => node));
    kernel.at(6, () => a.context.send(1, bytes('cut')));
    kernel.at(20, () => kernel.heal());
    kernel.at(21, () => a.context.send(1, bytes('healed')));
    await kernel.run(100);
    assert.deepEqual(
      b.heard.map(({ text }) => text),
      ['healed'],
    );
    assert.equal(kernel.counters.cut, 2);
  });

  test('wrong profiles are refused', async () => {
    for (const wrong of [{ medianMs: 20 }, { loss: 1 }, { bytesPerSecond: 0 }]) {
      const { a } = pair({ ...steady, ...wrong });
      assert.throws(() => a.context.send(1, bytes('x')), RangeError);
    }
  });
});

describe('lives', () => {
  test('a crash ends timers and promises of a life, a start begins the next', async () => {
    const { kernel, a, b } = pair(steady);
    const first = a.context;
    first.setTimer(50, 1);
    kernel.at(20, () => kernel.stop(0, 'crash'));
    kernel.at(30, () => b.context.send(0, bytes('nobody')));
    kernel.at(60, () => kernel.start(0));
    kernel.at(70, () => first.send(1, bytes('a ghost')));
    kernel.at(70, () => a.context.setTimer(5, 2));
    await kernel.run(200);
    assert.deepEqual(a.heard, [{ atMs: 75, from: -1, text: 'timer 2' }]);
    assert.deepEqual(b.heard, []);
    assert.equal(a.context.life, 2);
    assert.equal(kernel.counters.missed, 1);
  });

  test('only an orderly end is told to the process', () => {
    for (const ending of ['orderly', 'crash'] as const) {
      let stops = 0;
      const node = listener({}, { stop: () => void (stops += 1) });
      const kernel = createKernel({ seed: 'kernel', linkBetween: () => steady });
      kernel.addNode(node.spec);
      kernel.stop(0, ending);
      kernel.stop(0, ending);
      assert.equal(stops, ending === 'orderly' ? 1 : 0);
      assert.equal(kernel.isUp(0), false);
    }
  });

  test('a stream to a node dies with the life that it was sent to', async () => {
    const { kernel, a, b } = pair({ ...steady, stream: true });
    a.context.send(1, bytes('to the first life'));
    kernel.at(2, () => kernel.stop(1, 'crash'));
    kernel.at(3, () => kernel.start(1));
    await kernel.run(100);
    assert.deepEqual(b.heard, []);
  });

  test('asleep it hears nothing; its timers come when it wakes, unless cancelled', async () => {
    const { kernel, a, b } = pair(steady);
    a.context.setTimer(30, 1);
    const second = a.context.setTimer(40, 2);
    kernel.at(10, () => kernel.sleep(0));
    kernel.at(20, () => b.context.send(0, bytes('lost')));
    kernel.at(100, () => {
      a.context.cancelTimer(second);
      kernel.wakeUp(0);
    });
    await kernel.run(200);
    assert.deepEqual(a.heard, [{ atMs: 100, from: -1, text: 'timer 1' }]);
  });

  test('a disk that crashes in the middle of a write ends the life, and the next one finds it', async () => {
    const disk = createMemoryStoreDisk();
    const found: (string | undefined)[] = [];
    const kernel = createKernel({ seed: 'kernel', linkBetween: () => steady });
    kernel.addNode({
      restartMs: 1_000,
      create(life) {
        const store = disk.open();
        if (life === 1) disk.crashAt(2, 'after');
        return {
          isAsynchronous: true,
          async start(context) {
            found.push((await store.get(bytes('k')))?.toHex());
            for (const value of [1, 2, 3]) {
              await store.write([{ key: bytes('k'), value: Uint8Array.of(value) }]);
            }
            context.setTimer(1, 0);
          },
          receive() {},
          wake() {},
        };
      },
    });
    await kernel.run(900);
    assert.equal(kernel.isUp(0), false);
    await kernel.run(5_000);
    assert.deepEqual(found, [undefined, '02']);
    assert.equal(kernel.counters.crashes, 1);
    assert.equal(kernel.isUp(0), true);
  });

  test('what a process throws ends the run', async () => {
    for (const isAsynchronous of [false, true]) {
      const { kernel, b } = pair(steady);
      const broken = listener(
        {},
        {
          isAsynchronous,
          receive: isAsynchronous
            ? async () => Promise.reject(new Error('bug'))
            : () => {
                throw new Error('bug');
              },
        },
      );
      kernel.addNode(broken.spec);
      b.context.send(2, bytes('x'));
      await assert.rejects(kernel.run(100), /bug/);
    }
  });
});

describe('time', () => {
  test('promises settle before time moves on', async () => {
    const seen: string[] = [];
    const kernel = createKernel({ seed: 'kernel', linkBetween: () => steady });
    const node = listener(
      {},
      {
        isAsynchronous: true,
        wake(token) {
          void (async () => {
            for (let turn = 0; turn < 500; turn += 1) await Promise.resolve();
            seen.push(`${token} at ${node.context.nowMs}`);
          })();
        },
      },
    );
    kernel.addNode(node.spec);
    node.context.setTimer(1, 1);
    node.context.setTimer(2, 2);
    await kernel.run(3);
    assert.deepEqual(seen, ['1 at 1', '2 at 2']);
  });

  test('the scheduler port sleeps, is cancelled, and ends with the life', async () => {
    const { kernel, a } = pair(steady);
    const { scheduler } = a.context;
    const ran: number[] = [];
    scheduler.schedule(5, () => ran.push(5));
    scheduler.schedule(6, () => ran.push(6))();
    scheduler.schedule(50, () => ran.push(50));
    const abort = new AbortController();
    const sleeping = scheduler.sleep(10, abort.signal);
    kernel.at(7, () => abort.abort(new Error('enough')));
    kernel.at(20, () => kernel.stop(0, 'orderly'));
    await kernel.run(100);
    await assert.rejects(sleeping, /enough/);
    assert.deepEqual(ran, [5]);
  });

  test('work keeps a node busy: answers leave later, and what arrives waits', async () => {
    const { kernel, a, b } = pair(steady, { slowness: 4 });
    kernel.at(0, () => {
      a.context.spend(5);
      a.context.send(1, bytes('after the work'));
    });
    kernel.at(0, () => b.context.send(0, bytes('waits')));
    await kernel.run(100);
    assert.deepEqual(b.heard[0]?.atMs, 30);
    assert.deepEqual(a.heard[0]?.atMs, 20);
  });

  test('wall clocks are skewed, drift and are set by hand', async () => {
    const { kernel, a } = pair(steady, { skewMs: -5_000, driftPpm: 100 });
    const start = a.context.wallMs;
    assert.equal(start, 1_795_305_600_000 - 5_000);
    await kernel.run(1_000_000);
    assert.equal(a.context.wallMs, start + 1_000_100);
    kernel.jumpWallClock(0, -60_000);
    assert.equal(a.context.clock.nowMs(), start + 1_000_100 - 60_000);
    assert.equal(a.context.clock.monotonicMs(), 1_000_000);
  });

  test('runs until something is so, repeats things, and stops what never ends', async () => {
    const { kernel, a } = pair(steady);
    let times = 0;
    kernel.every(10, 10, () => {
      times += 1;
      return times < 5;
    });
    assert.equal(await kernel.runUntil(() => times === 3, 1_000), true);
    assert.equal(kernel.nowMs, 30);
    assert.equal(await kernel.runUntil(() => times === 9, 1_000), false);
    assert.equal(times, 5);
    assert.throws(() => kernel.at(1, () => undefined), RangeError);
    assert.throws(() => a.context.setTimer(-1, 0), RangeError);
    const endless: Kernel = createKernel({
      seed: 'kernel',
      linkBetween: () => steady,
      maxEvents: 1_000,
    });
    const node = listener({}, { wake: () => void node.context.setTimer(0, 0) });
    endless.addNode(node.spec);
    node.context.setTimer(0, 0);
    await assert.rejects(endless.run(10), /more than 1000 events/);
  });
});

/** Tells three others what it hears for the first time. */
function rumour(count: number): NodeSpec {
  return {
    create: () => {
      let context: ProcessContext;
      const known = new Set<number>();
      const tell = (value: number) => {
        if (known.has(value)) return;
        known.add(value);
        for (let to = 0; to < 3; to += 1) {
          const other = context.random.below(count);
          if (other !== context.self) context.send(other, Uint8Array.of(value));
        }
      };
      return {
        start(given) {
          context = given;
          tell(given.self);
        },
        receive: (_, message) => tell(message[0] ?? 0),
        wake: () => undefined,
      };
    },
    isStarted: false,
  };
}

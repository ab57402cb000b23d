import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { describe, test } from 'node:test';
import { type ByteStream, concatBytes, unwrap } from '@pars/base';
import {
  createMemoryStore,
  createSimulationRandom,
  createStreamPair,
  createVirtualTime,
} from '@pars/base/fakes';
import {
  createFrontierSync,
  draftVertex,
  encodeVertex,
  type FrontierHost,
  type FrontierSync,
  type HashDep,
  openReplica,
  type Replica,
  type SpaceId,
  type VertexId,
} from '@pars/dag';
import { runSpaceSync, type SpaceSyncOptions } from './space-sync-driver.ts';

const random = createSimulationRandom('space sync');
const space = random.bytes(32) as SpaceId;
const hashDep: HashDep = {
  hash: {
    sha3: (label, ...parts) => {
      return new Uint8Array(hash('sha3-256', concatBytes(label, ...parts), 'buffer'));
    },
  },
};
const codeOf = (result: { ok: boolean; error?: { code: string } }) =>
  result.ok ? 'ok' : result.error?.code;

describe('a sync of members over a stream', () => {
  for (const capacityBytes of [1, 1_000, 65_536]) {
    test(`ends with equal replicas through a pipe of ${capacityBytes} bytes`, async () => {
      const pair = await createPair(8);
      assert.deepEqual(await runPair(pair, createStreamPair({ capacityBytes })), ['ok', 'ok']);
      assert.equal((await requireEqual(pair)).length, 24);
      const results = await Promise.all(runBoth(pair, createStreamPair()));
      for (const result of results) assert.deepEqual(result, { ok: true, value: { lacking: 0 } });
    });
  }

  test('goes on over the next one wherever a stream breaks', async () => {
    const probe = await createPair(3);
    let whole = 0;
    const [near, far] = createStreamPair();
    await runPair(probe, [countReads(near, (bytes) => (whole += bytes)), far]);
    assert.ok(whole > 500);
    for (let cut = 0; cut < whole; cut += 7) {
      const pair = await createPair(3);
      const [one, two] = createStreamPair();
      const results = await runPair(pair, [cutStream(one, cut), two]);
      for (const result of results) {
        assert.ok(result === 'mesh/stream-broken' || result === 'ok', `${cut}: ${result}`);
      }
      assert.deepEqual(await runPair(pair, createStreamPair()), ['ok', 'ok'], `cut at ${cut}`);
      await requireEqual(pair);
    }
  });

  test('comes to an end though every stream breaks after a few kilobytes', async () => {
    const pair = await createPair(40);
    let streams = 0;
    for (let isEnded = false; !isEnded; streams += 1) {
      assert.ok(streams <= 60);
      const [one, two] = createStreamPair();
      const results = await runPair(pair, [cutStream(one, 2_500), two]);
      isEnded = results.every((code) => code === 'ok');
    }
    assert.ok(streams > 3, `${streams} streams`);
    await requireEqual(pair);
  });
});

describe('a sync of members that does not go well', () => {
  test('with someone who says nothing is ended by the watchdog', async () => {
    const [side] = await createPair(2);
    const time = createVirtualTime();
    const [near] = createStreamPair();
    const running = run(side, near, time.scheduler, { stallMs: 30_000 });
    await time.advance(29_999);
    assert.equal(await Promise.race([running, Promise.resolve('running')]), 'running');
    await time.advance(1);
    assert.equal(codeOf(await running), 'mesh/sync-stalled');
    assert.equal(time.pendingCount, 0);
  });

  test('with someone who talks and brings nothing is ended by the watchdog, too', async () => {
    const [side] = await createPair(2);
    const time = createVirtualTime();
    const [near, far] = createStreamPair();
    const running = run(side, near, time.scheduler, { stallMs: 30_000 });
    // `done` for a greeting that nobody said: well-formed, and worth nothing.
    const empty = concatBytes(Uint8Array.of(0, 9, 9), new Uint8Array(8));
    for (let second = 0; second < 29; second += 1) {
      await far.write(empty);
      await time.advance(1_000);
    }
    await time.advance(1_000);
    assert.equal(codeOf(await running), 'mesh/sync-stalled');
  });

  test('with someone who sends noise is refused', async () => {
    for (const [noise, code] of [
      [Uint8Array.of(0, 0), 'mesh/bad-sync-message'],
      [Uint8Array.of(255, 255), 'mesh/bad-sync-message'],
      [Uint8Array.of(0, 1, 99), 'dag/bad-sync-message'],
    ] as const) {
      const [side] = await createPair(2);
      const [near, far] = createStreamPair();
      await far.write(noise);
      assert.equal(codeOf(await run(side, near, createVirtualTime().scheduler)), code);
    }
  });

  test('is given up when the caller says so, before and during', async () => {
    for (const isEarly of [true, false]) {
      const [side] = await createPair(2);
      const stop = new AbortController();
      if (isEarly) stop.abort();
      const [near] = createStreamPair();
      const { scheduler } = createVirtualTime();
      const running = run(side, near, scheduler, { signal: stop.signal });
      stop.abort();
      assert.equal(codeOf(await running), 'mesh/aborted');
    }
  });

  test('because a replica broke, throws what the replica threw', async () => {
    const [side, other] = await createPair(3);
    const { scheduler } = createVirtualTime();
    const [near, far] = createStreamPair();
    const replica = { ...side.replica, receive: () => Promise.reject(new Error('disk')) };
    const broken = { ...side, host: { ...side.host, replica: () => replica } };
    const running = run(other, far, scheduler);
    await assert.rejects(run(broken, near, scheduler), /disk/);
    assert.equal(codeOf(await running), 'mesh/stream-broken');
  });
});

interface Side {
  readonly replica: Replica;
  readonly machine: FrontierSync;
  readonly host: FrontierHost;
}

/** `count` vertices in common, and as many on each side. */
async function createPair(count: number): Promise<readonly [Side, Side]> {
  const common = grow([], count);
  const tip = common.slice(-1).map(({ id }) => id);
  return [
    await createSide([...common, ...grow(tip, count)]),
    await createSide([...common, ...grow(tip, count)]),
  ];
}

function grow(
  roots: readonly VertexId[],
  count: number,
): readonly { readonly id: VertexId; readonly bytes: Uint8Array }[] {
  let parents = roots;
  let time = (roots.length === 0 ? 0 : count) + 1;
  return Array.from({ length: count }, () => {
    const draft = draftVertex(hashDep, space, { parents, time, payload: random.bytes(120) });
    parents = [draft.id];
    time += 1;
    return { id: draft.id, bytes: encodeVertex(draft, new Uint8Array(0)) };
  });
}

async function createSide(vertices: readonly { readonly bytes: Uint8Array }[]): Promise<Side> {
  const gate = { admit: async () => ({ ok: true, value: undefined }) as const };
  const replica = unwrap(
    await openReplica({ ...hashDep, store: createMemoryStore(), gate }, { space }),
  );
  const receipt = await replica.receive(
    'own',
    vertices.map(({ bytes }) => bytes),
  );
  assert.equal(receipt.added.length, vertices.length);
  const machine = createFrontierSync(
    { ...hashDep, random },
    { space, source: 'peer', messageLength: 1024 },
  );
  return { replica, machine, host: { replica: () => replica, source: 'peer' } };
}

function run(
  { machine, host }: Side,
  stream: ByteStream,
  scheduler: ReturnType<typeof createVirtualTime>['scheduler'],
  options: SpaceSyncOptions = {},
) {
  return runSpaceSync(machine, stream, { host, scheduler }, options);
}

function runBoth(pair: readonly [Side, Side], streams: readonly [ByteStream, ByteStream]) {
  const { scheduler } = createVirtualTime();
  return [run(pair[0], streams[0], scheduler), run(pair[1], streams[1], scheduler)];
}

async function runPair(pair: readonly [Side, Side], streams: readonly [ByteStream, ByteStream]) {
  return (await Promise.all(runBoth(pair, streams))).map(codeOf);
}

async function requireEqual([a, b]: readonly [Side, Side]): Promise<readonly string[]> {
  const idsOf = async ({ replica }: Side) =>
    (await replica.log(0, 10_000)).map(({ id }) => id.toHex()).toSorted();
  const ids = await idsOf(a);
  assert.deepEqual(ids, await idsOf(b));
  return ids;
}

function countReads(stream: ByteStream, note: (bytes: number) => void): ByteStream {
  async function* source() {
    for await (const chunk of stream.source) {
      note(chunk.length);
      yield chunk;
    }
  }
  return { ...stream, source: source(), [Symbol.asyncDispose]: stream[Symbol.asyncDispose] };
}

/** A stream whose reader gets so many bytes, the last ones of a message maybe cut, and then nothing. */
function cutStream(stream: ByteStream, bytes: number): ByteStream {
  async function* source() {
    let left = bytes;
    for await (const chunk of stream.source) {
      if (chunk.length > left) {
        if (left > 0) yield chunk.slice(0, left);
        stream.abort();
        throw new Error('cut');
      }
      left -= chunk.length;
      yield chunk;
    }
  }
  return { ...stream, source: source(), [Symbol.asyncDispose]: stream[Symbol.asyncDispose] };
}

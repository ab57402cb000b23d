import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { ByteStream } from '@pars/base';
import { createSimulationRandom, createStreamPair, createVirtualTime } from '@pars/base/fakes';
import type { ParcelId } from '../parcel/index.ts';
import { createParcelFixture } from '../parcel/parcel-fixture.ts';
import { shelfFromStore } from './parcel-shelf.ts';
import { createSyncAnswerer } from './sync-answerer.ts';
import { createSyncAsker } from './sync-asker.ts';
import { runSync } from './sync-driver.ts';
import { createSyncPair, fakeParcel, type SyncPair } from './sync-fixture.ts';

const random = createSimulationRandom('driver');
const some = (count: number, bucket = 0) =>
  Array.from({ length: count }, () => fakeParcel(random, 20_000, bucket));
const codeOf = (result: { ok: boolean; error?: { code: string } }) =>
  result.ok ? 'ok' : result.error?.code;

/** Runs both sides of a pair over one stream. */
async function runPair(pair: SyncPair, streams: readonly [ByteStream, ByteStream]) {
  const { scheduler } = createVirtualTime();
  const sides = [pair.asker, pair.answerer] as const;
  const results = await Promise.all(
    sides.map((side, at) =>
      runSync(side.machine, streams[at] as ByteStream, { scheduler, shelf: side.shelf }),
    ),
  );
  return results.map(codeOf);
}

/** A stream whose reader sees the end after so many bytes. */
function cutStream(stream: ByteStream, bytes: number): ByteStream {
  async function* source() {
    let left = bytes;
    for await (const chunk of stream.source) {
      if (chunk.length > left) {
        stream.abort();
        throw new Error('cut');
      }
      left -= chunk.length;
      yield chunk;
    }
  }
  return { ...stream, source: source(), [Symbol.asyncDispose]: stream[Symbol.asyncDispose] };
}

describe('a sync over a stream', () => {
  for (const capacityBytes of [1, 1_000, 65_536]) {
    test(`ends with equal stores through a pipe of ${capacityBytes} bytes`, async () => {
      const large = capacityBytes === 1 ? 0 : 5;
      const pair = createSyncPair('stream', {
        asker: [...some(5), ...some(4, large)],
        answerer: [...some(7), ...some(4, large)],
      });
      const results = await runPair(pair, createStreamPair({ capacityBytes }));
      assert.deepEqual(results, ['ok', 'ok']);
      assert.deepEqual(pair.asker.shelf.ids(), pair.answerer.shelf.ids());
      assert.equal(pair.asker.shelf.parcels.size, 20);
    });
  }

  test('goes on with the same machines after the stream broke', async () => {
    const pair = createSyncPair('broken', { asker: some(40), answerer: some(40) });
    for (const bytes of [10, 700, 5_000, 20_000]) {
      const [near, far] = createStreamPair();
      const results = await runPair(pair, [cutStream(near, bytes), far]);
      assert.deepEqual(results, ['mesh/stream-broken', 'mesh/stream-broken'], `${bytes}`);
    }
    assert.ok(pair.asker.shelf.parcels.size > 40, 'what had arrived was kept');
    assert.deepEqual(await runPair(pair, createStreamPair()), ['ok', 'ok']);
    assert.deepEqual(pair.asker.shelf.ids(), pair.answerer.shelf.ids());
  });

  test('joins two real stores, and every parcel passes the store’s own checks', async () => {
    const sides = [];
    for (const seed of ['one', 'two']) {
      const fixture = createParcelFixture(seed);
      const store = await fixture.open();
      for (let count = 0; count < 4; count += 1) {
        await store.put((await fixture.make({ bucket: count % 2 })).bytes, 'self');
      }
      sides.push({ fixture, store });
    }
    const [one, two] = sides;
    assert.ok(one && two);
    const { scheduler } = createVirtualTime();
    const deps = { symmetric: one.fixture.suite.symmetric, random };
    const shelves = [shelfFromStore(one.store, 'two'), shelfFromStore(two.store, 'one')] as const;
    const asker = createSyncAsker(deps, { snapshot: () => shelves[0].snapshot() });
    const answerer = createSyncAnswerer(deps, { snapshot: () => shelves[1].snapshot() });
    const [near, far] = createStreamPair();
    const results = await Promise.all([
      runSync(asker, near, { scheduler, shelf: shelves[0] }),
      runSync(answerer, far, { scheduler, shelf: shelves[1] }),
    ]);
    assert.deepEqual(results.map(codeOf), ['ok', 'ok']);
    assert.equal(one.store.count, 8);
    assert.deepEqual(one.store.entries(), two.store.entries());
  });
});

describe('a sync that does not go well', () => {
  const askerOf = (count = 5) =>
    createSyncPair('alone', { asker: some(count), answerer: [] }).asker;

  test('with someone who says nothing is ended by the watchdog', async () => {
    const time = createVirtualTime();
    const { machine, shelf } = askerOf();
    const [near] = createStreamPair();
    const running = runSync(
      machine,
      near,
      { scheduler: time.scheduler, shelf },
      { stallMs: 30_000 },
    );
    await time.advance(29_999);
    assert.equal(await Promise.race([running, Promise.resolve('running')]), 'running');
    await time.advance(1);
    assert.equal(codeOf(await running), 'mesh/sync-stalled');
    assert.equal(time.pendingCount, 0);
  });

  test('with someone who sends noise is refused', async () => {
    for (const noise of [Uint8Array.of(0, 0), Uint8Array.of(255, 255), Uint8Array.of(0, 1, 99)]) {
      const { machine, shelf } = askerOf();
      const [near, far] = createStreamPair();
      await far.write(noise);
      const result = await runSync(machine, near, {
        scheduler: createVirtualTime().scheduler,
        shelf,
      });
      assert.equal(codeOf(result), 'mesh/bad-sync-message');
    }
  });

  test('is given up when the caller says so, before and during', async () => {
    for (const isEarly of [true, false]) {
      const { machine, shelf } = askerOf();
      const stop = new AbortController();
      if (isEarly) stop.abort();
      const [near] = createStreamPair();
      const { scheduler } = createVirtualTime();
      const running = runSync(machine, near, { scheduler, shelf }, { signal: stop.signal });
      stop.abort();
      assert.equal(codeOf(await running), 'mesh/aborted');
    }
  });

  test('because the other side does not read, holds little of what it had asked for', async () => {
    const pair = createSyncPair('unread', { asker: [], answerer: some(40, 3) });
    const time = createVirtualTime();
    const { scheduler } = time;
    const [near, far] = createStreamPair();
    let written = 0;
    let reads = 0;
    const stuck: ByteStream = {
      ...far,
      write: (bytes) => {
        written += bytes.length;
        return written > 5_000 ? new Promise((_, reject) => (fail = reject)) : far.write(bytes);
      },
      abort: () => {
        fail(new Error('aborted'));
        far.abort();
      },
    };
    let fail: (reason: Error) => void = () => undefined;
    const { shelf } = pair.answerer;
    const counting = {
      ...shelf,
      read: (id: ParcelId) => shelf.read(id).finally(() => (reads += 1)),
    };
    const running = [
      runSync(pair.asker.machine, near, { scheduler, shelf: pair.asker.shelf }),
      runSync(pair.answerer.machine, stuck, { scheduler, shelf: counting }),
    ];
    // Many turns, in which everything that is not held back would be read.
    for (let turn = 0; turn < 200; turn += 1) await time.advance(100);
    assert.ok(reads > 0 && reads <= 6, `${reads} of 40 were read`);
    await time.advance(60_000);
    const codes = (await Promise.all(running)).map(codeOf);
    assert.ok(codes.every((code) => code === 'mesh/sync-stalled' || code === 'mesh/stream-broken'));
  });

  test('because a store broke, throws what the store threw', async () => {
    for (const broken of ['read', 'admit'] as const) {
      const pair = createSyncPair('broken store', { asker: some(3), answerer: some(3) });
      const { scheduler } = createVirtualTime();
      const [near, far] = createStreamPair();
      const shelf = { ...pair.asker.shelf, [broken]: () => Promise.reject(new Error('disk')) };
      const other = runSync(pair.answerer.machine, far, { scheduler, shelf: pair.answerer.shelf });
      await assert.rejects(runSync(pair.asker.machine, near, { scheduler, shelf }), /disk/);
      assert.equal(codeOf(await other), 'mesh/stream-broken');
    }
  });

  test('because the other side refuses, fails here with a broken stream', async () => {
    const pair = createSyncPair('refused', { asker: some(3), answerer: some(3) });
    pair.asker.shelf.refuse = () => ({ code: 'mesh/bad-parcel' });
    assert.deepEqual(await runPair(pair, createStreamPair()), [
      'mesh/bad-parcel',
      'mesh/stream-broken',
    ]);
  });
});

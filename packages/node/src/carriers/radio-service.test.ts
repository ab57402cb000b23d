import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  type BlobStore,
  createMemoryMetrics,
  err,
  ok,
  ParsError,
  redact,
  unwrap,
} from '@pars/base';
import {
  createMemoryBlobStore,
  createMemoryStore,
  createRecordingLog,
  createSimulationRandom,
  createVirtualTime,
} from '@pars/base/fakes';
import { createJavaScriptProvider, createSuite } from '@pars/crypto';
import { createParcel, expirySlotFrom, parcelIds, type RadioDevice } from '@pars/mesh';
import { createCarrier } from '../carrier/carrier.ts';
import { createTaskSet } from '../task-set.ts';
import { startRadioService } from './radio-service.ts';

const network = { shardBits: 8, puzzleBits: 8, leastLevel: 0 };
const channel = { bitsPerSecond: 1_200, keyUpMs: 300, frameOverheadBytes: 8, dutyCycle: 1 };
const bounds = { capacityBytes: 4 * 1_024 * 1_024, maxParcels: 1_000 };

/** Modems in one room: each hears all others, after the time that a frame takes. */
function createRoom() {
  const time = createVirtualTime({ settle: () => nextTurn() });
  const random = createSimulationRandom('radio service');
  const suite = createSuite({ provider: createJavaScriptProvider({ random }), random });
  const modems = new Set<(frame: Uint8Array) => void>();
  const end = new AbortController();

  function openModem(): RadioDevice & { unplug(): void } {
    const waiting: Uint8Array[] = [];
    let wake: (() => void) | undefined;
    let isGone = false;
    const hear = (frame: Uint8Array) => {
      waiting.push(frame);
      wake?.();
    };
    modems.add(hear);
    const unplug = () => {
      isGone = true;
      modems.delete(hear);
      wake?.();
    };
    return {
      frames: (async function* () {
        for (;;) {
          const frame = waiting.shift();
          if (frame !== undefined) yield frame;
          else if (isGone) return;
          else {
            const { promise, resolve } = Promise.withResolvers<void>();
            wake = resolve;
            await promise;
          }
        }
      })(),
      async send(frame) {
        if (isGone) throw new ParsError('test/gone');
        const airMs = ((frame.length + 8) * 8_000) / channel.bitsPerSecond;
        time.scheduler.schedule(airMs, () => {
          for (const other of modems) if (other !== hear) other(frame);
        });
      },
      unplug,
      async [Symbol.asyncDispose]() {
        unplug();
      },
    };
  }

  function createNode(wish: { readonly blobs?: BlobStore; readonly plugged?: () => boolean } = {}) {
    const { blobs = createMemoryBlobStore(), plugged = () => true } = wish;
    const log = createRecordingLog();
    const metrics = createMemoryMetrics();
    const tasks = createTaskSet(log);
    const ports = { ...time, suite, random, log, metrics, tasks };
    const stores = { store: createMemoryStore(), blobs: createMemoryBlobStore() };
    const carrier = createCarrier({ ...ports, ...stores }, { ...bounds, network });
    const taken: string[] = [];
    let modem: ReturnType<typeof openModem> | undefined;
    const openDevice = async () => {
      if (!plugged()) return err('test/unplugged');
      modem = openModem();
      return ok(modem);
    };
    const onTaken = (id: string) => void taken.push(id);
    const service = startRadioService(
      { ...ports, blobs, carrier, openDevice, onTaken },
      { key: redact(new Uint8Array(32).fill(3)), channel },
      end.signal,
    );
    const count = async () => (await carrier.open()).count;
    return { carrier, service, taken, count, log, metrics, tasks, unplug: () => modem?.unplug() };
  }

  async function add(
    node: ReturnType<typeof createNode>,
    priority: 'normal' | 'emergency' = 'normal',
  ) {
    const expirySlot = expirySlotFrom(time.clock.nowMs(), 3 * 86_400_000, priority);
    const label = { tag: random.bytes(32), shard: 0, expirySlot, priority };
    const work = { symmetric: suite.symmetric, pause: async () => undefined };
    const parcel = unwrap(await createParcel(work, network, label, random.bytes(512)));
    unwrap(await (await node.carrier.open()).put(parcel.bytes, undefined));
    return parcelIds.toText(parcel.id);
  }

  const shout = (frame: Uint8Array) => {
    for (const hear of modems) hear(frame);
  };

  return { time, createNode, add, end, shout };
}

describe('the radio service', () => {
  test('exchanges what is carried, and tells what others have taken', async () => {
    const { add, createNode, end, time } = createRoom();
    const [alice, bob] = [createNode(), createNode()];
    const id = await add(alice);
    await time.advance(10 * 60_000);
    const later = await add(bob, 'emergency');
    await time.advance(5 * 60_000);
    assert.deepEqual([await alice.count(), await bob.count()], [2, 2]);
    assert.deepEqual([alice.taken, bob.taken], [[id], [later]]);
    assert.equal(alice.service.status().neighbours.length, 1);
    end.abort();
    await Promise.all([alice.tasks.settle(), bob.tasks.settle()]);
  });

  test('comes back when the modem is plugged in again, with counters that were never used', async () => {
    const { add, createNode, end, time } = createRoom();
    let isPlugged = true;
    const alice = createNode({ plugged: () => isPlugged });
    const bob = createNode();
    await time.advance(60_000);
    isPlugged = false;
    alice.unplug();
    await time.advance(60_000);
    assert.deepEqual(
      [alice.service.status().state, alice.service.status().failure],
      ['opening', 'test/unplugged'],
    );
    const id = await add(alice);
    isPlugged = true;
    await time.advance(30 * 60_000);
    assert.equal(await bob.count(), 1);
    assert.deepEqual(alice.taken, [id]);
    end.abort();
    await Promise.all([alice.tasks.settle(), bob.tasks.settle()]);
  });

  test('after a restart it is the same station, and is heard at once', async () => {
    const { add, createNode, end, time } = createRoom();
    const blobs = createMemoryBlobStore();
    const before = createNode({ blobs });
    const bob = createNode();
    await time.advance(10 * 60_000);
    const { station } = before.service.status();
    before.unplug();
    const after = createNode({ blobs });
    await add(after);
    await time.advance(20 * 60_000);
    assert.equal(after.service.status().station, station);
    assert.equal(await bob.count(), 1);
    end.abort();
  });

  test('sends nothing before its counters are on the disk', async () => {
    const { createNode, end, time } = createRoom();
    const memory = createMemoryBlobStore();
    let isFull = true;
    const blobs: BlobStore = {
      ...memory,
      async replace(name, content) {
        if (isFull) throw new ParsError('base/storage-failed');
        await memory.replace(name, content);
      },
    };
    const alice = createNode({ blobs });
    await time.advance(30 * 60_000);
    assert.equal(alice.service.status().counts?.framesSent, 0);
    isFull = false;
    await time.advance(30 * 60_000);
    assert.ok((alice.service.status().counts?.framesSent ?? 0) > 0);
    end.abort();
    await alice.tasks.settle();
  });

  test('drops what a modem delivers beyond what its channel carries', async () => {
    const { createNode, end, shout, time } = createRoom();
    const alice = createNode();
    await time.advance(60_000);
    for (let count = 0; count < 1_000; count += 1) shout(new Uint8Array(230));
    await time.advance(60_000);
    const counts = alice.service.status().counts;
    assert.ok((counts?.framesForeign ?? 0) < 200, `${counts?.framesForeign}`);
    assert.ok((alice.metrics.snapshot().get('node/radio-frames-dropped') ?? 0) > 800);
    end.abort();
  });
});

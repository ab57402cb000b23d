import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { redact, unwrap } from '@pars/base';
import { createJavaScriptProvider, createSuite } from '@pars/crypto';
import {
  createParcel,
  createRadioStation,
  expirySlotFrom,
  parcelFromBytes,
  parcelIds,
  type RadioDevice,
  type RadioEffect,
} from '@pars/mesh';
import { systemRandom } from '../../crypto/system-random.ts';
import { openPtyPair, type PtyPair } from './pty-pair-fixture.ts';
import { openSerialRadio } from './serial-radio.ts';

const probe = await openPtyPair();
const skip = typeof probe === 'string' && probe;
if (typeof probe !== 'string') probe[Symbol.dispose]();

const network = { shardBits: 8, puzzleBits: 8, leastLevel: 0 };
const suite = createSuite({
  provider: createJavaScriptProvider({ random: systemRandom }),
  random: systemRandom,
});
const { symmetric } = suite;

async function newPair(): Promise<PtyPair> {
  const pair = await openPtyPair();
  assert.ok(typeof pair !== 'string');
  return pair;
}

async function makeParcel(bodyLength: number) {
  const expirySlot = expirySlotFrom(Date.now(), 3 * 86_400_000, 'normal');
  const label = { tag: systemRandom.bytes(32), shard: 0, expirySlot, priority: 'normal' } as const;
  const work = { symmetric, pause: async () => undefined };
  return unwrap(await createParcel(work, network, label, systemRandom.bytes(bodyLength)));
}

/** A station over a real device, in real time; resolves with the first parcel that comes in. */
function runStation(device: RadioDevice, number: number, parcels: readonly Uint8Array[]) {
  const channel = { bitsPerSecond: 115_200, keyUpMs: 0, frameOverheadBytes: 3, dutyCycle: 1 };
  const settings = { network, key: redact(new Uint8Array(32).fill(1)), channel, maxBucket: 5 };
  const memory = { station: number, reservedTo: 0, heard: new Map() };
  const machine = createRadioStation(
    { symmetric, random: systemRandom },
    settings,
    memory,
    performance.now(),
  );
  const held = parcels.map((bytes) => unwrap(parcelFromBytes(symmetric, network, bytes)));
  machine.hold(
    held.map(({ bytes, header, id }) => {
      const { expirySlot, priority, shard } = header;
      return { id, shard, expirySlot, priority, level: 0, sizeBytes: bytes.length };
    }),
  );
  const { promise: arrived, resolve } = Promise.withResolvers<Uint8Array>();
  let timer: ReturnType<typeof setTimeout> | undefined;
  let isStopped = false;

  /** What was about to be sent when the test ended is nobody's loss. */
  async function send(frame: Uint8Array): Promise<void> {
    try {
      await device.send(frame);
    } catch (error) {
      if (!isStopped) throw error;
    }
  }

  async function apply(effects: readonly RadioEffect[]): Promise<void> {
    for (const effect of effects) {
      if (effect.kind === 'transmit') for (const frame of effect.frames) await send(frame);
      if (effect.kind === 'remember') machine.remembered(effect.memory);
      if (effect.kind === 'parcel') resolve(effect.parcel);
      if (effect.kind !== 'load') continue;
      const wanted = held.find(({ id }) => parcelIds.toText(id) === parcelIds.toText(effect.id));
      await apply(machine.loaded(effect.id, wanted?.bytes, performance.now()));
    }
    clearTimeout(timer);
    if (isStopped) return;
    const delayMs = Math.max(1, Math.min(machine.dueMs - performance.now(), 1_000));
    timer = setTimeout(() => void apply(machine.tick(performance.now())), delayMs);
  }

  const reading = (async () => {
    for await (const frame of device.frames) await apply(machine.receive(frame, performance.now()));
  })();
  void apply(machine.tick(performance.now()));
  return {
    arrived,
    async stop() {
      isStopped = true;
      clearTimeout(timer);
      await device[Symbol.asyncDispose]();
      await reading;
    },
  };
}

describe('a modem on a serial port', { skip }, () => {
  test('gives frames to the other end, whatever bytes they have', async () => {
    using pair = await newPair();
    const [one, two] = await Promise.all(pair.paths.map((path) => openSerialRadio({ path })));
    assert.ok(one?.ok === true && two?.ok === true);
    const sent = [
      Uint8Array.from({ length: 230 }, (_, at) => at),
      Uint8Array.from({ length: 230 }, (_, at) => 255 - at),
      new Uint8Array(230).fill(0xc0),
      new Uint8Array(1).fill(0xdb),
    ];
    for (const frame of sent) await one.value.send(frame);
    const heard: Uint8Array[] = [];
    for await (const frame of two.value.frames) {
      heard.push(frame);
      if (heard.length === sent.length) break;
    }
    assert.deepEqual(heard, sent);
    await one.value[Symbol.asyncDispose]();
    await two.value[Symbol.asyncDispose]();
  });

  test('carries parcels between two stations', async () => {
    using pair = await newPair();
    const [one, two] = await Promise.all(
      pair.paths.map((path) => openSerialRadio({ path, keyUpMs: 10 })),
    );
    assert.ok(one?.ok === true && two?.ok === true);
    const [small, large] = [await makeParcel(512), await makeParcel(15_872)];
    const alice = runStation(one.value, 1, [small.bytes]);
    const bob = runStation(two.value, 2, [large.bytes]);
    assert.deepEqual(new Uint8Array(await bob.arrived), small.bytes);
    assert.deepEqual(new Uint8Array(await alice.arrived), large.bytes);
    await alice.stop();
    await bob.stop();
  });

  test('that is pulled out ends its frames, takes none, and does not open any more', async () => {
    const pair = await newPair();
    const [path] = pair.paths;
    const device = unwrap(await openSerialRadio({ path }));
    pair[Symbol.dispose]();
    for await (const frame of device.frames) assert.fail(`a frame of ${frame.length} bytes`);
    await assert.rejects(() => device.send(new Uint8Array(9)), { code: 'serial/gone' });
    await device[Symbol.asyncDispose]();
    const again = await openSerialRadio({ path });
    assert.equal(again.ok ? '' : again.error.code, 'serial/not-found');
  });

  test('is used by one program at a time', async () => {
    using pair = await newPair();
    const [path] = pair.paths;
    const device = unwrap(await openSerialRadio({ path }));
    const second = await openSerialRadio({ path });
    assert.equal(second.ok ? '' : second.error.code, 'serial/in-use');
    assert.equal(await openSerialRadio({ path }).then((third) => third.ok), false);
    await device[Symbol.asyncDispose]();
  });
});

test('what is no serial port does not open', async () => {
  const missing = await openSerialRadio({ path: '/dev/no-such-modem' });
  assert.equal(missing.ok ? '' : missing.error.code, 'serial/not-found');
  const file = await openSerialRadio({ path: import.meta.filename });
  assert.equal(file.ok ? '' : file.error.code, 'serial/unusable');
});

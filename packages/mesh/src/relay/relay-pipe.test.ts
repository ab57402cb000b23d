import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { ByteStream } from '@pars/base';
import { createStreamPair, createVirtualTime, type VirtualTime } from '@pars/base/fakes';
import { createBytePace } from './byte-pace.ts';
import { type RelayLimits, relayLimits } from './relay-limits.ts';
import { type RelayPipe, startRelayPipe } from './relay-pipe.ts';

const kibibyte = 1_024;

describe('a relayed connection', () => {
  test('carries both ways and ends when both ends have', async () => {
    const { left, right, pipe } = start({});
    await left.write(Uint8Array.of(1, 2, 3));
    await left.closeWrite();
    assert.deepEqual(await readAll(right), [1, 2, 3]);
    await right.write(Uint8Array.of(4));
    await right.closeWrite();
    assert.deepEqual(await readAll(left), [4]);
    assert.equal(await pipe.ended, undefined);
  });

  test('that breaks on one side breaks on the other', async () => {
    const { left, right, pipe } = start({});
    left.abort();
    await assert.rejects(readAll(right));
    assert.equal(await pipe.ended, undefined);
  });

  test('lets the handshakes through at once and the rest at its pace', async () => {
    const { left, right, time } = start({ bytesPerSecond: 8_192 });
    const reader = right.source[Symbol.asyncIterator]();
    let received = 0;
    const reading = isBroken(
      (async () => {
        for (let next = await reader.next(); !next.done; next = await reader.next()) {
          received += next.value.length;
        }
      })(),
    );
    await left.write(new Uint8Array(18 * kibibyte));
    await settle();
    assert.equal(received, 18 * kibibyte, 'both handshakes of an end');
    void left.write(new Uint8Array(64 * kibibyte));
    await settle();
    assert.ok(received <= 34 * kibibyte, `${received} at once`);
    for (let second = 0; second < 8; second += 1) await advance(time, 1_000);
    assert.ok(received >= 64 * kibibyte && received <= 98 * kibibyte, `${received} after 8 s`);
    left.abort();
    assert.ok(await reading);
  });

  test('holds a writer back whose reader does not read', async () => {
    const { left } = start({});
    let writtenBytes = 0;
    const held = (async () => {
      for (let piece = 0; piece < 256; piece += 1) {
        await left.write(new Uint8Array(16 * kibibyte));
        writtenBytes += 16 * kibibyte;
      }
    })();
    await settle();
    assert.ok(writtenBytes < 512 * kibibyte, `${writtenBytes} went into a full pipe`);
    const broken = isBroken(held);
    left.abort();
    assert.ok(await broken);
  });

  test('is cut after its bytes, its time and its silence', async () => {
    const spent = start({ kibibytesPerConnection: 1_024 });
    const drained = isBroken(readAll(spent.right));
    const flood = (async () => {
      for (;;) await spent.left.write(new Uint8Array(64 * kibibyte));
    })();
    assert.ok(await isBroken(flood));
    assert.ok(await drained);
    assert.equal(await spent.pipe.ended, 'mesh/relay-spent');

    const silent = start({ idleSeconds: 75 });
    await advance(silent.time, 75_000);
    assert.equal(await silent.pipe.ended, 'mesh/relay-spent');

    const old = start({ connectionSeconds: 120 });
    const cut = isBroken(readAll(old.right));
    for (let step = 0; step < 2; step += 1) {
      await old.left.write(Uint8Array.of(1));
      await advance(old.time, 60_000);
    }
    assert.ok(await cut);
    assert.equal(await old.pipe.ended, 'mesh/relay-spent');
  });

  test('gives way when it must, also while it waits for its pace', async () => {
    const { left, right, pipe } = start({ bytesPerSecond: 4_096 });
    void left.write(new Uint8Array(60 * kibibyte)).catch(() => undefined);
    await settle();
    pipe.displace();
    assert.equal(await pipe.ended, 'mesh/relay-full');
    await assert.rejects(readAll(right));
  });
});

test('a pace lets so many bytes a second pass, and no more after a pause than its burst', () => {
  const pace = createBytePace(1_000, 2_000);
  assert.equal(pace.take(2_000, 0), 0);
  assert.equal(pace.take(1_000, 0), 1_000);
  assert.equal(pace.take(1_000, 0), 2_000);
  assert.equal(pace.take(2_000, 100_000), 0);
  assert.equal(pace.take(500, 100_000), 500);
});

interface Setting {
  readonly left: ByteStream;
  readonly right: ByteStream;
  readonly pipe: RelayPipe;
  readonly time: VirtualTime;
}

function start(wanted: Partial<RelayLimits>): Setting {
  const limits = relayLimits({ bytesPerSecond: 16_777_216, ...wanted });
  const time = createVirtualTime();
  const [left, near] = createStreamPair();
  const [right, far] = createStreamPair();
  const totalPace = createBytePace(1_073_741_824);
  const pipe = startRelayPipe(
    { clock: time.clock, scheduler: time.scheduler, limits, totalPace },
    near,
    far,
  );
  return { left, right, pipe, time };
}

async function advance(time: VirtualTime, ms: number): Promise<void> {
  await settle();
  await time.advance(ms);
  await settle();
}

/** Lets everything happen that waits for no timer. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 200; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

async function isBroken(work: Promise<unknown>): Promise<boolean> {
  try {
    await work;
    return false;
  } catch {
    return true;
  }
}

async function readAll(stream: ByteStream): Promise<number[]> {
  const bytes: number[] = [];
  for await (const chunk of stream.source) bytes.push(...chunk);
  return bytes;
}

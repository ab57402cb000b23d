import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { ByteStream } from '@pars/base';
import { createStreamOutbox } from './stream-outbox.ts';

/** A stream whose writes settle when the test says so. */
function createHeldStream() {
  const writes: { readonly bytes: readonly number[]; readonly done: PromiseWithResolvers<void> }[] =
    [];
  const told: string[] = [];
  const stream: ByteStream = {
    source: (async function* () {})(),
    write(bytes) {
      const done = Promise.withResolvers<void>();
      writes.push({ bytes: [...bytes], done });
      return done.promise;
    },
    async closeWrite() {
      told.push('end');
    },
    abort: () => undefined,
    async [Symbol.asyncDispose]() {},
  };
  return { stream, writes, told };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('an outbox of a stream', () => {
  test('writes together what waits together, in order, and tells each when it was taken', async () => {
    const { stream, writes, told } = createHeldStream();
    const outbox = createStreamOutbox(stream, () => told.push('broken'));
    for (const byte of [1, 2]) outbox.push(Uint8Array.of(byte), () => told.push(`taken ${byte}`));
    await turn();
    for (const byte of [3, 4]) outbox.push(Uint8Array.of(byte), () => told.push(`taken ${byte}`));
    outbox.end();
    await turn();
    assert.deepEqual(
      writes.map((write) => write.bytes),
      [[1, 2]],
    );
    assert.deepEqual(told, []);
    writes[0]?.done.resolve();
    await turn();
    assert.deepEqual(writes[1]?.bytes, [3, 4]);
    assert.deepEqual(told, ['taken 1', 'taken 2']);
    writes[1]?.done.resolve();
    await outbox.settled();
    assert.deepEqual(told.slice(2), ['taken 3', 'taken 4', 'end']);
  });

  test('never writes more together than one frame of a link carries, nor cuts what is longer', async () => {
    const { stream, writes } = createHeldStream();
    const outbox = createStreamOutbox(stream, () => undefined);
    const sizes = [40_000, 25_505, 1, 70_000, 65_505, 10, 20];
    for (const size of sizes) outbox.push(new Uint8Array(size));
    for (let at = 0; at < 4; at += 1) {
      await turn();
      writes[at]?.done.resolve();
    }
    await turn();
    const written = writes.map((write) => write.bytes.length);
    assert.deepEqual(written, [65_505, 1, 70_000, 65_505, 30]);
  });

  test('wakes who waits for room, as the bytes are taken', async () => {
    const { stream, writes, told } = createHeldStream();
    const outbox = createStreamOutbox(stream, () => undefined);
    outbox.push(new Uint8Array(50_000));
    outbox.push(new Uint8Array(50_000));
    void outbox.waitBelow(50_000).then(() => told.push('half'));
    void outbox.waitBelow(0).then(() => told.push('all'));
    await turn();
    assert.deepEqual(told, []);
    writes[0]?.done.resolve();
    await turn();
    assert.deepEqual(told, ['half']);
    writes[1]?.done.resolve();
    await turn();
    assert.deepEqual(told, ['half', 'all']);
  });

  test('of a stream that breaks says so once, takes nothing as sent, and holds nobody up', async () => {
    const { stream, writes, told } = createHeldStream();
    const outbox = createStreamOutbox(stream, () => told.push('broken'));
    outbox.push(Uint8Array.of(1), () => told.push('taken'));
    const room = outbox.waitBelow(0);
    await turn();
    writes[0]?.done.reject(new Error('gone'));
    await room;
    outbox.push(Uint8Array.of(2), () => told.push('taken'));
    outbox.end();
    await outbox.settled();
    assert.deepEqual(told, ['broken']);
    assert.equal(writes.length, 1);
  });

  test('that is closed drops what waits', async () => {
    const { stream, writes, told } = createHeldStream();
    const outbox = createStreamOutbox(stream, () => told.push('broken'));
    outbox.push(Uint8Array.of(1));
    await turn();
    outbox.push(Uint8Array.of(2), () => told.push('taken'));
    outbox.close();
    writes[0]?.done.resolve();
    await outbox.settled();
    assert.equal(writes.length, 1);
    assert.deepEqual(told, []);
  });
});

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ParsError } from '../pars-error.ts';
import { createRecordingLog, createStreamPair } from './index.ts';

const isClosed = (error: unknown) =>
  error instanceof ParsError && error.code === 'base/stream-closed';

describe('stream pair', () => {
  test('holds exactly its capacity while nobody reads', async () => {
    const [near] = createStreamPair({ capacityBytes: 10 });
    let isTaken = false;
    await near.write(new Uint8Array(10));
    const waiting = near.write(new Uint8Array(1)).then(() => {
      isTaken = true;
    });
    for (let turn = 0; turn < 100; turn += 1) await Promise.resolve();
    assert.equal(isTaken, false);
    near.abort();
    await assert.rejects(waiting, isClosed);
  });

  test('a writer who is aborted in the middle of a write closes the stream', async () => {
    const [near, far] = createStreamPair({ capacityBytes: 10 });
    const controller = new AbortController();
    const writing = near.write(new Uint8Array(25), controller.signal);
    for (let turn = 0; turn < 100; turn += 1) await Promise.resolve();
    controller.abort(new Error('enough'));
    await assert.rejects(writing, /enough/);
    await assert.rejects(async () => {
      for await (const _ of far.source);
    }, isClosed);
  });

  test('a writer who is aborted before its first byte leaves the stream whole', async () => {
    const [near, far] = createStreamPair({ capacityBytes: 10 });
    await near.write(new Uint8Array(10).fill(1));
    const controller = new AbortController();
    const writing = near.write(new Uint8Array(5).fill(2), controller.signal);
    for (let turn = 0; turn < 100; turn += 1) await Promise.resolve();
    controller.abort(new Error('enough'));
    await assert.rejects(writing, /enough/);
    await near.closeWrite();
    const read: number[] = [];
    for await (const bytes of far.source) read.push(...bytes);
    assert.deepEqual(read, Array(10).fill(1));
  });

  test('a reader who leaves frees the writer', async () => {
    const [near, far] = createStreamPair({ capacityBytes: 10 });
    const writing = near.write(new Uint8Array(100));
    for await (const _ of far.source) break;
    await assert.rejects(writing, isClosed);
  });

  test('has one reader', () => {
    const [near] = createStreamPair();
    near.source[Symbol.asyncIterator]();
    assert.throws(() => near.source[Symbol.asyncIterator](), ParsError);
  });

  test('closing waits for the writes before it', async () => {
    const [near, far] = createStreamPair({ capacityBytes: 4 });
    const writing = near.write(new Uint8Array(100));
    const closing = near.closeWrite();
    let count = 0;
    for await (const bytes of far.source) count += bytes.length;
    await Promise.all([writing, closing]);
    assert.equal(count, 100);
  });
});

test('the recording log is bounded and finds entries by event', () => {
  const log = createRecordingLog();
  for (let index = 0; index < 10_005; index += 1) log.write('info', `test/${index % 2}`);
  assert.equal(log.entries.length, 10_000);
  assert.equal(log.entriesOf('test/1').length, 5000);
});

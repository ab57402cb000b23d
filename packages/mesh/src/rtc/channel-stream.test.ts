import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { byteStreamConformance } from '@pars/base/conformance';
import { createVirtualTime } from '@pars/base/fakes';
import { channelCredit, createChannelStream, maxChannelMessage } from './channel-stream.ts';
import { createChannelPair } from './rtc-fixture.ts';

const { scheduler, advance } = createVirtualTime();

describe('a stream over a data channel conforms', () => {
  const cases = byteStreamConformance(async () => {
    const { near, far } = createChannelPair({ scheduler });
    return {
      near,
      far,
      maxInFlightBytes: channelCredit,
      settle: () => advance(0),
      dispose: async () => near.abort(),
    };
  });
  for (const { name, run } of cases) test(name, run);
});

test('no message is longer than every engine takes', async () => {
  const { near, sent } = createChannelPair({ scheduler });
  await near.write(new Uint8Array(100_000));
  assert.ok(sent.every((message) => message.length <= maxChannelMessage));
  assert.equal(sent.length, 7);
});

describe('a peer who breaks the rules of the channel is cut off', () => {
  const cases: Readonly<Record<string, readonly (string | Uint8Array)[]>> = {
    'more than was allowed': Array.from({ length: 65 }, () => new Uint8Array(16_384)),
    'a message too long': [new Uint8Array(16_385)],
    'an empty message': [new Uint8Array(0)],
    'an unknown word': ['hello'],
    'leave that was not used': ['more 1'],
    'leave of another form': ['more 0x10'],
    'an end twice': ['end', 'end'],
    'content after the end': ['end', new Uint8Array(1)],
  };
  for (const [title, messages] of Object.entries(cases)) {
    test(title, async () => {
      let isClosed = false;
      const close = (): void => {
        isClosed = true;
      };
      const channel = { send: () => undefined, bufferedAmount: () => 0, close };
      const stream = createChannelStream(channel, { scheduler });
      for (const message of messages) stream.receive(message);
      assert.ok(isClosed);
      await assert.rejects(stream.write(new Uint8Array(1)), { code: 'mesh/stream-broken' });
      await assert.rejects(Array.fromAsync(stream.source), { code: 'mesh/stream-broken' });
    });
  }
});

test('a write waits while the channel holds much, and goes on when it is drained', async () => {
  let held = 1_048_576;
  let sentBytes = 0;
  const channel = {
    send: (message: Uint8Array | string) => {
      sentBytes += message.length;
    },
    bufferedAmount: () => held,
    close: () => undefined,
  };
  const stream = createChannelStream(channel, { scheduler });
  const writing = stream.write(new Uint8Array(10));
  await advance(0);
  assert.equal(sentBytes, 0);
  held = 0;
  stream.drained();
  await writing;
  assert.equal(sentBytes, 10);
});

test('what was received whole before the channel closed is read to its end', async () => {
  const channel = { send: () => undefined, bufferedAmount: () => 0, close: () => undefined };
  const stream = createChannelStream(channel, { scheduler });
  stream.receive(Uint8Array.of(1, 2));
  stream.receive('end');
  stream.closed();
  assert.deepEqual(await Array.fromAsync(stream.source), [Uint8Array.of(1, 2)]);
});

test('a channel that closes early is no end', async () => {
  const channel = { send: () => undefined, bufferedAmount: () => 0, close: () => undefined };
  const stream = createChannelStream(channel, { scheduler });
  stream.receive(Uint8Array.of(1, 2));
  stream.closed();
  await assert.rejects(Array.fromAsync(stream.source), { code: 'mesh/stream-broken' });
});

test('a channel that both sides have ended is closed after a while', async () => {
  let isClosed = false;
  const close = (): void => {
    isClosed = true;
  };
  const channel = { send: () => undefined, bufferedAmount: () => 0, close };
  const stream = createChannelStream(channel, { scheduler });
  await stream.closeWrite();
  stream.receive('end');
  assert.ok(!isClosed);
  await advance(10_000);
  assert.ok(isClosed);
});

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { unwrap } from '@pars/base';
import { createChannelPair, createFakeHandlers } from '../fakes/index.ts';
import { MAX_QUEUED_EVENTS } from '../limits.ts';
import type { ChatMessage } from '../methods/method-types.ts';
import { type ApiClient, openApiClient } from './client.ts';
import { serveChannel } from './dispatcher.ts';
import type { FrameChannel } from './frame-channel.ts';

const encoder = new TextEncoder();

describe('client against dispatcher', () => {
  test('calls a method', async () => {
    const { client } = await connect();
    const status = unwrap(await client.call('node.status', {}));
    assert.equal(status.suite, 1);
  });

  test('a failure keeps its code', async () => {
    const { client } = await connect();
    const unlocked = await client.call('vault.unlock', { password: 'p' });
    assert.deepEqual(unlocked, { ok: false, error: { code: 'vault/wrong-password' } });
  });

  test('a wrong token is api/unauthorized', async () => {
    const pair = createChannelPair();
    serve(pair.server);
    const opened = await openApiClient(pair.client, { token: 'wrong' });
    assert.deepEqual(opened, { ok: false, error: { code: 'api/unauthorized' } });
  });

  test('watches, and leaving the loop unsubscribes', async () => {
    const { client, handlers } = await connect();
    const events = unwrap(await client.watch('chat.watch', {}));
    handlers.emit(message(1));
    handlers.emit(message(2));
    const seen: number[] = [];
    for await (const event of events) {
      seen.push(unwrap(event).sequence);
      if (seen.length === 2) break;
    }
    assert.deepEqual(seen, [1, 2]);
    unwrap(await client.call('node.status', {}));
    assert.equal(handlers.watcherCount(), 0);
  });

  test('a signal ends the stream without a failure', async () => {
    const { client, handlers } = await connect();
    const controller = new AbortController();
    const events = unwrap(await client.watch('chat.watch', {}, controller.signal));
    handlers.emit(message(1));
    for await (const event of events) {
      assert.ok(event.ok);
      controller.abort();
    }
    unwrap(await client.call('node.status', {}));
    assert.equal(handlers.watcherCount(), 0);
  });

  test('a reader that is too slow gets what waited, then the notice', async () => {
    const { client, handlers } = await connect();
    const events = unwrap(await client.watch('chat.watch', {}));
    for (let n = 1; n <= MAX_QUEUED_EVENTS + 1; n += 1) {
      handlers.emit(message(n));
      unwrap(await client.call('node.status', {}));
    }
    const seen = await Array.fromAsync(events);
    assert.equal(seen.length, MAX_QUEUED_EVENTS + 1);
    assert.deepEqual(seen.at(-1), { ok: false, error: { code: 'api/slow-consumer' } });
  });

  test('the end of the connection fails calls and streams', async () => {
    const { client, pair } = await connect();
    const events = unwrap(await client.watch('chat.watch', {}));
    const call = client.call('vault.unlock', { password: 'p' });
    await pair.server.close();
    await call;
    assert.deepEqual(await Array.fromAsync(events), [{ ok: false, error: { code: 'api/closed' } }]);
    const later = await client.call('node.status', {});
    assert.deepEqual(later, { ok: false, error: { code: 'api/closed' } });
  });
});

describe('client against a strange peer', () => {
  for (const [name, answer] of [
    ['no JSON', 'HTTP/1.1 400 Bad Request'],
    ['an array', '[]'],
    ['an error without a code', '{"id":1,"error":{"code":1}}'],
    ['a result without an id', '{"result":{}}'],
    ['an event without a subscription', '{"method":"x","params":{}}'],
  ] as const) {
    test(`${name} is api/bad-response`, async () => {
      const pair = createChannelPair();
      const opening = openApiClient(pair.client, { token: '' });
      await pair.server.send(encoder.encode(answer));
      assert.deepEqual(await opening, { ok: false, error: { code: 'api/bad-response' } });
    });
  }

  test('silence can be cancelled', async () => {
    const pair = createChannelPair();
    const signal = AbortSignal.abort();
    const opening = openApiClient(pair.client, { token: '', signal });
    assert.deepEqual(await opening, { ok: false, error: { code: 'api/cancelled' } });
  });
});

interface Connected {
  readonly client: ApiClient;
  readonly handlers: ReturnType<typeof createFakeHandlers>;
  readonly pair: ReturnType<typeof createChannelPair>;
}

async function connect(): Promise<Connected> {
  const pair = createChannelPair();
  const handlers = serve(pair.server);
  const client = unwrap(await openApiClient(pair.client, { token: 'right' }));
  return { client, handlers, pair };
}

function serve(channel: FrameChannel): ReturnType<typeof createFakeHandlers> {
  const handlers = createFakeHandlers();
  void serveChannel(
    channel,
    {
      log: { write: () => undefined },
      scheduler: { schedule: () => () => undefined, sleep: () => Promise.resolve() },
    },
    { handlers, isToken: (token) => token === 'right' },
  );
  return handlers;
}

function message(sequence: number): ChatMessage {
  return {
    messageId: `m${sequence}`,
    sequence,
    with: `05${'ab'.repeat(32)}`,
    direction: 'in',
    text: 'salaam',
    sentAtMs: 1,
    state: 'delivered',
  };
}

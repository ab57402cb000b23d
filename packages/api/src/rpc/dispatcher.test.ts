import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { err, type LogFields, ok, ParsError } from '@pars/base';
import { createChannelPair, createFakeHandlers, type FakeHandlers } from '../fakes/index.ts';
import {
  MAX_PENDING_REQUESTS,
  MAX_QUEUED_EVENTS,
  MAX_REQUEST_BYTES,
  MAX_SUBSCRIPTIONS,
} from '../limits.ts';
import type { ChatMessage } from '../methods/method-types.ts';
import { serveChannel } from './dispatcher.ts';

const TOKEN = 'correct-token';
const encoder = new TextEncoder();

describe('opening a connection', () => {
  test('the right token opens it', async () => {
    const { exchange } = serve();
    const answer = await exchange(open(TOKEN));
    assert.deepEqual(answer, { jsonrpc: '2.0', id: 1, result: { apiVersion: 1 } });
  });

  for (const [name, first] of [
    ['a wrong token', open('wrong')],
    ['no token', rpc(1, 'api.open', { apiVersion: 1 })],
    ['a token of the wrong type', rpc(1, 'api.open', { apiVersion: 1, token: 7 })],
    ['another method first', rpc(1, 'node.status', {})],
    ['a notification first', { jsonrpc: '2.0', method: 'api.open', params: {} }],
    ['no JSON', 'GET / HTTP/1.1'],
  ] as const) {
    test(`${name} is refused and the connection closes`, async () => {
      const { exchange, ended, handlers, events } = serve();
      assert.equal(code(await exchange(first)), 'api/unauthorized');
      await ended;
      assert.deepEqual(handlers.calls, []);
      assert.deepEqual(events(), ['api/unauthorized']);
    });
  }

  test('another API version is refused', async () => {
    const { exchange, ended } = serve();
    const answer = await exchange(rpc(1, 'api.open', { apiVersion: 2, token: TOKEN }));
    assert.equal(code(answer), 'api/version-mismatch');
    await ended;
  });

  test('who does not open in time is cut off', async () => {
    const { ended, fireTimers } = serve();
    fireTimers();
    await ended;
  });

  test('who opened in time is not', async () => {
    const { exchange, fireTimers } = serve();
    await exchange(open(TOKEN));
    fireTimers();
    assert.ok('result' in (await exchange(rpc(2, 'node.status', {}))));
  });
});

describe('requests', () => {
  test('a result carries the id of its request', async () => {
    const { exchange } = await serveOpen();
    const answer = await exchange(rpc('x', 'contact.list', {}));
    assert.equal(answer['id'], 'x');
    assert.ok('result' in answer);
  });

  test('parameters may be left out when there are none', async () => {
    const { exchange } = await serveOpen();
    assert.ok('result' in (await exchange({ jsonrpc: '2.0', id: 2, method: 'node.status' })));
  });

  for (const [name, request, expected] of [
    ['an unknown method', rpc(2, 'node.explode', {}), 'api/unknown-method'],
    ['an inherited name', rpc(2, 'constructor', {}), 'api/unknown-method'],
    ['a batch', [rpc(2, 'node.status', {})], 'api/batch-refused'],
    ['no JSON', '{', 'api/parse-error'],
    ['a byte order mark', '\ufeff{}', 'api/parse-error'],
    ['a bare value', '17', 'api/invalid-request'],
    ['no version', { id: 2, method: 'node.status' }, 'api/invalid-request'],
    ['an id that is an object', { ...rpc(2, 'node.status', {}), id: {} }, 'api/invalid-request'],
    ['positional parameters', { ...rpc(2, 'node.status', {}), params: [] }, 'api/invalid-request'],
    ['a foreign member', { ...rpc(2, 'node.status', {}), extra: 1 }, 'api/invalid-request'],
    ['an unknown key', rpc(2, 'node.status', { secret: 1 }), 'api/invalid-params'],
    [
      'an inherited key',
      '{"jsonrpc":"2.0","id":2,"method":"node.status","params":{"__proto__":1}}',
      'api/invalid-params',
    ],
    ['a wrong type', rpc(2, 'chat.read', { limit: '5' }), 'api/invalid-params'],
    ['a limit out of range', rpc(2, 'chat.read', { limit: 101 }), 'api/invalid-params'],
    [
      'a text too long',
      rpc(2, 'chat.send', { to: sessionId(), text: 'x'.repeat(8_193) }),
      'api/invalid-params',
    ],
    [
      'a lone surrogate',
      rpc(2, 'chat.send', { to: sessionId(), text: '\ud800' }),
      'api/invalid-params',
    ],
  ] as const) {
    test(`${name} is answered with ${expected} and the connection lives on`, async () => {
      const { exchange } = await serveOpen();
      assert.equal(code(await exchange(request)), expected);
      assert.ok('result' in (await exchange(rpc(3, 'node.status', {}))));
    });
  }

  test('invalid UTF-8 is a parse error', async () => {
    const { exchange } = await serveOpen();
    assert.equal(code(await exchange(new Uint8Array([0x22, 0xff, 0x22]))), 'api/parse-error');
  });

  test('a refusal names the field and not its value', async () => {
    const { exchange } = await serveOpen();
    const answer = await exchange(rpc(2, 'vault.unlock', { password: ['hunter2'] }));
    assert.deepEqual(answer['error'], {
      code: -32_602,
      message: 'api/invalid-params',
      data: { code: 'api/invalid-params', meta: { path: 'password' } },
    });
    const unknown = await exchange(rpc(3, 'node.status', { hunter2: 1 }));
    assert.doesNotMatch(JSON.stringify(unknown), /hunter2/);
  });

  test('a notification is not answered and not executed', async () => {
    const { exchange, handlers, post } = await serveOpen();
    post({ jsonrpc: '2.0', method: 'node.stop', params: {} });
    assert.equal((await exchange(rpc(2, 'node.status', {})))['id'], 2);
    assert.deepEqual(handlers.calls, ['node.status']);
  });

  test('a frame above 1 MiB closes the connection', async () => {
    const { exchange, ended } = await serveOpen();
    const answer = await exchange(new Uint8Array(MAX_REQUEST_BYTES + 1).fill(0x20));
    assert.equal(code(answer), 'api/frame-too-large');
    await ended;
  });

  test('a failure of a handler travels with its own code', async () => {
    const { exchange } = await serveOpen(
      createFakeHandlers({ 'id.show': async () => err('session/locked', { tries: 2 }) }),
    );
    assert.deepEqual((await exchange(rpc(2, 'id.show', {})))['error'], {
      code: -32_000,
      message: 'session/locked',
      data: { code: 'session/locked', meta: { tries: 2 } },
    });
  });

  test('what a handler throws is coded, logged without its text, and not sent', async () => {
    const { exchange, entries } = await serveOpen(
      createFakeHandlers({
        'id.show': async () => {
          throw new ParsError('session/broken', { hint: 'hunter2' });
        },
      }),
    );
    const answer = await exchange(rpc(2, 'id.show', {}));
    assert.equal(code(answer), 'api/internal');
    assert.deepEqual(entries, [
      ['error', 'api/handler-threw', { method: 'id.show', code: 'session/broken' }],
    ]);
    assert.doesNotMatch(JSON.stringify([answer, entries]), /hunter2/);
  });

  test('a result that breaks its schema is not sent', async () => {
    const { exchange, events } = await serveOpen(
      createFakeHandlers({
        'vault.unlock': async () => ok({ identity: 'open', password: 'hunter2' }),
      }),
    );
    const answer = await exchange(rpc(2, 'vault.unlock', { password: 'p' }));
    assert.equal(code(answer), 'api/internal');
    assert.deepEqual(events(), ['api/bad-result']);
  });

  test('the 65th unanswered request is refused, a repeated id as well', async () => {
    const gate = Promise.withResolvers<void>();
    const { exchange, post } = await serveOpen(
      createFakeHandlers({
        'vault.lock': async () => {
          await gate.promise;
          return ok({});
        },
      }),
    );
    for (let id = 1; id < MAX_PENDING_REQUESTS; id += 1) post(rpc(id, 'vault.lock', {}));
    assert.equal(code(await exchange(rpc(1, 'vault.lock', {}))), 'api/invalid-request');
    post(rpc(MAX_PENDING_REQUESTS, 'vault.lock', {}));
    assert.equal(code(await exchange(rpc(999, 'node.status', {}))), 'api/busy');
    gate.resolve();
    assert.ok('result' in (await exchange(undefined)));
  });
});

describe('subscriptions', () => {
  test('events carry the subscription and follow its answer', async () => {
    const { exchange, handlers } = await serveOpen();
    const answer = await exchange(rpc(2, 'chat.watch', {}));
    assert.deepEqual(answer['result'], { subscription: 's1' });
    handlers.emit(message(1));
    assert.deepEqual(await exchange(undefined), {
      jsonrpc: '2.0',
      method: 'chat.watch',
      params: { subscription: 's1', event: message(1) },
    });
  });

  test('unsubscribing stops the source; twice is coded', async () => {
    const { exchange, handlers } = await serveOpen();
    await exchange(rpc(2, 'chat.watch', {}));
    assert.equal(handlers.watcherCount(), 1);
    const unsubscribe = rpc(3, 'api.unsubscribe', { subscription: 's1' });
    assert.ok('result' in (await exchange(unsubscribe)));
    assert.equal(handlers.watcherCount(), 0);
    assert.equal(code(await exchange(unsubscribe)), 'api/unknown-subscription');
  });

  test('closing the connection stops the source', async () => {
    const { exchange, handlers, ended, close } = await serveOpen();
    await exchange(rpc(2, 'chat.watch', {}));
    close();
    await ended;
    assert.equal(handlers.watcherCount(), 0);
  });

  test('the 17th subscription is refused', async () => {
    const { exchange } = await serveOpen();
    for (let id = 1; id <= MAX_SUBSCRIPTIONS; id += 1) {
      assert.ok('result' in (await exchange(rpc(id, 'chat.watch', {}))));
    }
    assert.equal(code(await exchange(rpc(99, 'chat.watch', {}))), 'api/too-many-subscriptions');
  });

  test('a consumer that does not read is dropped with a notice, and the rest goes on', async () => {
    const { exchange, handlers, pair } = await serveOpen();
    await exchange(rpc(2, 'chat.watch', {}));
    pair.holdClient();
    for (let n = 1; n <= MAX_QUEUED_EVENTS + 1; n += 1) handlers.emit(message(n));
    for (let turns = 0; turns < 1_000 && handlers.watcherCount() > 0; turns += 1) await turn();
    pair.releaseClient();
    assert.equal(handlers.watcherCount(), 0);
    let notice = await exchange(undefined);
    // The one event that was on its way when the client stopped reading.
    if (JSON.stringify(notice).includes('"event"')) notice = await exchange(undefined);
    assert.deepEqual(notice['params'], { subscription: 's1', end: { code: 'api/slow-consumer' } });
    assert.ok('result' in (await exchange(rpc(3, 'node.status', {}))));
  });

  test('a subscription that the node ends says so', async () => {
    const { exchange, handlers } = await serveOpen();
    await exchange(rpc(2, 'chat.watch', {}));
    handlers.emit(message(1));
    handlers.endWatchers();
    assert.match(JSON.stringify(await exchange(undefined)), /"event"/);
    const end = await exchange(undefined);
    assert.deepEqual(end['params'], {
      subscription: 's1',
      end: { code: 'api/subscription-ended' },
    });
  });

  test('an event that breaks its schema is not sent', async () => {
    const { exchange, handlers, events } = await serveOpen();
    await exchange(rpc(2, 'chat.watch', {}));
    handlers.emit({ ...message(1), sequence: 0 });
    const end = await exchange(undefined);
    assert.deepEqual(end['params'], { subscription: 's1', end: { code: 'api/internal' } });
    assert.deepEqual(events(), ['api/bad-event']);
  });
});

type Answer = Record<string, unknown>;
type Sendable = object | string | Uint8Array | undefined;

interface Served {
  readonly handlers: FakeHandlers;
  readonly pair: ReturnType<typeof createChannelPair>;
  readonly entries: [string, string, LogFields | undefined][];
  readonly ended: Promise<void>;
  /** Codes of what was logged. */
  readonly events: () => string[];
  readonly post: (frame: Sendable) => void;
  /** Sends (unless `undefined`) and returns the next frame from the node. */
  readonly exchange: (frame: Sendable) => Promise<Answer>;
  readonly close: () => void;
  readonly fireTimers: () => void;
}

function serve(handlers: FakeHandlers = createFakeHandlers()): Served {
  const pair = createChannelPair();
  const entries: [string, string, LogFields | undefined][] = [];
  const timers = new Set<() => void>();
  const ended = serveChannel(
    pair.server,
    {
      log: { write: (level, event, fields) => void entries.push([level, event, fields]) },
      scheduler: {
        schedule: (_delayMs, task) => {
          timers.add(task);
          return () => void timers.delete(task);
        },
        sleep: () => Promise.resolve(),
      },
    },
    { handlers, isToken: (token) => token === TOKEN },
  );
  const incoming = pair.client.source[Symbol.asyncIterator]();
  const post = (frame: Sendable): void => {
    if (frame === undefined) return;
    const text = typeof frame === 'string' ? frame : JSON.stringify(frame);
    void pair.client.send(frame instanceof Uint8Array ? frame : encoder.encode(text));
  };
  return {
    handlers,
    pair,
    entries,
    ended,
    events: () => entries.map(([, event]) => event),
    post,
    exchange: async (frame) => {
      post(frame);
      const next = await incoming.next();
      assert.ok(next.done !== true, 'the connection closed without an answer');
      return JSON.parse(new TextDecoder().decode(next.value)) as Answer;
    },
    close: () => void pair.client.close(),
    fireTimers: () => {
      for (const task of timers) task();
    },
  };
}

async function serveOpen(handlers?: FakeHandlers): Promise<Served> {
  const served = serve(handlers);
  await served.exchange(open(TOKEN));
  return served;
}

function rpc(id: string | number, method: string, params: object): object {
  return { jsonrpc: '2.0', id, method, params };
}

function open(token: string): object {
  return rpc(1, 'api.open', { apiVersion: 1, token });
}

function code(answer: Answer): unknown {
  return (answer['error'] as { readonly data: { readonly code: string } } | undefined)?.data.code;
}

function sessionId(): string {
  return `05${'ab'.repeat(32)}`;
}

function message(sequence: number): ChatMessage {
  return {
    messageId: `m${sequence}`,
    sequence,
    with: sessionId(),
    direction: 'in',
    text: 'salaam',
    sentAtMs: 1,
    state: 'delivered',
  };
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

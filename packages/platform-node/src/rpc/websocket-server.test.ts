import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { MAX_REQUEST_BYTES, openApiClient } from '@pars/api';
import { createFakeHandlers, type FakeHandlers } from '@pars/api/fakes';
import { unwrap } from '@pars/base';
import { type ClientOptions, WebSocket } from 'ws';
import { MAX_CONNECTIONS } from './rpc-server.ts';
import { createTokenCheck } from './rpc-token.ts';
import { createWebSocketChannel } from './websocket-channel.ts';
import { serveOnWebSocket, type WebSocketRpcServer } from './websocket-server.ts';

const TOKEN = 'T'.repeat(43);
let handlers: FakeHandlers = createFakeHandlers();
let logged: string[] = [];
let server: WebSocketRpcServer | undefined;
let port = 0;

beforeEach(async () => {
  handlers = createFakeHandlers();
  logged = [];
  server = unwrap(
    await serveOnWebSocket({
      handlers,
      isToken: createTokenCheck(TOKEN),
      log: {
        write: (_level, event, fields) => void logged.push(`${event} ${fields?.['reason'] ?? ''}`),
      },
      scheduler: {
        schedule: (delayMs, task) => {
          const timer = setTimeout(task, delayMs);
          return () => clearTimeout(timer);
        },
        sleep: () => Promise.resolve(),
      },
    }),
  );
  port = server.port;
});
afterEach(() => server?.[Symbol.asyncDispose]());

describe('who may connect', () => {
  for (const [name, options] of [
    ['a program without an origin', {}],
    ['a page served from here', { origin: () => `http://127.0.0.1:${port}` }],
    [
      'a page served from here under the other name',
      { host: () => `localhost:${port}`, origin: () => `http://localhost:${port}` },
    ],
  ] as [string, Variation][]) {
    test(`${name} with the token`, async () => {
      const socket = await opened(dial(options));
      const client = unwrap(await openApiClient(createWebSocketChannel(socket), { token: TOKEN }));
      assert.equal(unwrap(await client.call('node.status', {})).suite, 1);
      await client[Symbol.asyncDispose]();
    });

    test(`${name} without the token is refused`, async () => {
      const socket = await opened(dial(options));
      const refused = await openApiClient(createWebSocketChannel(socket), { token: '' });
      assert.deepEqual(refused, { ok: false, error: { code: 'api/unauthorized' } });
      assert.deepEqual(handlers.calls, []);
    });
  }

  for (const [name, options, status, reason] of [
    ['a foreign origin', { origin: () => 'https://evil.example' }, 403, 'foreign-origin'],
    ['a null origin', { origin: () => 'null' }, 403, 'foreign-origin'],
    ['an origin on another port', { origin: () => 'http://127.0.0.1:1' }, 403, 'foreign-origin'],
    ['the https twin', { origin: () => `https://127.0.0.1:${port}` }, 403, 'foreign-origin'],
    [
      'the origin of the other name',
      { origin: () => `http://localhost:${port}` },
      403,
      'foreign-origin',
    ],
    ['a rebound name', { host: () => `evil.example:${port}` }, 403, 'foreign-host'],
    [
      'a rebound name with its own origin',
      { host: () => `evil.example:${port}`, origin: () => `http://evil.example:${port}` },
      403,
      'foreign-host',
    ],
    ['a host without the port', { host: () => '127.0.0.1' }, 403, 'foreign-host'],
    ['a longer host', { host: () => `127.0.0.1:${port}0` }, 403, 'foreign-host'],
    ['another path', { path: () => '/' }, 404, 'unknown-path'],
    ['a token in the query', { path: () => `/api?token=${TOKEN}` }, 404, 'unknown-path'],
    ['no sub-protocol', { protocols: () => [] }, 400, 'no-subprotocol'],
    ['another version', { protocols: () => ['pars.2'] }, 400, 'no-subprotocol'],
  ] as [string, Variation, number, string][]) {
    test(`${name} is answered ${status}`, async () => {
      const socket = dial(options);
      const answered = once(socket, 'unexpected-response');
      const [, response] = (await Promise.race([answered, once(socket, 'open')])) as [
        unknown,
        { readonly statusCode: number; destroy: () => void } | undefined,
      ];
      assert.ok(response !== undefined, 'the upgrade was granted');
      assert.equal(response.statusCode, status);
      response.destroy();
      assert.deepEqual(logged, [`rpc/refused ${reason}`]);
      assert.doesNotMatch(logged.join(), /TTT|evil/);
    });
  }
});

describe('plain HTTP', () => {
  test('is answered 404 with strict headers and no CORS header', async () => {
    for (const path of ['/', '/api', '/api/../etc/passwd']) {
      const response = await fetch(`http://127.0.0.1:${port}${path}`, {
        headers: { origin: 'https://evil.example' },
      });
      assert.equal(response.status, 404);
      assert.equal(await response.text(), '');
      assert.equal(response.headers.get('access-control-allow-origin'), null);
      assert.equal(response.headers.get('x-content-type-options'), 'nosniff');
      assert.match(response.headers.get('content-security-policy') ?? '', /default-src 'none'/);
    }
  });

  test('garbage instead of HTTP does not disturb the node', async () => {
    const socket = connect(port, '127.0.0.1');
    socket.end('\x00\x01 not http\r\n\r\n');
    socket.resume();
    await once(socket, 'close');
    const answer = await fetch(`http://127.0.0.1:${port}/`);
    assert.equal(answer.status, 404);
  });
});

describe('limits', () => {
  test('a message above 1 MiB closes the connection', async () => {
    const socket = await opened(dial({}));
    socket.send('x'.repeat(MAX_REQUEST_BYTES + 1));
    const [status] = await once(socket, 'close');
    assert.equal(status, 1009);
  });

  test('a binary message closes the connection', async () => {
    const socket = await opened(dial({}));
    socket.send(new Uint8Array([1, 2, 3]));
    const [status] = await once(socket, 'close');
    assert.equal(status, 1003);
  });

  test('more than 64 connections are dropped', async () => {
    const sockets = await Promise.all(
      Array.from({ length: MAX_CONNECTIONS }, () => opened(dial({}))),
    );
    const late = dial({});
    await once(late, 'error');
    assert.ok(logged.includes('rpc/refused too-many-connections'));
    for (const socket of sockets) socket.terminate();
  });
});

test('a port that is taken is rpc/cannot-listen', async () => {
  const taken = await serveOnWebSocket(
    {
      handlers,
      isToken: () => false,
      log: { write: () => undefined },
      scheduler: { schedule: () => () => undefined, sleep: () => Promise.resolve() },
    },
    { port },
  );
  assert.deepEqual(taken, {
    ok: false,
    error: { code: 'rpc/cannot-listen', meta: { reason: 'EADDRINUSE' } },
  });
});

/** How a dial differs from a plain one; the port is known late, hence functions. */
interface Variation {
  readonly host?: () => string;
  readonly origin?: () => string;
  readonly path?: () => string;
  readonly protocols?: () => string[];
}

function dial({ host, origin, path, protocols }: Variation): WebSocket {
  const options: ClientOptions = {
    ...(host === undefined ? {} : { headers: { host: host() } }),
    ...(origin === undefined ? {} : { origin: origin() }),
  };
  const socket = new WebSocket(
    `ws://127.0.0.1:${port}${path?.() ?? '/api'}`,
    protocols?.() ?? ['pars.1'],
    options,
  );
  socket.on('error', () => undefined);
  return socket;
}

async function opened(socket: WebSocket): Promise<WebSocket> {
  await once(socket, 'open');
  assert.equal(socket.protocol, 'pars.1');
  return socket;
}

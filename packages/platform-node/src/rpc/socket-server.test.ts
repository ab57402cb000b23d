import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { MAX_REQUEST_BYTES } from '@pars/api';
import { createFakeHandlers, type FakeHandlers } from '@pars/api/fakes';
import { unwrap } from '@pars/base';
import { connectToNode } from './rpc-client.ts';
import { MAX_CONNECTIONS, type RpcServer, type RpcServerDeps } from './rpc-server.ts';
import { createTokenCheck, loadOrCreateToken } from './rpc-token.ts';
import { serveOnSocket } from './socket-server.ts';

let scratch = '';
let paths = { socket: '', token: '' };
let handlers: FakeHandlers = createFakeHandlers();
let logged: string[] = [];
let server: RpcServer | undefined;

beforeEach(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'pars-rpc-'));
  paths = { socket: join(scratch, 's'), token: join(scratch, 't') };
  handlers = createFakeHandlers();
  logged = [];
  server = unwrap(await serveOnSocket(paths.socket, await deps()));
});
afterEach(async () => {
  await server?.[Symbol.asyncDispose]();
  await rm(scratch, { recursive: true, force: true });
});

describe('unix socket', () => {
  test('serves a client that has the token; the socket is for its owner alone', async () => {
    await using client = unwrap(await connectToNode(paths));
    assert.equal(unwrap(await client.call('node.status', {})).suite, 1);
    assert.equal((await stat(paths.socket)).mode & 0o777, 0o600);
  });

  test('carries results larger than a request may be', async () => {
    const text = 'ب'.repeat(8_192);
    handlers = createFakeHandlers({
      'chat.read': async ({ limit }) => ({
        ok: true,
        value: { messages: Array.from({ length: limit }, (_, n) => message(n + 1, text)) },
      }),
    });
    await server?.[Symbol.asyncDispose]();
    server = unwrap(await serveOnSocket(paths.socket, await deps()));
    await using client = unwrap(await connectToNode(paths));
    const { messages } = unwrap(await client.call('chat.read', { limit: 100 }));
    assert.equal(messages.length, 100);
    assert.ok(messages.every((each) => each.text === text));
  });

  test('a wrong token is refused and the connection closed', async () => {
    await writeFile(paths.token, 'A'.repeat(43));
    const refused = await connectToNode(paths);
    assert.deepEqual(refused, { ok: false, error: { code: 'api/unauthorized' } });
    assert.deepEqual(logged, ['api/unauthorized']);
  });

  test('a request without the token is refused', async () => {
    const answer = await firstLine('{"jsonrpc":"2.0","id":1,"method":"node.stop","params":{}}\n');
    assert.match(answer, /api\/unauthorized/);
    assert.deepEqual(handlers.calls, []);
  });

  test('HTTP is refused', async () => {
    assert.match(await firstLine('GET / HTTP/1.1\r\nHost: x\r\n\r\n'), /api\/unauthorized/);
  });

  test('a line above 1 MiB is refused before it ends', async () => {
    assert.match(await firstLine('x'.repeat(MAX_REQUEST_BYTES + 1)), /api\/frame-too-large/);
  });

  test('frames may arrive in any pieces', async () => {
    const token = unwrap(await loadOrCreateToken(paths.token));
    const open = `{"jsonrpc":"2.0","id":1,"method":"api.open","params":{"apiVersion":1,"token":"${token}"}}\n`;
    const socket = connect(paths.socket);
    await once(socket, 'connect');
    socket.setNoDelay(true);
    for (const character of open) socket.write(character);
    const [first] = await once(socket, 'data');
    assert.match(String(first), /"result":\{"apiVersion":1\}/);
    socket.write(
      '{"jsonrpc":"2.0","id":2,"method":"node.status"}\n{"jsonrpc":"2.0","id":3,"method":"mesh.peers"}\n',
    );
    let text = '';
    while (text.split('\n').length < 3) text += String((await once(socket, 'data'))[0]);
    assert.match(text, /"id":2[\s\S]*"id":3/);
    socket.destroy();
  });

  test('more than 64 connections are dropped, and there is room again later', async () => {
    const sockets: Socket[] = [];
    for (let n = 0; n < MAX_CONNECTIONS; n += 1) {
      const socket = connect(paths.socket);
      await once(socket, 'connect');
      sockets.push(socket);
    }
    assert.equal((await connectToNode(paths)).ok, false);
    assert.ok(logged.includes('rpc/refused'));
    for (const socket of sockets) socket.destroy();
    while (!(await isServed())) await new Promise((resolve) => setImmediate(resolve));
  });

  test('the file of a process that died is replaced', async () => {
    await server?.[Symbol.asyncDispose]();
    await writeFile(paths.socket, '');
    server = unwrap(await serveOnSocket(paths.socket, await deps()));
    assert.ok(await isServed());
  });

  test('a folder that is not there cannot be listened in', async () => {
    const refused = await serveOnSocket(join(scratch, 'no', 's'), await deps());
    assert.equal(refused.ok ? undefined : refused.error.code, 'rpc/cannot-listen');
  });

  test('stopping tells clients that wait', async () => {
    await using client = unwrap(await connectToNode(paths));
    const events = unwrap(await client.watch('chat.watch', {}));
    await server?.[Symbol.asyncDispose]();
    assert.deepEqual(await Array.fromAsync(events), [{ ok: false, error: { code: 'api/closed' } }]);
    assert.equal(handlers.watcherCount(), 0);
  });

  test('a consumer that stops reading its socket is dropped with a notice', async () => {
    const token = unwrap(await loadOrCreateToken(paths.token));
    const socket = connect(paths.socket);
    await once(socket, 'connect');
    socket.write(
      `{"jsonrpc":"2.0","id":1,"method":"api.open","params":{"apiVersion":1,"token":"${token}"}}\n`,
    );
    await once(socket, 'data');
    socket.write('{"jsonrpc":"2.0","id":2,"method":"chat.watch","params":{}}\n');
    await once(socket, 'data');
    socket.pause();
    let sequence = 0;
    while (handlers.watcherCount() > 0) {
      sequence += 1;
      handlers.emit(message(sequence, 'x'.repeat(8_000)));
      await new Promise((resolve) => setImmediate(resolve));
    }
    let text = '';
    socket.on('data', (data) => {
      text += String(data);
    });
    socket.resume();
    while (!text.includes('"end"')) await once(socket, 'data');
    assert.match(text, /"end":\{"code":"api\/slow-consumer"\}/);
    socket.destroy();
  });
});

test('without a node the client says so', async () => {
  const nowhere = { socket: join(scratch, 'x'), token: join(scratch, 'y') };
  const refused = { ok: false, error: { code: 'rpc/unreachable' } };
  assert.deepEqual(await connectToNode(nowhere), refused);
  await writeFile(nowhere.token, 'A'.repeat(43));
  assert.deepEqual(await connectToNode(nowhere), refused);
});

async function deps(): Promise<RpcServerDeps> {
  const token = unwrap(await loadOrCreateToken(paths.token));
  return {
    handlers,
    isToken: createTokenCheck(token),
    log: { write: (_level, event) => void logged.push(event) },
    scheduler: {
      schedule: (delayMs, task) => {
        const timer = setTimeout(task, delayMs);
        return () => clearTimeout(timer);
      },
      sleep: () => Promise.resolve(),
    },
  };
}

async function isServed(): Promise<boolean> {
  const connected = await connectToNode(paths);
  if (connected.ok) await connected.value[Symbol.asyncDispose]();
  return connected.ok;
}

/** Everything the server says to `text` until it closes. */
async function firstLine(text: string): Promise<string> {
  const socket = connect(paths.socket);
  socket.on('error', () => undefined);
  socket.write(text);
  let answer = '';
  socket.on('data', (data) => {
    answer += String(data);
  });
  await once(socket, 'close');
  return answer;
}

function message(sequence: number, text: string): Parameters<FakeHandlers['emit']>[0] {
  return {
    messageId: `m${sequence}`,
    sequence,
    with: `05${'ab'.repeat(32)}`,
    direction: 'in',
    text,
    sentAtMs: 1,
    state: 'delivered',
  };
}

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { describe, test } from 'node:test';
import { createVirtualTime } from '@pars/base/fakes';
import { handshakeTimeoutMs } from '@pars/mesh';
import { WebSocket, WebSocketServer } from 'ws';
import { createWatchedHost, type WatchedHost } from '../links-fixture.ts';

const listen = ['/ip4/127.0.0.1/tcp/0/ws'];

describe('a WebSocket listener', () => {
  test('closes what it refuses, and the other side sees it', async () => {
    await using host = await createWatchedHost({ listen });
    for (const bytes of ['GET / HTTP/1.1\r\n\r\n', '\x02\x01\x01', '\x01\x01\x04']) {
      const socket = await openWebSocket(host);
      const closed = once(socket, 'close');
      socket.send(Buffer.from(bytes, 'latin1'));
      await closed;
    }
    assert.equal(host.counted('mesh/unknown-suite'), 2);
    assert.equal(host.counted('mesh/unexpected-message'), 1);
  });

  test('closes a handshake that stands still, and one that drips', async () => {
    const time = createVirtualTime();
    await using host = await createWatchedHost({ listen }, time.scheduler);
    const [silent, dripping] = [await openWebSocket(host), await openWebSocket(host)];
    const closed = Promise.all([once(silent, 'close'), once(dripping, 'close')]);
    const hello = Uint8Array.of(1, 1, 1, 9, 9, 9, 9, 9, 9, 9);
    for (const byte of hello) {
      dripping.send(Uint8Array.of(byte));
      await time.advance(handshakeTimeoutMs / hello.length);
    }
    await closed;
    assert.equal(host.counted('mesh/handshake-timeout'), 2);
  });

  test('outlives frames that no WebSocket sends', async () => {
    await using host = await createWatchedHost({ listen });
    const frames: Readonly<Record<string, readonly number[]>> = {
      'reserved bits': [0xf2, 0x80, 0, 0, 0, 0],
      'a reserved opcode': [0x83, 0x80, 0, 0, 0, 0],
      'no mask': [0x82, 0x01, 1],
      'a length of 4 GiB': [0x82, 0xff, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0],
      'bad UTF-8': [0x81, 0x81, 0, 0, 0, 0, 0xff],
      'a bad close code': [0x88, 0x82, 0, 0, 0, 0, 0, 1],
      'a long ping': [0x89, 0xfe, 1, 0, 0, 0, 0, 0],
      'a continuation of nothing': [0x80, 0x80, 0, 0, 0, 0],
      'compression that was not agreed on': [0xc2, 0x83, 0, 0, 0, 0, 1, 2, 3],
    };
    for (const [what, frame] of Object.entries(frames)) {
      const socket = connect(portOf(host), '127.0.0.1');
      socket.on('error', () => undefined);
      const closed = new Promise((resolve) => socket.once('close', resolve));
      socket.write(upgradeRequest);
      const [answer] = (await once(socket, 'data')) as [Uint8Array];
      assert.match(Buffer.from(answer).toString('latin1'), /^HTTP\/1.1 101/, what);
      socket.resume();
      socket.write(Uint8Array.from(frame));
      await closed;
    }
    await assertServes(host);
  });

  test('answers pings, and cuts off who reads no answer', async () => {
    await using host = await createWatchedHost({ listen });
    const socket = await openWebSocket(host);
    socket.ping();
    await once(socket, 'pong');
    const closed = host.untilCounted('mesh/handshake-closed');
    socket.pause();
    for (let index = 0; index < 300_000; index += 1) socket.ping(new Uint8Array(125));
    await closed;
    socket.terminate();
  });

  test('serves an honest dialer beside 1,000 half-open handshakes', async () => {
    await using host = await createWatchedHost({ listen, maxHalfOpen: 256 });
    let closedCount = 0;
    const sockets = await Promise.all(
      Array.from({ length: 1_000 }, async () => {
        const socket = new WebSocket(`ws://127.0.0.1:${portOf(host)}`);
        socket.on('error', () => undefined);
        socket.once('close', () => (closedCount += 1));
        await once(socket, 'open').catch(() => undefined);
        return socket;
      }),
    );
    await assertServes(host);
    await until(() => closedCount >= 1_000 - 256);
    for (const socket of sockets) socket.terminate();
  });

  test('serves an honest dialer beside 1,000 sockets that never ask for a WebSocket', async () => {
    await using host = await createWatchedHost({ listen, maxHalfOpen: 64 });
    let closedCount = 0;
    const sockets: Socket[] = [];
    for (let index = 0; index < 1_000; index += 1) {
      const socket = connect(portOf(host), '127.0.0.1');
      socket.on('error', () => undefined);
      socket.once('close', () => (closedCount += 1));
      sockets.push(socket);
      await once(socket, 'connect');
      if (index % 2 === 0) socket.write('GET / HTTP/1.1\r\nHost: a\r\n');
    }
    await until(() => closedCount >= 1_000 - 64);
    await assertServes(host);
    for (const socket of sockets) socket.destroy();
  });

  test('drops a socket that is no WebSocket after ten seconds, whatever it says', async () => {
    const time = createVirtualTime();
    await using host = await createWatchedHost({ listen }, time.scheduler);
    const talkative = connect(portOf(host), '127.0.0.1');
    talkative.on('error', () => undefined);
    const closed = new Promise((resolve) => talkative.once('close', resolve));
    talkative.write('GET / HTTP/1.1\r\nHost: a\r\nConnection: keep-alive\r\n\r\n');
    await once(talkative, 'data');
    await time.advance(handshakeTimeoutMs);
    await closed;
  });
});

describe('a WebSocket dialer', () => {
  test('takes no larger messages than a listener does, and leaves', async () => {
    const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
    await once(server, 'listening');
    const address = server.address();
    assert.ok(address !== null && typeof address === 'object');
    await using dialer = await createWatchedHost({ listen: [] });
    const dialling = dialer.dial(`/ip4/127.0.0.1/tcp/${address.port}/ws`);
    const [socket, request] = (await once(server, 'connection')) as [
      WebSocket,
      { headers: object },
    ];
    assert.ok(!('sec-websocket-extensions' in request.headers), 'compression was offered');
    assert.ok(!('user-agent' in request.headers), 'the program named itself');
    const closed = once(socket, 'close');
    socket.on('error', () => undefined);
    socket.send(new Uint8Array(2_097_152).fill(1));
    const dialled = await dialling;
    assert.equal(dialled.ok ? 'linked' : dialled.error.code, 'mesh/handshake-closed');
    await closed;
    server.close();
  });
});

const upgradeRequest = [
  'GET / HTTP/1.1',
  'Host: localhost',
  'Connection: Upgrade',
  'Upgrade: websocket',
  'Sec-WebSocket-Version: 13',
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
  '\r\n',
].join('\r\n');

async function openWebSocket(host: WatchedHost): Promise<WebSocket> {
  const socket = new WebSocket(`ws://127.0.0.1:${portOf(host)}`);
  socket.on('error', () => undefined);
  await once(socket, 'open');
  return socket;
}

async function assertServes(host: WatchedHost): Promise<void> {
  await using dialer = await createWatchedHost({ listen: [] });
  const [address = ''] = host.addresses();
  const dialled = await dialer.dial(address);
  assert.ok(dialled.ok, dialled.ok ? '' : dialled.error.code);
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}

function portOf(host: WatchedHost): number {
  return Number(/tcp\/(\d+)/.exec(host.addresses()[0] ?? '')?.[1]);
}

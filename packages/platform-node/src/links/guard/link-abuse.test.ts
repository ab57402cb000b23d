import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { describe, test } from 'node:test';
import { createVirtualTime } from '@pars/base/fakes';
import { handshakeTimeoutMs } from '@pars/mesh';
import { WebSocket } from 'ws';
import { createWatchedHost, nativeSuite, type WatchedHost } from '../links-fixture.ts';
import { dialRaw, type RawPeer, yamuxFrame } from '../raw-peer-fixture.ts';
import { linesPerMinute } from './limited-log.ts';

const listen = ['/ip4/127.0.0.1/tcp/0'];

describe('a peer that proved its key', () => {
  const abuses: Readonly<Record<string, (peer: RawPeer) => Promise<void>>> = {
    async 'announces a frame of 4 GiB'(peer) {
      await peer.send(yamuxFrame('window', 1, 1, 0), yamuxFrame('data', 0, 1, 0xffff_ffff));
      while (await peer.send(new Uint8Array(65_000)));
    },
    async 'floods pings and reads no answer'(peer) {
      peer.socket.pause();
      const pings = Array.from({ length: 5_000 }, (_, id) => yamuxFrame('ping', 1, 0, id));
      while (await peer.send(...pings));
    },
    async 'opens and resets streams without end'(peer) {
      for (let id = 1; await peer.send(...churn(id)); id += 400);
    },
    async 'sends a frame in crumbs'(peer) {
      await peer.send(yamuxFrame('window', 1, 1, 0), yamuxFrame('data', 0, 1, 200_000));
      while (await peer.send(Uint8Array.of(1)));
    },
  };
  for (const [what, abuse] of Object.entries(abuses)) {
    test(`and ${what} loses its link, and nobody else theirs`, async () => {
      await using host = await createWatchedHost({ listen });
      const peer = await dialRaw(portOf(host));
      await abuse(peer);
      await host.untilCounted('mesh/muxer-abuse');
      await assertServes(host);
      peer.socket.destroy();
    });
  }

  test('and has all links gives way to other sources, one by one, down to its share', async () => {
    await using host = await createWatchedHost({ listen, maxLinks: 6 });
    const greedy = await dialMany(host, 6, '127.0.0.1');
    await assert.rejects(dialRaw(portOf(host), '127.0.0.1'));
    const others = await dialMany(host, 3, '127.0.0.2');
    await until(() => greedy.filter(({ socket }) => socket.destroyed).length === 3);
    assert.ok(others.every(({ socket }) => !socket.destroyed));
    await assert.rejects(dialRaw(portOf(host), '127.0.0.2'));
    for (const { socket } of [...greedy, ...others]) socket.destroy();
  });

  test('does not take a place before it has proven its key', async () => {
    await using host = await createWatchedHost({ listen, maxLinks: 3 });
    const linked = await dialMany(host, 3, '127.0.0.1');
    const silent = connect({ port: portOf(host), host: '127.0.0.1', localAddress: '127.0.0.2' });
    silent.on('error', () => undefined);
    silent.write('no link\n');
    await untilClosed(silent);
    assert.equal(host.counted('mesh/unknown-suite'), 1);
    assert.ok(linked.every(({ socket }) => !socket.destroyed));
    for (const { socket } of linked) socket.destroy();
  });
});

describe('a stranger', () => {
  test('who leaves as soon as the host has worked meets puzzles too', async () => {
    await using host = await createWatchedHost({ listen });
    const hello = await newHello();
    const types: (number | undefined)[] = [];
    for (let index = 0; index < 40; index += 1) {
      const socket = await openSocket(host);
      socket.write(hello);
      const [answer] = (await once(socket, 'data')) as [Uint8Array];
      types.push(answer[2]);
      socket.destroy();
      await host.untilRefused(index + 1);
    }
    assert.deepEqual(types, [...Array(32).fill(4), ...Array(8).fill(2)]);
    await assertServes(host);
  });

  test('who drips a handshake has ten seconds in all, not ten after each byte', async () => {
    const time = createVirtualTime();
    await using host = await createWatchedHost({ listen }, time.scheduler);
    const socket = await openSocket(host);
    const closed = untilClosed(socket);
    const hello = await newHello();
    for (let index = 0; index < 10; index += 1) {
      socket.write(hello.subarray(index * 100, index * 100 + 100));
      await until(() => time.pendingCount > 0);
      await time.advance(handshakeTimeoutMs / 10);
    }
    await closed;
    assert.equal(host.counted('mesh/handshake-timeout'), 1);
  });

  test('who waits after the reply has what is left of the ten seconds', async () => {
    const time = createVirtualTime();
    await using host = await createWatchedHost({ listen }, time.scheduler);
    const socket = await openSocket(host);
    socket.write(await newHello());
    await once(socket, 'data');
    const closed = untilClosed(socket);
    await time.advance(handshakeTimeoutMs);
    await closed;
    assert.equal(host.counted('mesh/handshake-timeout'), 1);
  });

  test('who replays a whole recorded handshake is refused, by both roles', async () => {
    await using host = await createWatchedHost({ listen });
    const { sent, received } = await recordHandshake(host);
    const replaying = await openSocket(host);
    replaying.write(sent);
    await untilClosed(replaying);
    assert.equal(host.counted('mesh/decrypt-failed'), 1);

    const impostor = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.once('data', () => socket.write(received));
    });
    impostor.listen(0, '127.0.0.1');
    await once(impostor, 'listening');
    const address = impostor.address();
    assert.ok(address !== null && typeof address === 'object');
    await using dialer = await createWatchedHost({ listen: [] });
    const dialled = await dialer.dial(`/ip4/127.0.0.1/tcp/${address.port}`);
    assert.equal(dialled.ok ? 'linked' : dialled.error.code, 'mesh/decrypt-failed');
    impostor.close();
    await assertServes(host);
  });

  test('who sends crumbs over a WebSocket is cut off', async () => {
    await using host = await createWatchedHost({ listen: ['/ip4/127.0.0.1/tcp/0/ws'] });
    const socket = new WebSocket(`ws://127.0.0.1:${portOf(host)}`);
    socket.on('error', () => undefined);
    await once(socket, 'open');
    const closed = once(socket, 'close');
    // Not even a whole hello.
    for (const byte of (await newHello()).subarray(0, 1_602)) socket.send(Uint8Array.of(byte));
    await closed;
    await assertServes(host);
  });

  test('who is refused a thousand times does not fill the log', async () => {
    await using host = await createWatchedHost({ listen });
    for (let round = 0; round < 20; round += 1) {
      const sockets = await Promise.all(Array.from({ length: 50 }, () => openSocket(host)));
      for (const socket of sockets) socket.write('GET / HTTP/1.1\r\n\r\n');
      await Promise.all(sockets.map(untilClosed));
    }
    assert.equal(host.counted('mesh/unknown-suite'), 1_000);
    assert.equal(host.log.entriesOf('mesh/link-refused').length, linesPerMinute);
  });
});

/** 200 streams, each opened and reset. */
function churn(firstId: number): Uint8Array[] {
  return Array.from({ length: 200 }, (_, index) => firstId + 2 * index).flatMap((id) => [
    yamuxFrame('window', 1, id, 0),
    yamuxFrame('window', 8, id, 0),
  ]);
}

async function newHello(): Promise<Uint8Array> {
  const { kem } = nativeSuite;
  const { publicKey } = await kem.privateKeyFromSeed(kem.generateSeed());
  return Uint8Array.of(1, 1, 1, ...publicKey.bytes);
}

/** Everything that crossed the wire, each way, until a link was up. */
async function recordHandshake(
  host: WatchedHost,
): Promise<{ readonly sent: Uint8Array; readonly received: Uint8Array }> {
  const recorded = { sent: [] as Uint8Array[], received: [] as Uint8Array[] };
  const relay = createServer((dialer) => {
    const listener = connect(portOf(host), '127.0.0.1');
    const pairs = [
      [dialer, listener, recorded.sent],
      [listener, dialer, recorded.received],
    ] as const;
    for (const [from, to, chunks] of pairs) {
      from.on('error', () => undefined);
      from.on('close', () => to.destroy());
      from.on('data', (chunk: Uint8Array) => {
        chunks.push(Uint8Array.from(chunk));
        to.write(chunk);
      });
    }
  });
  relay.listen(0, '127.0.0.1');
  await once(relay, 'listening');
  const address = relay.address();
  assert.ok(address !== null && typeof address === 'object');
  const dialer = await createWatchedHost({ listen: [] });
  const dialled = await dialer.dial(`/ip4/127.0.0.1/tcp/${address.port}`);
  assert.ok(dialled.ok);
  await until(() => host.peers().length === 1);
  await dialer.stop();
  await until(() => host.peers().length === 0);
  relay.close();
  return { sent: Buffer.concat(recorded.sent), received: Buffer.concat(recorded.received) };
}

async function dialMany(host: WatchedHost, count: number, from: string): Promise<RawPeer[]> {
  const peers: RawPeer[] = [];
  for (let index = 0; index < count; index += 1) {
    const before = host.counted('mesh/link-refused');
    peers.push(await dialRaw(portOf(host), from));
    assert.equal(host.counted('mesh/link-refused'), before);
    await until(() => host.peers().length >= Math.min(count, index + 1));
  }
  return peers;
}

async function assertServes(host: WatchedHost): Promise<void> {
  await using dialer = await createWatchedHost({ listen: [] });
  const [address = ''] = host.addresses();
  const dialled = await dialer.dial(address);
  assert.ok(dialled.ok, dialled.ok ? '' : dialled.error.code);
}

async function openSocket(host: WatchedHost): Promise<Socket> {
  const socket = connect(portOf(host), '127.0.0.1');
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  return socket;
}

async function untilClosed(socket: Socket): Promise<void> {
  socket.resume();
  if (!socket.closed) await new Promise((resolve) => socket.on('close', resolve));
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}

function portOf(host: WatchedHost): number {
  return Number(/tcp\/(\d+)/.exec(host.addresses()[0] ?? '')?.[1]);
}

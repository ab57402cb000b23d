import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { networkInterfaces } from 'node:os';
import { after, describe, test } from 'node:test';
import { noise } from '@chainsafe/libp2p-noise';
import type { Libp2p } from '@libp2p/interface';
import { memory } from '@libp2p/memory';
import { tcp } from '@libp2p/tcp';
import { webSockets } from '@libp2p/websockets';
import { yamux } from '@libp2p/yamux';
import { multiaddr } from '@multiformats/multiaddr';
import { createVirtualTime } from '@pars/base/fakes';
import {
  handshakeTimeoutMs,
  keyFingerprint,
  linkAddressFromText,
  linkAddressToText,
} from '@pars/mesh';
import { createLibp2p, type Libp2pOptions } from 'libp2p';
import { createWatchedHost, nativeSuite, type WatchedHost } from '../links-fixture.ts';
import { createTamperingProxy, type Flip } from '../tampering-proxy.ts';

const loopback = '/ip4/127.0.0.1/tcp/0';
const hasIpv6 = networkInterfaces()['lo']?.some(({ address }) => address === '::1') ?? false;
const noIpv6 = hasIpv6 ? {} : { skip: 'this machine has no IPv6 loopback' };
const listener = await createWatchedHost({ listen: [loopback] });
listener.handle('/pars/echo/1', async (stream) => {
  for await (const chunk of stream.source) await stream.write(chunk);
  await stream.closeWrite();
});
after(() => listener.stop());

describe('a host refuses', () => {
  const classicalBy = {
    tcp: { listen: loopback, transport: tcp() },
    websockets: { listen: `${loopback}/ws`, transport: webSockets() },
    memory: { listen: '/memory/classical', transport: memory() },
  };
  for (const [name, { listen, transport }] of Object.entries(classicalBy)) {
    test(`a dialer that only speaks classical noise, over ${name}`, async () => {
      await using host = await createWatchedHost({ listen: [listen] });
      const classical = await createClassical(transport);
      const [address = ''] = host.addresses();
      await assert.rejects(classical.dial(multiaddr(address.split('#')[0])));
      await classical.stop();
      await host.untilCounted('mesh/unknown-suite');
      assert.deepEqual(host.peers(), []);
    });

    test(`to speak classical noise itself, over ${name}`, async () => {
      const classical = await createClassical(transport, listen);
      await using dialer = await createWatchedHost({ listen: [] });
      const [address = ''] = classical.getMultiaddrs().map(String);
      const dialled = await dialer.dial(address);
      assert.match(codeOf(dialled), /^mesh\/(unknown-suite|handshake-closed)$/);
      assert.equal(dialer.counted('mesh/link-refused'), 1);
      assert.deepEqual(dialer.peers(), []);
      await classical.stop();
    });
  }

  test('first bytes that are no link', async () => {
    for (const bytes of [
      'GET / HTTP/1.1\r\n\r\n',
      '\x13/multistream/1.0.0\n',
      '\x16\x03\x01\x02\x00\x01',
      '\x00\x00\x00\x00',
    ]) {
      const before = listener.counted('mesh/unknown-suite');
      const socket = await openSocket(listener);
      socket.write(Buffer.from(bytes, 'latin1'));
      await untilClosed(socket);
      assert.equal(listener.counted('mesh/unknown-suite'), before + 1);
    }
    const [entry] = listener.log.entriesOf('mesh/link-refused').slice(-1);
    assert.deepEqual(entry?.fields, { code: 'mesh/unknown-suite', direction: 'inbound' });
    await assertServes();
  });

  test('another node than expected, before it shows itself', async () => {
    await using dialer = await createWatchedHost({ listen: [] });
    await using other = await createWatchedHost({ listen: [] });
    const address = linkAddressFromText(addressOf(listener));
    assert.ok(address.ok);
    const unknownKey = new Uint8Array(2_624) as Parameters<typeof keyFingerprint>[1];
    for (const expected of [
      { ...address.value, nodeId: other.nodeId, fingerprint: undefined },
      { ...address.value, fingerprint: keyFingerprint(nativeSuite.symmetric, unknownKey) },
    ]) {
      assert.equal(codeOf(await dialer.dial(linkAddressToText(expected))), 'mesh/wrong-peer');
    }
    assert.equal(dialer.counted('mesh/wrong-peer'), 2);
    assert.equal(dialer.peers().length, 0);
    await assertServes();
  });

  test('another node than expected, however the address was written', noIpv6, async () => {
    await using host = await createWatchedHost({ listen: ['/ip6/::1/tcp/0'] });
    const unknownKey = new Uint8Array(2_624) as Parameters<typeof keyFingerprint>[1];
    const fingerprint = keyFingerprint(nativeSuite.symmetric, unknownKey);
    for (const written of ['::1', '0:0:0:0:0:0:0:1', '0000::0001']) {
      await using dialer = await createWatchedHost({ listen: [] });
      const route = `/ip6/${written}/tcp/${portOf(host)}`;
      assert.equal(codeOf(await dialer.dial(`${route}#${fingerprint}`)), 'mesh/wrong-peer');
      // Counted by the handshake, so before the dialer showed itself.
      assert.equal(dialer.counted('mesh/wrong-peer'), 1, written);
      const [address] = host.addresses();
      const right = linkAddressFromText(address ?? '');
      assert.ok(right.ok);
      assert.equal(codeOf(await dialer.dial(`${route}#${right.value.fingerprint}`)), 'linked');
    }
  });

  test('itself', async () => {
    const address = linkAddressFromText(addressOf(listener));
    assert.ok(address.ok);
    assert.equal(codeOf(await listener.dial(address.value.route)), 'mesh/self-dial');
  });

  const flips: readonly Flip[] = [
    ...[0, 1, 2, 3, 34, 900, 1_602].map(
      (offset) => ({ direction: 'to-listener', offset }) as const,
    ),
    ...[1_603, 1_606, 5_000, 9_045].map(
      (offset) => ({ direction: 'to-listener', offset }) as const,
    ),
    ...[0, 2, 3, 40, 1_602, 1_603, 4_000, 9_042].map(
      (offset) => ({ direction: 'to-dialer', offset }) as const,
    ),
  ].map((place, index) => ({ ...place, mask: 1 << (index % 8) }));
  for (const flip of flips) {
    test(`a handshake with a flipped bit ${flip.direction} at ${flip.offset}`, async () => {
      await using dialer = await createWatchedHost({ listen: [] });
      await using proxy = await createTamperingProxy(portOf(listener), flip);
      const refusedBefore = refusals(listener);
      const dialled = await dialer.dial(`/ip4/127.0.0.1/tcp/${proxy.port}`);
      // The last message may be on its way when the dialer is done; its link is then closed.
      if (dialled.ok) await listener.untilRefused(refusedBefore + 1);
      else assert.match(codeOf(dialled), /^mesh\//);
      assert.ok(refusals(listener) + refusals(dialer) > refusedBefore, 'a refusal was counted');
    });
  }

  test('a frame with a flipped bit, and closes the link', async () => {
    const flip = { direction: 'to-listener', offset: 1_603 + 7_443 + 700, mask: 4 } as const;
    await using dialer = await createWatchedHost({ listen: [] });
    await using proxy = await createTamperingProxy(portOf(listener), flip);
    const before = listener.counted('mesh/frame-refused');
    const dialled = await dialer.dial(`/ip4/127.0.0.1/tcp/${proxy.port}`);
    assert.ok(dialled.ok);
    await assert.rejects(async () => {
      const stream = await dialer.openStream(listener.nodeId, '/pars/echo/1');
      if (!stream.ok) throw new Error(stream.error.code);
      await stream.value.write(new Uint8Array(10_000));
      for await (const _ of stream.value.source);
    });
    await listener.untilCounted('mesh/frame-refused', before + 1);
    assert.ok(listener.peers().every(({ nodeId }) => nodeId !== dialer.nodeId));
    await assertServes();
  });
});

describe('a host under attack', () => {
  test('drops slow dialers after ten seconds', async () => {
    const time = createVirtualTime();
    await using slow = await createWatchedHost({ listen: [loopback] }, time.scheduler);
    const socket = await openSocket(slow);
    socket.write(Uint8Array.of(1));
    const closed = untilClosed(socket);
    await untilPending(time, 1);
    await time.advance(handshakeTimeoutMs - 1);
    assert.equal(slow.counted('mesh/handshake-timeout'), 0);
    await time.advance(1);
    await closed;
    assert.equal(slow.counted('mesh/handshake-timeout'), 1);
  });

  test('serves an honest dialer beside 1,000 half-open connections', async () => {
    await using target = await createWatchedHost({ listen: [loopback], maxHalfOpen: 256 });
    const sockets = await Promise.all(Array.from({ length: 1_000 }, () => openSocket(target)));
    await target.untilCounted('mesh/half-open-evicted', 700);
    await using dialer = await createWatchedHost({ listen: [] });
    const dialled = await dialer.dial(addressOf(target));
    assert.ok(dialled.ok, codeOf(dialled));
    for (const socket of sockets) socket.destroy();
  });

  test('asks for work when many handshakes hang, and an honest dialer does it', async () => {
    await using target = await createWatchedHost({ listen: [loopback] });
    const hello = await recordHello(target);
    const sockets = await Promise.all(Array.from({ length: 40 }, () => openSocket(target)));
    const answers = await Promise.all(
      sockets.map(async (socket) => {
        socket.write(hello);
        const [first] = await once(socket, 'data');
        return (first as Uint8Array)[2];
      }),
    );
    assert.equal(answers.filter((type) => type === 4).length, 32);
    assert.equal(answers.filter((type) => type === 2).length, 8);
    await using dialer = await createWatchedHost({ listen: [] });
    const dialled = await dialer.dial(addressOf(target));
    assert.ok(dialled.ok, codeOf(dialled));
    for (const socket of sockets) socket.destroy();
  });

  test('keeps to its bound on links', async () => {
    await using target = await createWatchedHost({ listen: [loopback], maxLinks: 2 });
    const dialers: WatchedHost[] = [];
    for (let index = 0; index < 3; index += 1) {
      const dialer = await createWatchedHost({ listen: [] });
      dialers.push(dialer);
      const dialled = await dialer.dial(addressOf(target));
      // The third is reset before or after its hello: both are a closed door.
      const expected = index < 2 ? /^linked$/ : /^mesh\/(handshake-closed|unreachable)$/;
      assert.match(codeOf(dialled), expected);
    }
    assert.equal(target.counted('mesh/too-many-links'), 1);
    for (const dialer of dialers) await dialer.stop();
  });
});

/** The hello of a real dialer, taken from the wire. */
async function recordHello(target: WatchedHost): Promise<Uint8Array> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  assert.ok(address !== null && typeof address === 'object');
  await using dialer = await createWatchedHost({ listen: [] });
  const dialling = dialer.dial(`/ip4/127.0.0.1/tcp/${address.port}/p2p/${target.nodeId}`);
  const [socket] = (await once(server, 'connection')) as [Socket];
  const chunks: Uint8Array[] = [];
  for await (const chunk of socket) {
    chunks.push(chunk as Uint8Array);
    if (chunks.reduce((total, { length }) => total + length, 0) >= 1_603) break;
  }
  socket.destroy();
  server.close();
  assert.equal(codeOf(await dialling), 'mesh/handshake-closed');
  return Buffer.concat(chunks);
}

/** After whatever happened, an honest dialer is served. */
async function assertServes(): Promise<void> {
  await using dialer = await createWatchedHost({ listen: [] });
  const dialled = await dialer.dial(addressOf(listener));
  assert.ok(dialled.ok, codeOf(dialled));
  const stream = await dialer.openStream(listener.nodeId, '/pars/echo/1');
  assert.ok(stream.ok);
  await stream.value.write(Uint8Array.of(7));
  await stream.value.closeWrite();
  const received: number[] = [];
  for await (const chunk of stream.value.source) received.push(...chunk);
  assert.deepEqual(received, [7]);
}

async function untilPending(time: { readonly pendingCount: number }, count: number): Promise<void> {
  while (time.pendingCount < count) await new Promise((resolve) => setImmediate(resolve));
}

async function openSocket(host: WatchedHost): Promise<Socket> {
  const socket = connect(portOf(host), '127.0.0.1');
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  return socket;
}

async function untilClosed(socket: Socket): Promise<void> {
  socket.resume();
  // Not `once`: a reset is an error to it, and is what we want to see.
  if (!socket.closed) await new Promise((resolve) => socket.on('close', resolve));
}

function refusals(host: WatchedHost): number {
  return host.counted('mesh/link-refused');
}

function addressOf(host: WatchedHost): string {
  const [address] = host.addresses();
  assert.ok(address !== undefined);
  return address;
}

function createClassical(
  transport: NonNullable<Libp2pOptions['transports']>[number],
  ...listen: readonly string[]
): Promise<Libp2p> {
  return createLibp2p({
    addresses: { listen: [...listen] },
    transports: [transport],
    connectionEncrypters: [noise()],
    streamMuxers: [yamux()],
    connectionMonitor: { enabled: false },
  });
}

function portOf(host: WatchedHost): number {
  return Number(/tcp\/(\d+)/.exec(addressOf(host))?.[1]);
}

function codeOf(result: Awaited<ReturnType<WatchedHost['dial']>>): string {
  return result.ok ? 'linked' : result.error.code;
}

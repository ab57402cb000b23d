import { once } from 'node:events';
import { connect, createServer, type Server } from 'node:net';
import { noise } from '@chainsafe/libp2p-noise';
import { generateKeyPairFromSeed } from '@libp2p/crypto/keys';
import type { Libp2p, Transport } from '@libp2p/interface';
import { tcp } from '@libp2p/tcp';
import { yamux } from '@libp2p/yamux';
import { multiaddr } from '@multiformats/multiaddr';
import { expose } from '@pars/base';
import type { Benchmark, BenchRow } from '@pars/base/bench';
import { createCookieJar, createHalfOpenTable, createNodeKeyPins } from '@pars/mesh';
import { createLibp2p } from 'libp2p';
import { systemRandom } from '../crypto/system-random.ts';
import { createLinkGuard } from './guard/link-guard.ts';
import { silentLogger } from './host/silent-logger.ts';
import { nativeSuite, realClock, realScheduler } from './links-fixture.ts';
import { protectTransport } from './transports/bounded-transports.ts';
import { createLinkUpgrader } from './upgrade/link-upgrader.ts';

/** Dial and throughput of a link beside classical noise, over loopback TCP in the same run. */
export const benchmarks: readonly Benchmark[] = [
  { name: 'links/dial', run: measureDial },
  { name: 'links/bulk', run: measureBulk },
  { name: 'links/handshake-bytes', run: measureHandshakeBytes },
];

type Kind = 'pars' | 'noise';

const dialRounds = 120;
const bulkRounds = 80;
const bulkBytes = 8 * 1_048_576;

async function measureDial(): Promise<readonly BenchRow[]> {
  const pairs = { pars: await createPair('pars'), noise: await createPair('noise') };
  const timesByKind = { pars: [] as number[], noise: [] as number[] };
  for (let round = -10; round < dialRounds; round += 1) {
    for (const kind of round % 2 === 0
      ? (['pars', 'noise'] as const)
      : (['noise', 'pars'] as const)) {
      const { listener, dialer } = pairs[kind];
      const [address] = listener.getMultiaddrs();
      if (address === undefined) throw new Error('the listener has no address');
      const startMs = performance.now();
      const connection = await dialer.dial(address);
      if (round >= 0) timesByKind[kind].push(performance.now() - startMs);
      await connection.close();
      await realScheduler.sleep(3);
    }
  }
  await stop(pairs.pars, pairs.noise);
  const value = median(timesByKind.pars);
  const peer = { name: '@chainsafe/libp2p-noise', value: median(timesByKind.noise) };
  return [
    {
      name: 'links/dial-median/tcp',
      value,
      unit: 'ms',
      peer,
      ratio: value / peer.value,
      target: { of: 'ratio', atMost: 1.6 },
    },
  ];
}

async function measureBulk(): Promise<readonly BenchRow[]> {
  const senders = { pars: await createSender('pars'), noise: await createSender('noise') };
  const ratesByKind = { pars: [] as number[], noise: [] as number[] };
  for (let round = -1; round < bulkRounds; round += 1) {
    for (const kind of round % 2 === 0
      ? (['pars', 'noise'] as const)
      : (['noise', 'pars'] as const)) {
      const startMs = performance.now();
      await senders[kind].send(bulkBytes);
      if (round >= 0) ratesByKind[kind].push(bulkBytes / 1_000 / (performance.now() - startMs));
    }
  }
  await stop(senders.pars, senders.noise);
  const value = median(ratesByKind.pars);
  const peer = { name: '@chainsafe/libp2p-noise', value: median(ratesByKind.noise) };
  return [
    {
      name: 'links/bulk/tcp',
      value,
      unit: 'MB/s',
      peer,
      ratio: peer.value / value,
      target: { of: 'ratio', atMost: 1 },
    },
  ];
}

async function measureHandshakeBytes(): Promise<readonly BenchRow[]> {
  const rows: BenchRow[] = [];
  for (const kind of ['pars', 'noise'] as const) {
    const pair = await createPair(kind);
    const port = portOf(pair.listener);
    const counter = await createCountingProxy(port);
    await pair.dialer.dial(multiaddr(`/ip4/127.0.0.1/tcp/${counter.port}`));
    await realScheduler.sleep(50);
    rows.push(
      { name: `links/connect-bytes-sent/${kind}`, value: counter.sentBytes(), unit: 'B' },
      { name: `links/connect-bytes-received/${kind}`, value: counter.receivedBytes(), unit: 'B' },
    );
    counter.server.close();
    await stop(pair);
  }
  return rows;
}

interface Pair {
  readonly listener: Libp2p;
  readonly dialer: Libp2p;
}

async function createPair(kind: Kind): Promise<Pair> {
  return {
    listener: await createNode(kind, ['/ip4/127.0.0.1/tcp/0']),
    dialer: await createNode(kind, []),
  };
}

/** Both kinds differ in nothing but what secures the connection. */
async function createNode(kind: Kind, listen: string[]): Promise<Libp2p> {
  const seed = nativeSuite.signature.generateSeed();
  const identity = await nativeSuite.signature.signerFromSeed(seed);
  const muxer = yamux({ streamOptions: { maxStreamWindowSize: 1_048_576 } })();
  const guard = createLinkGuard({
    log: { write: () => undefined },
    metrics: { count: () => undefined, gauge: () => undefined, snapshot: () => new Map() },
    pins: createNodeKeyPins(),
  });
  const linkUpgrader = createLinkUpgrader({
    link: { suite: nativeSuite, identity },
    clock: realClock,
    scheduler: realScheduler,
    cookies: createCookieJar({
      symmetric: nativeSuite.symmetric,
      random: systemRandom,
      clock: realClock,
    }),
    halfOpen: createHalfOpenTable({ clock: realClock }),
    guard,
    yamux: muxer,
    expectationOf: () => ({}),
    room: { hasRoom: () => true, makeRoom: () => true },
  });
  const plainTcp = tcp({ dialOpts: { noDelay: true }, listenOpts: { noDelay: true } });
  return createLibp2p({
    privateKey: await generateKeyPairFromSeed('Ed25519', expose(seed).slice(0, 32)),
    logger: silentLogger,
    addresses: { listen },
    transports: [
      kind === 'pars'
        ? (components): Transport => protectTransport(plainTcp(components), linkUpgrader)
        : plainTcp,
    ],
    streamMuxers: [() => muxer],
    connectionMonitor: { enabled: false },
    connectionManager: { inboundConnectionThreshold: 4_096, maxIncomingPendingConnections: 1_024 },
    ...(kind === 'noise' ? { connectionEncrypters: [noise()] } : {}),
  });
}

interface Sender extends Pair {
  /** Resolves when the other end has received that many bytes. */
  send(bytes: number): Promise<void>;
}

async function createSender(kind: Kind): Promise<Sender> {
  const pair = await createPair(kind);
  let receivedBytes = 0;
  let wantedBytes = 0;
  let onReceived: () => void = () => undefined;
  await pair.listener.handle('/bulk/1', (stream) => {
    stream.addEventListener('message', (event) => {
      receivedBytes += event.data.byteLength;
      if (receivedBytes >= wantedBytes) onReceived();
    });
  });
  const [address] = pair.listener.getMultiaddrs();
  if (address === undefined) throw new Error('the listener has no address');
  const stream = await pair.dialer.dialProtocol(address, '/bulk/1');
  const chunk = new Uint8Array(65_536);
  return {
    ...pair,
    async send(bytes) {
      wantedBytes += bytes;
      const received = new Promise<void>((resolve) => {
        onReceived = resolve;
      });
      for (let sent = 0; sent < bytes; sent += chunk.length) {
        if (stream.send(chunk)) continue;
        await new Promise((resolve) => stream.addEventListener('drain', resolve, { once: true }));
      }
      await received;
    },
  };
}

interface CountingProxy {
  readonly server: Server;
  readonly port: number;
  sentBytes(): number;
  receivedBytes(): number;
}

async function createCountingProxy(targetPort: number): Promise<CountingProxy> {
  let sent = 0;
  let received = 0;
  const server = createServer((socket) => {
    const target = connect(targetPort, '127.0.0.1');
    socket.on('data', (data) => {
      sent += data.length;
    });
    target.on('data', (data) => {
      received += data.length;
    });
    socket.pipe(target).pipe(socket);
    socket.on('error', () => target.destroy());
    target.on('error', () => socket.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return { server, port, sentBytes: () => sent, receivedBytes: () => received };
}

function portOf(node: Libp2p): number {
  return Number(/tcp\/(\d+)/.exec(String(node.getMultiaddrs()[0]))?.[1]);
}

async function stop(...pairs: readonly Pair[]): Promise<void> {
  for (const { listener, dialer } of pairs) {
    await dialer.stop();
    await listener.stop();
  }
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { redact, unwrap } from '@pars/base';
import type { Benchmark, BenchRow } from '@pars/base/bench';
import { createMemoryStore } from '@pars/base/fakes';
import {
  createParcel,
  createSyncAnswerer,
  createSyncAsker,
  expirySlotFrom,
  openParcelStore,
  type ParcelStore,
  parcelBodyLengths,
  runSync,
  shelfFromStore,
} from '@pars/mesh';
import { systemRandom } from '../crypto/system-random.ts';
import { createWatchedHost, nativeSuite, realClock, realScheduler } from './links-fixture.ts';
import { createCountingProxy } from './tampering-proxy.ts';

/** What two nodes, a quiet link and fifty nodes in one process cost. */
export const benchmarks: readonly Benchmark[] = [
  { name: 'links/parcels', run: measureParcels },
  { name: 'links/quiet-link', run: measureQuietLink },
  { name: 'links/fifty-nodes', run: measureFiftyNodes },
];

const protocol = '/pars/bench-sync/1';
const bulkProtocol = '/pars/bench-bulk/1';
const listen = ['/ip4/127.0.0.1/tcp/0'];

/** Puzzles of a millisecond: their price is for whoever makes a parcel, not for the sync. */
const network = { shardBits: 8, puzzleBits: 8, leastLevel: 0 };
const parcelCount = 40;
const largestBucket = parcelBodyLengths.length - 1;
const parcelBytes = 262_144;
const rounds = 5;
const dayMs = 86_400_000;

/** 40 parcels of 256 KiB: sync, checks, sealed rows in memory, yamux, frames, TCP on loopback; both ends in one thread. */
async function measureParcels(): Promise<readonly BenchRow[]> {
  await using a = await createWatchedHost({ listen });
  await using b = await createWatchedHost({ listen: [] });
  const full = await openStore();
  for (let number = 0; number < parcelCount; number += 1) {
    unwrap(await full.put(await makeParcel(number), 'own'));
  }
  const { symmetric } = nativeSuite;
  const deps = { symmetric, random: systemRandom };
  a.handle(protocol, async (stream) => {
    const shelf = shelfFromStore(full, 'b');
    const answerer = createSyncAnswerer(deps, { snapshot: () => shelf.snapshot() });
    unwrap(await runSync(answerer, stream, { shelf, scheduler: realScheduler }));
  });
  a.handle(bulkProtocol, async (stream) => {
    const piece = new Uint8Array(parcelBytes);
    for (let sent = 0; sent < parcelCount; sent += 1) await stream.write(piece);
    await stream.closeWrite();
  });
  unwrap(await b.dial(a.addresses()[0] ?? ''));

  const rates: number[] = [];
  const bareRates: number[] = [];
  const cpuMs: number[] = [];
  for (let round = -1; round < rounds; round += 1) {
    const empty = await openStore();
    const shelf = shelfFromStore(empty, 'a');
    const asker = createSyncAsker(deps, { snapshot: () => shelf.snapshot() });
    const cpuBefore = process.cpuUsage();
    const startMs = performance.now();
    const stream = unwrap(await b.openStream(a.nodeId, protocol));
    unwrap(await runSync(asker, stream, { shelf, scheduler: realScheduler }));
    const wallMs = performance.now() - startMs;
    const cpu = process.cpuUsage(cpuBefore);
    const arrived = empty.entries().length;
    if (arrived !== parcelCount) throw new Error(`${arrived} parcels arrived`);
    const bareStartMs = performance.now();
    for await (const _ of unwrap(await b.openStream(a.nodeId, bulkProtocol)).source);
    const bareMs = performance.now() - bareStartMs;
    if (round < 0) continue;
    bareRates.push((parcelCount * parcelBytes) / 1_000 / bareMs);
    rates.push((parcelCount * parcelBytes) / 1_000 / wallMs);
    cpuMs.push((cpu.user + cpu.system) / 1_000);
  }
  const megabytes = (parcelCount * parcelBytes) / 1_000_000;
  return [
    {
      name: 'links/parcels-256KiB/tcp',
      value: median(rates),
      unit: 'MB/s',
      peer: { name: 'the same bytes on a stream of the same link', value: median(bareRates) },
      ratio: median(bareRates) / median(rates),
      target: { of: 'value', atLeast: 40 },
    },
    {
      name: 'links/parcels-256KiB/cpu-a-megabyte',
      value: median(cpuMs) / megabytes,
      unit: 'ms',
    },
  ];
}

/** What a link without a word in it writes to its socket, both ways, in two minutes. */
async function measureQuietLink(): Promise<readonly BenchRow[]> {
  const seconds = 120;
  await using a = await createWatchedHost({ listen });
  await using b = await createWatchedHost({ listen: [] });
  const port = Number(/tcp\/(\d+)/.exec(a.addresses()[0] ?? '')?.[1]);
  await using proxy = await createCountingProxy(port);
  unwrap(await b.dial(`/ip4/127.0.0.1/tcp/${proxy.port}`));
  await realScheduler.sleep(2_000);
  const before = proxy.passed();
  await realScheduler.sleep(seconds * 1_000);
  const after = proxy.passed();
  const bytes = after.bytes - before.bytes;
  // Each write is at most one segment here, with one acknowledgement: 40 bytes of headers and 12 of options each.
  const segments = after.chunks - before.chunks;
  return [
    {
      name: 'links/quiet-link/tcp-payload',
      value: bytes / seconds,
      unit: 'B/s',
      target: { of: 'value', atMost: 100 },
    },
    {
      name: 'links/quiet-link/with-tcp-ip-headers',
      value: (bytes + segments * 2 * 52) / seconds,
      unit: 'B/s',
      target: { of: 'value', atMost: 100 },
    },
  ];
}

async function measureFiftyNodes(): Promise<readonly BenchRow[]> {
  const script = new URL('./fifty-nodes-fixture.ts', import.meta.url).pathname;
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--expose-gc', '--conditions=pars-source', script],
    { encoding: 'utf8' },
  );
  const read = (name: string): number => Number(new RegExp(`${name}=([\\d.]+)`).exec(stdout)?.[1]);
  return [
    {
      name: 'links/fifty-nodes/memory',
      value: read('rss'),
      unit: 'MB',
      target: { of: 'value', atMost: 300 },
    },
    { name: 'links/fifty-nodes/memory-of-an-empty-process', value: read('empty'), unit: 'MB' },
    {
      name: 'links/fifty-nodes/idle-cpu',
      value: read('cpu'),
      unit: '%',
      target: { of: 'value', atMost: 25 },
    },
  ];
}

async function openStore(): Promise<ParcelStore> {
  const opened = await openParcelStore(
    { suite: nativeSuite, clock: realClock, store: createMemoryStore() },
    {
      network,
      key: redact(systemRandom.bytes(32)),
      prefix: Uint8Array.of(1),
      // A neighbour may fill a share of it only.
      capacityBytes: 2_147_483_648,
      maxParcels: 100_000,
    },
  );
  return unwrap(opened);
}

async function makeParcel(number: number): Promise<Uint8Array> {
  const work = {
    symmetric: nativeSuite.symmetric,
    pause: async () => undefined,
    extraLevel: 1,
  };
  const tag = new Uint8Array(32).fill(number);
  const expirySlot = expirySlotFrom(realClock.nowMs(), 3 * dayMs, 'normal');
  const body = new Uint8Array(parcelBodyLengths[largestBucket] ?? 0).fill(number + 1);
  const label = { tag, shard: 0, expirySlot, priority: 'normal' as const };
  return unwrap(await createParcel(work, network, label, body)).bytes;
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

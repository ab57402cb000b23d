import { execFile, fork } from 'node:child_process';
import { once } from 'node:events';
import { promisify } from 'node:util';
import { unwrap } from '@pars/base';
import type { Benchmark, BenchRow } from '@pars/base/bench';
import { createSyncAsker, type NodeId, runSync, shelfFromStore } from '@pars/mesh';
import { systemRandom } from '../crypto/system-random.ts';
import {
  createWatchedHost,
  nativeSuite,
  realScheduler,
  type WatchedHost,
} from './links-fixture.ts';
import {
  bulkProtocol,
  giveParcels,
  openBenchStore,
  parcelBytes,
  parcelCount,
  syncProtocol,
} from './parcel-giver-fixture.ts';
import { createCountingProxy } from './tampering-proxy.ts';

/** What two nodes, a quiet link and fifty nodes in one process cost. */
export const benchmarks: readonly Benchmark[] = [
  { name: 'links/parcels', run: measureParcels },
  { name: 'links/quiet-link', run: measureQuietLink },
  { name: 'links/fifty-nodes', run: measureFiftyNodes },
];

const listen = ['/ip4/127.0.0.1/tcp/0'];
const rounds = 9;
const megabytes = (parcelCount * parcelBytes) / 1_000_000;

/** 40 parcels of 256 KiB: sync, checks, sealed rows in memory, yamux, frames, TCP on loopback; once with both ends in one thread, once with two processes. */
async function measureParcels(): Promise<readonly BenchRow[]> {
  await using taker = await createWatchedHost({ listen: [] });
  await using giver = await createWatchedHost({ listen });
  await giveParcels(giver);
  const near = unwrap(await taker.dial(giver.addresses()[0] ?? ''));
  const child = fork(new URL('./parcel-giver-process-fixture.ts', import.meta.url));
  try {
    const [{ address }] = (await once(child, 'message')) as [{ readonly address: string }];
    const far = unwrap(await taker.dial(address));
    const cpuOfChild = async (): Promise<number> => {
      child.send('cpu');
      const [{ cpuMs }] = (await once(child, 'message')) as [{ readonly cpuMs: number }];
      return cpuMs;
    };
    const oneThread: Passage[] = [];
    const twoProcesses: Passage[] = [];
    for (let round = -4; round < rounds; round += 1) {
      const passages = [
        await measurePassage(taker, near.nodeId, async () => 0),
        await measurePassage(taker, far.nodeId, cpuOfChild),
      ] as const;
      if (round < 0) continue;
      oneThread.push(passages[0]);
      twoProcesses.push(passages[1]);
    }
    const ofTaker = median(twoProcesses.map((one) => one.takerCpu));
    return [
      ...rowsOf('tcp', oneThread),
      ...rowsOf('tcp-two-processes', twoProcesses),
      { name: 'links/parcels-256KiB/cpu-a-megabyte-of-the-taker', value: ofTaker, unit: 'ms' },
    ];
  } finally {
    child.disconnect();
  }
}

/** How the parcels, and as many bare bytes, went over a link once: MB/s, and CPU in ms for a MB. */
interface Passage {
  readonly rate: number;
  readonly bareRate: number;
  readonly takerCpu: number;
  readonly giverCpu: number;
}

async function measurePassage(
  taker: WatchedHost,
  giver: NodeId,
  cpuOfGiver: () => Promise<number>,
): Promise<Passage> {
  const deps = { symmetric: nativeSuite.symmetric, random: systemRandom };
  const empty = await openBenchStore();
  const shelf = shelfFromStore(empty, 'a');
  const asker = createSyncAsker(deps, { snapshot: () => shelf.snapshot() });
  const giverBefore = await cpuOfGiver();
  const cpuBefore = process.cpuUsage();
  const startMs = performance.now();
  const stream = unwrap(await taker.openStream(giver, syncProtocol));
  unwrap(await runSync(asker, stream, { shelf, scheduler: realScheduler }));
  const wallMs = performance.now() - startMs;
  const { user, system } = process.cpuUsage(cpuBefore);
  const giverMs = (await cpuOfGiver()) - giverBefore;
  const arrived = empty.entries().length;
  if (arrived !== parcelCount) throw new Error(`${arrived} parcels arrived`);
  const bareStartMs = performance.now();
  for await (const _ of unwrap(await taker.openStream(giver, bulkProtocol)).source);
  return {
    rate: (megabytes * 1_000) / wallMs,
    bareRate: (megabytes * 1_000) / (performance.now() - bareStartMs),
    takerCpu: (user + system) / 1_000 / megabytes,
    giverCpu: giverMs / megabytes,
  };
}

function rowsOf(where: string, passages: readonly Passage[]): readonly BenchRow[] {
  const middle = (read: (passage: Passage) => number) => median(passages.map(read));
  const [rate, bareRate] = [middle((one) => one.rate), middle((one) => one.bareRate)];
  const name = `links/parcels-256KiB/${where}`;
  return [
    {
      name,
      value: rate,
      unit: 'MB/s',
      peer: { name: 'the same bytes on a stream of the same link', value: bareRate },
      ratio: bareRate / rate,
      target: { of: 'value', atLeast: 40 },
    },
    // Under load the rate says little, and this as much as ever.
    {
      name: `${name}/cpu-a-megabyte`,
      value: middle((one) => one.takerCpu + one.giverCpu),
      unit: 'ms',
      target: { of: 'value', atMost: 25 },
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

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

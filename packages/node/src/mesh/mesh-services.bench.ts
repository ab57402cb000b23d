import { execFile } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { type Failure, type Result, unwrap } from '@pars/base';
import type { Benchmark, BenchRow } from '@pars/base/bench';
import { createMemoryBlobStore, createMemoryStore } from '@pars/base/fakes';
import { keyFingerprint, type LinkPeer } from '@pars/mesh';
import { createCarrier } from '../carrier/carrier.ts';
import { FIRST_MAILBOX_NETWORK } from '../mailbox/first-mailboxes.ts';
import { type KeeperContact, keeperIdFromText } from '../mailbox/keeper-directory.ts';
import { startKeeperService } from '../mailbox/keeper-service.ts';
import { startMailboxClient } from '../mailbox/mailbox-client.ts';
import { createTaskSet } from '../task-set.ts';
import {
  type BenchNode,
  benchCarry,
  createBenchNode,
  createCountingRelay,
  startBenchEngine,
} from './bench-nodes-fixture.ts';

/** What a node costs that does everything for the mesh while nothing happens. */
export const benchmarks: readonly Benchmark[] = [
  { name: 'node/fifty-engines', run: measureFiftyEngines },
  { name: 'node/quiet-engines', run: measureQuietEngines },
  { name: 'node/visits', run: measureVisits },
];

const quietMs = 180_000;
const settleMs = 20_000;
/** Visits are a matter of minutes; over loopback an answer is there at once. */
const visitSpeed = 20;
const visitsMs = 90_000;

async function measureFiftyEngines(): Promise<readonly BenchRow[]> {
  const script = new URL('./fifty-engines-fixture.ts', import.meta.url).pathname;
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--expose-gc', '--conditions=pars-source', script],
    { encoding: 'utf8' },
  );
  const read = (name: string): number => Number(new RegExp(`${name}=([\\d.]+)`).exec(stdout)?.[1]);
  return [
    {
      name: 'node/fifty-engines/memory',
      value: read('rss'),
      unit: 'MB',
      target: { of: 'value', atMost: 300 },
    },
    { name: 'node/fifty-engines/memory-of-an-empty-process', value: read('empty'), unit: 'MB' },
    { name: 'node/fifty-engines/links-a-node', value: read('links'), unit: 'links' },
    {
      name: 'node/fifty-engines/idle-cpu',
      value: read('cpu'),
      unit: '%',
      target: { of: 'value', atMost: 25 },
    },
  ];
}

/** Two whole engines that know nobody else: discovery, gossip, sync, relays, and visits that find no keeper. */
async function measureQuietEngines(): Promise<readonly BenchRow[]> {
  const [one, two] = [await createBenchNode(), await createBenchNode()];
  await using _hosts = stopBoth(one, two);
  await using _one = startBenchEngine(one);
  await using _two = startBenchEngine(two);
  const rate = await quietRate(one, two, settleMs, quietMs);
  return [
    {
      name: 'node/quiet-link/all-services-no-keepers',
      value: rate,
      unit: 'B/s',
      target: { of: 'value', atMost: 100 },
    },
  ];
}

/** What visits to an empty keeper add, at the rate of PIP-1006, in both rates. */
async function measureVisits(): Promise<readonly BenchRow[]> {
  const rows: BenchRow[] = [];
  for (const rate of ['normal', 'metered'] as const) {
    const [client, keeper] = [await createBenchNode(visitSpeed), await createBenchNode(visitSpeed)];
    await using _hosts = stopBoth(client, keeper);
    const stopping = new AbortController();
    const contact = contactOf(keeper);
    const shared = {
      network: FIRST_MAILBOX_NETWORK,
      directory: { closest: async () => [contact] },
    };
    const depsOf = (node: BenchNode) => {
      const stores = { store: createMemoryStore(), blobs: createMemoryBlobStore() };
      const carrying = { network: FIRST_MAILBOX_NETWORK, ...benchCarry };
      const carrier = createCarrier({ ...node, ...stores }, carrying);
      const tasks = createTaskSet(node.log);
      return { ...node, ...shared, mesh: node.host, carrier, tasks, ownId: contactOf(node).id };
    };
    startKeeperService(depsOf(keeper), {}, stopping.signal);
    startMailboxClient(depsOf(client), { rate: () => rate }, stopping.signal);
    const bytes = await quietRate(client, keeper, 1_000, visitsMs);
    stopping.abort();
    rows.push({
      name: `node/quiet-link/visits-to-a-keeper-${rate}`,
      value: bytes / visitSpeed,
      unit: 'B/s',
    });
  }
  return rows;
}

/** Bytes a second that cross the link of two nodes, both ways. */
async function quietRate(
  dialler: BenchNode,
  dialled: BenchNode,
  settlesMs: number,
  ms: number,
): Promise<number> {
  await using relay = await createCountingRelay(dialled.host);
  const [address = ''] = dialled.host.addresses();
  const linked: Result<LinkPeer, Failure> = await dialler.host.dial(
    address.replace(/tcp\/\d+/, `tcp/${relay.port}`),
  );
  unwrap(linked);
  await sleep(settlesMs);
  const before = relay.bytes();
  await sleep(ms);
  const rate = ((relay.bytes() - before) * 1_000) / ms;
  if (dialler.host.peers().length !== 1) throw new Error('the link did not last');
  return rate;
}

function contactOf({ host, signer, suite }: BenchNode): KeeperContact {
  const id = keeperIdFromText(keyFingerprint(suite.symmetric, signer.publicKey.bytes));
  if (id === undefined) throw new Error('a fingerprint is an id');
  return { id, addresses: host.addresses() };
}

function stopBoth(one: BenchNode, two: BenchNode): AsyncDisposable {
  return {
    async [Symbol.asyncDispose]() {
      await one.host.stop();
      await two.host.stop();
    },
  };
}

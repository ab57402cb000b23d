import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { unwrap } from '@pars/base';
import {
  createMemoryBlobStore,
  createMemoryStore,
  createRecordingLog,
  createSimulationRandom,
  createVirtualTime,
} from '@pars/base/fakes';
import { createJavaScriptProvider, createSuite } from '@pars/crypto';
import {
  createParcel,
  expirySlotFrom,
  type LinkPeer,
  type MeshHost,
  type NodeId,
  type ParcelId,
  type ParcelNetwork,
} from '@pars/mesh';
import { createMemoryMeshNetwork } from '@pars/mesh/fakes';
import { createTaskSet } from '../task-set.ts';
import { type Carrier, createCarrier } from './carrier.ts';
import { isLocalAddress, islandPolicy, type SyncPolicy } from './sync-policy.ts';
import { SYNC_PROTOCOL, startSyncService } from './sync-service.ts';

const random = createSimulationRandom('sync service');
/** Puzzles that take no time. */
const TEST_NETWORK: ParcelNetwork = { shardBits: 0, puzzleBits: 8, leastLevel: 0 };
const suite = createSuite({ provider: createJavaScriptProvider({ random }), random });

interface Carrying {
  readonly mesh: MeshHost;
  readonly carrier: Carrier;
  readonly syncs: () => number;
  /** Parcels that its person waits for a carrier of. */
  readonly own: ParcelId[];
  /** Those of them that neighbours have, once for each of them. */
  readonly given: readonly string[];
}

function createIsland() {
  const time = createVirtualTime({ settle: () => nextTurn() });
  const network = createMemoryMeshNetwork();
  const signal = new AbortController().signal;

  async function createNode(name: string, policy: SyncPolicy = () => true): Promise<Carrying> {
    const log = createRecordingLog();
    const ports = { ...time, suite, random, log };
    const nodeSeed = suite.signature.generateSeed();
    const mesh = await network.createHost({ ...ports, nodeSeed }, { name });
    const stores = { store: createMemoryStore(), blobs: createMemoryBlobStore() };
    const bounds = { capacityBytes: 16 * 1_024 * 1_024, maxParcels: 10_000 };
    const carrier = createCarrier({ ...ports, ...stores }, { network: TEST_NETWORK, ...bounds });
    let syncs = 0;
    const metrics = { count: () => undefined, gauge: () => undefined, snapshot: () => new Map() };
    const given: string[] = [];
    const onSynced = (now: ReadonlySet<string>) => {
      syncs += 1;
      given.push(...now);
    };
    const tasks = createTaskSet(log);
    const own: ParcelId[] = [];
    const awaited = () => own;
    const sync = { mesh, carrier, metrics, policy, tasks, awaited, onSynced };
    startSyncService({ ...ports, ...sync }, signal);
    return { mesh, carrier, syncs: () => syncs, own, given };
  }

  async function addParcel({ carrier, own }: Carrying): Promise<Uint8Array> {
    const expirySlot = expirySlotFrom(time.clock.nowMs(), 14 * 86_400_000, 'normal');
    const label = { tag: random.bytes(32), shard: 0, expirySlot, priority: 'normal' } as const;
    const work = { symmetric: suite.symmetric, pause: async () => undefined };
    const parcel = unwrap(await createParcel(work, TEST_NETWORK, label, random.bytes(512)));
    unwrap(await (await carrier.open()).put(parcel.bytes, 'self'));
    own.push(parcel.id);
    return parcel.bytes;
  }

  const countOf = async ({ carrier }: Carrying) => (await carrier.open()).count;
  const link = async (from: Carrying, to: Carrying) => {
    const [address = ''] = to.mesh.addresses();
    unwrap(await from.mesh.dial(address));
  };
  return { time, createNode, addParcel, countOf, link };
}

describe('linked nodes', () => {
  test('end with the same parcels, and exchange what comes later', async () => {
    const { addParcel, countOf, createNode, link, time } = createIsland();
    const [one, two] = [await createNode('one'), await createNode('two')];
    await addParcel(one);
    await addParcel(one);
    await addParcel(two);
    await link(one, two);
    await time.advance(5_000);
    assert.deepEqual([await countOf(one), await countOf(two)], [3, 3]);
    // Each is told of its own.
    assert.deepEqual([one.given.length, two.given.length], [2, 1]);
    await addParcel(two);
    await time.advance(20_000);
    assert.equal(await countOf(one), 4);
  });

  test('count a parcel as handed over that came to the other side on another way', async () => {
    const { addParcel, createNode, link, time } = createIsland();
    const [one, two] = [await createNode('one'), await createNode('two')];
    await link(one, two);
    await time.advance(20_000);
    assert.deepEqual(one.given, []);
    const bytes = await addParcel(one);
    unwrap(await (await two.carrier.open()).put(bytes, one.mesh.nodeId));
    await time.advance(20_000);
    assert.equal(one.given.length, 1);
    await addParcel(two);
    await time.advance(20_000);
    assert.equal(one.given.length, 1);
  });

  test('pass on what they got from others', async () => {
    const { addParcel, countOf, createNode, link, time } = createIsland();
    const nodes = [await createNode('one'), await createNode('two'), await createNode('three')];
    const [one, two, three] = nodes;
    assert.ok(one && two && three);
    await link(two, one);
    await link(two, three);
    await addParcel(one);
    await time.advance(60_000);
    assert.equal(await countOf(three), 1);
  });

  test('are quiet when nothing is new', async () => {
    const { createNode, link, time } = createIsland();
    const [one, two] = [await createNode('one'), await createNode('two')];
    await link(one, two);
    await time.advance(60_000);
    const after = one.syncs();
    assert.ok(after >= 1 && after <= 2, `${after}`);
    await time.advance(600_000);
    assert.equal(one.syncs(), after);
  });

  test('exchange nothing against the policy of either', async () => {
    for (const [first, second] of [
      [true, false],
      [false, true],
    ]) {
      const { addParcel, countOf, createNode, link, time } = createIsland();
      const one = await createNode('one', () => first === true);
      const two = await createNode('two', () => second === true);
      await addParcel(one);
      await addParcel(two);
      await link(one, two);
      await time.advance(120_000);
      assert.deepEqual([await countOf(one), await countOf(two)], [1, 1]);
    }
  });

  test('leave alone for an hour whoever breaks the rules', async () => {
    const { addParcel, countOf, createNode, link, time } = createIsland();
    const one = await createNode('one');
    await addParcel(one);
    const hostile = await createNode('hostile', () => false);
    await link(hostile, one);
    const stream = unwrap(await hostile.mesh.openStream(one.mesh.nodeId, SYNC_PROTOCOL));
    await stream.write(Uint8Array.of(0, 1, 99));
    await time.advance(1_000);
    const again = await hostile.mesh.openStream(one.mesh.nodeId, SYNC_PROTOCOL);
    if (again.ok) {
      const chunks: Uint8Array[] = [];
      await assert.rejects(async () => {
        await again.value.write(Uint8Array.of(0, 34, 1, ...new Uint8Array(33)));
        for await (const chunk of again.value.source) chunks.push(chunk);
        if (chunks.length === 0) throw new Error('closed without a word');
      });
    }
    assert.equal(await countOf(hostile), 0);
  });
});

describe('addresses of the local network', () => {
  test('are the private, link-local and loopback ones', () => {
    const local = [
      '127.0.0.1',
      '10.1.2.3',
      '192.168.0.9',
      '172.16.0.1',
      '172.31.9.9',
      '169.254.1.1',
    ];
    for (const host of local) assert.ok(isLocalAddress(`/ip4/${host}/tcp/1`), host);
    for (const host of ['::1', 'fe80::1', 'fd00::1', '::ffff:10.0.0.1']) {
      assert.ok(isLocalAddress(`/ip6/${host}/tcp/1`), host);
    }
    for (const host of ['8.8.8.8', '172.32.0.1', '11.0.0.1', '192.169.0.1']) {
      assert.ok(!isLocalAddress(`/ip4/${host}/tcp/1`), host);
    }
    for (const address of [
      '/ip6/2001:db8::1/tcp/1',
      '/dns4/10.example/tcp/1',
      '',
      'ip4/10.0.0.1',
    ]) {
      assert.ok(!isLocalAddress(address), address);
    }
  });

  test('say nothing of who comes through a relay there', () => {
    const peer = { nodeId: 'n' as NodeId, nodeKey: new Uint8Array(), sinceMs: 0 };
    const isSynced = (address: string) =>
      islandPolicy({ ...peer, address, direction: 'inbound' } as LinkPeer);
    assert.equal(isSynced('/ip4/192.168.0.9/tcp/4001/p2p/12D3KooW'), true);
    assert.equal(isSynced('/ip4/192.168.0.9/tcp/4001/p2p/12D3KooW/p2p-circuit'), false);
    assert.equal(isSynced('/ip4/192.168.0.9/tcp/4001/p2p/12D3KooW/p2p-circuit/p2p/12D3'), false);
  });
});

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
  encodeMessageFrame,
  expirySlotFrom,
  type MeshHost,
  type ParcelNetwork,
  type ParcelPriority,
} from '@pars/mesh';
import { createMemoryMeshNetwork } from '@pars/mesh/fakes';
import { type Carrier, createCarrier } from '../carrier/carrier.ts';
import { createTaskSet } from '../task-set.ts';
import { GOSSIP_PROTOCOL, type GossipService, startGossipService } from './gossip-service.ts';

const random = createSimulationRandom('gossip service');
const suite = createSuite({ provider: createJavaScriptProvider({ random }), random });
/** Puzzles that take no time, emergencies included. */
const NETWORK: ParcelNetwork = { shardBits: 0, puzzleBits: 8, leastLevel: 0 };

interface Spreading {
  readonly mesh: MeshHost;
  readonly carrier: Carrier;
  readonly gossip: GossipService | undefined;
  isIsland: boolean;
}

function createCountry() {
  const time = createVirtualTime({ settle: () => nextTurn() });
  const network = createMemoryMeshNetwork();
  const { signal } = new AbortController();

  async function createNode(name: string, takesPart = true): Promise<Spreading> {
    const log = createRecordingLog();
    const ports = { ...time, suite, random, log };
    const nodeSeed = suite.signature.generateSeed();
    const mesh = await network.createHost({ ...ports, nodeSeed }, { name });
    const stores = { store: createMemoryStore(), blobs: createMemoryBlobStore() };
    const bounds = { capacityBytes: 16 * 1_024 * 1_024, maxParcels: 10_000 };
    const carrier = createCarrier({ ...ports, ...stores }, { network: NETWORK, ...bounds });
    const metrics = { count: () => undefined, gauge: () => undefined, snapshot: () => new Map() };
    const isIsland = () => node.isIsland;
    const deps = { ...ports, mesh, carrier, metrics, tasks: createTaskSet(log), isIsland };
    const node: { -readonly [key in keyof Spreading]: Spreading[key] } = {
      mesh,
      carrier,
      gossip: undefined,
      isIsland: false,
    };
    if (takesPart) node.gossip = startGossipService(deps, signal);
    return node;
  }

  async function createLine(
    names: readonly string[],
    isIsland = false,
  ): Promise<readonly Spreading[]> {
    const nodes: Spreading[] = [];
    for (const name of names) {
      const node = await createNode(name);
      node.isIsland = isIsland;
      const before = nodes.at(-1);
      if (before !== undefined) await link(before, node);
      nodes.push(node);
    }
    await time.advance(1_000);
    return nodes;
  }

  async function makeParcel(priority: ParcelPriority, bodyBytes = 512): Promise<Uint8Array> {
    const expirySlot = expirySlotFrom(time.clock.nowMs(), 86_400_000, priority);
    const label = { tag: random.bytes(32), shard: 0, expirySlot, priority } as const;
    const work = { symmetric: suite.symmetric, pause: async () => undefined };
    return unwrap(await createParcel(work, NETWORK, label, new Uint8Array(bodyBytes).fill(7)))
      .bytes;
  }

  async function addParcel(
    { carrier }: Spreading,
    priority: ParcelPriority,
    source?: string,
    bodyBytes?: number,
  ): Promise<void> {
    const bytes = await makeParcel(priority, bodyBytes);
    unwrap(await (await carrier.open()).put(bytes, source));
  }

  const link = async (from: Spreading, to: Spreading) => {
    const [address = ''] = to.mesh.addresses();
    unwrap(await from.mesh.dial(address));
  };
  return { time, createNode, createLine, makeParcel, addParcel, link };
}

const countsOf = (nodes: readonly Spreading[]) =>
  Promise.all(nodes.map(async ({ carrier }) => (await carrier.open()).count));

describe('spreading over links', () => {
  test('an emergency reaches everybody, whoever brought it', async () => {
    const { addParcel, createLine, time } = createCountry();
    const nodes = await createLine(['a', 'b', 'c', 'd', 'e']);
    await addParcel(nodes[0] as Spreading, 'emergency');
    await addParcel(nodes[4] as Spreading, 'emergency', 'a bundle');
    await time.advance(1_000);
    assert.deepEqual(await countsOf(nodes), [2, 2, 2, 2, 2]);
  });

  test('a parcel of the largest size travels in parts', async () => {
    const { addParcel, createLine, time } = createCountry();
    const nodes = await createLine(['a', 'b', 'c']);
    await addParcel(nodes[0] as Spreading, 'emergency', undefined, 261_632);
    await time.advance(2_000);
    assert.deepEqual(await countsOf(nodes), [1, 1, 1]);
  });

  test('other parcels spread on an island only, from where they were made', async () => {
    const { addParcel, createLine, time } = createCountry();
    const mainland = await createLine(['a', 'b', 'c']);
    await addParcel(mainland[0] as Spreading, 'normal');
    const island = await createLine(['d', 'e', 'f'], true);
    await addParcel(island[0] as Spreading, 'normal');
    await time.advance(2_000);
    assert.deepEqual(await countsOf(mainland), [1, 0, 0]);
    assert.deepEqual(await countsOf(island), [1, 1, 1]);
    await addParcel(island[0] as Spreading, 'normal', 'a bundle');
    await time.advance(2_000);
    assert.deepEqual(await countsOf(island), [2, 1, 1]);
  });

  test('a late neighbour is told of what came before it', async () => {
    const { addParcel, createLine, createNode, link, time } = createCountry();
    const nodes = await createLine(['a', 'b']);
    await addParcel(nodes[0] as Spreading, 'emergency');
    await time.advance(500);
    const late = await createNode('late');
    await link(late, nodes[1] as Spreading);
    await time.advance(1_000);
    assert.deepEqual(await countsOf([late]), [1]);
  });

  test('a stream that breaks is opened again while the link is there', async () => {
    const { addParcel, createLine, time } = createCountry();
    const nodes = await createLine(['a', 'b']);
    const [one, two] = nodes as readonly [Spreading, Spreading];
    const [opener, other] = one.mesh.nodeId < two.mesh.nodeId ? [one, two] : [two, one];
    // A second stream ends the first one at the side that is asked.
    const second = unwrap(await opener.mesh.openStream(other.mesh.nodeId, GOSSIP_PROTOCOL));
    await time.advance(100);
    second.abort();
    await time.advance(10_000);
    await addParcel(other, 'emergency');
    await time.advance(1_000);
    assert.deepEqual(await countsOf(nodes), [1, 1]);
  });

  test('a neighbour that sends rubbish again and again loses its link and stays away', async () => {
    const { createNode, link, time } = createCountry();
    const honest = await createNode('honest');
    let hostile = await createNode('hostile-0', false);
    // Who opens is decided by the ids.
    for (let at = 1; hostile.mesh.nodeId > honest.mesh.nodeId; at += 1) {
      hostile = await createNode(`hostile-${at}`, false);
    }
    await link(hostile, honest);
    const { nodeId } = honest.mesh;
    const stream = unwrap(await hostile.mesh.openStream(nodeId, GOSSIP_PROTOCOL));
    for (let at = 0; at < 4; at += 1) {
      await stream.write(encodeMessageFrame(Uint8Array.of(0xff, 1, 2))).catch(() => undefined);
    }
    await time.advance(100);
    assert.deepEqual(honest.mesh.peers(), []);
    await link(hostile, honest);
    await time.advance(100);
    assert.deepEqual(honest.mesh.peers(), []);
    await time.advance(3_700_000);
    await link(hostile, honest);
    assert.equal(honest.mesh.peers().length, 1);
  });

  test('the wrong one of two nodes may not open the stream', async () => {
    const { createLine } = createCountry();
    const [one, two] = (await createLine(['a', 'b'])) as readonly [Spreading, Spreading];
    const [opener, other] = one.mesh.nodeId < two.mesh.nodeId ? [one, two] : [two, one];
    const stream = unwrap(await other.mesh.openStream(opener.mesh.nodeId, GOSSIP_PROTOCOL));
    await assert.rejects(async () => {
      for await (const chunk of stream.source) void chunk;
      throw new Error('ended');
    });
    assert.equal(opener.gossip?.stats().neighbours, 1);
  });
});

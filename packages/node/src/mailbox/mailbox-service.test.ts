import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { type ByteStream, ok, uint32ToBytes, unwrap } from '@pars/base';
import {
  createMemoryBlobStore,
  createMemoryStore,
  createRecordingLog,
  createSimulationRandom,
  createVirtualTime,
} from '@pars/base/fakes';
import { createJavaScriptProvider, createSuite } from '@pars/crypto';
import {
  chooseKeepers,
  createParcel,
  dayFromSlot,
  expirySlotFrom,
  firstMailboxes,
  type MailboxNetwork,
  type MeshHost,
  mailboxShard,
  type Parcel,
  type ParcelState,
} from '@pars/mesh';
import { createMemoryMeshNetwork } from '@pars/mesh/fakes';
import { type Carrier, createCarrier } from '../carrier/carrier.ts';
import { createTaskSet } from '../task-set.ts';
import { type KeeperContact, type KeeperDirectory, keeperIdFromText } from './keeper-directory.ts';
import { KEEPER_PROTOCOL } from './keeper-exchange.ts';
import { type KeeperOptions, startKeeperService } from './keeper-service.ts';
import { type MailboxClient, startMailboxClient } from './mailbox-client.ts';

const network: MailboxNetwork = {
  shardBits: 0,
  puzzleBits: 8,
  leastLevel: 0,
  mailbox: firstMailboxes,
};

interface Host {
  readonly mesh: MeshHost;
  readonly carrier: Carrier;
  readonly contact: KeeperContact;
  readonly client: MailboxClient | undefined;
  readonly states: readonly ParcelState[];
  /** When it opened a stream, to whom, and how many bytes went each way. */
  readonly trace: readonly string[];
  readonly stop: () => void;
  readonly log: ReturnType<typeof createRecordingLog>;
}

/** The same host; tells of every stream that it opens, and of what went through. */
function traced(host: MeshHost, tell: (line: string) => void): MeshHost {
  const openStream: MeshHost['openStream'] = async (nodeId, protocol, signal) => {
    tell(`opens ${protocol} to ${nodeId}`);
    const opened = await host.openStream(nodeId, protocol, signal);
    if (!opened.ok) return opened;
    const stream = opened.value;
    const source = async function* () {
      let length = 0;
      for await (const chunk of stream.source) {
        length += chunk.length;
        yield chunk;
      }
      tell(`read ${length}`);
    };
    const write: ByteStream['write'] = async (bytes) => {
      tell(`writes ${bytes.length}`);
      await stream.write(bytes);
    };
    return ok({
      source: source(),
      write,
      closeWrite: () => stream.closeWrite(),
      abort: () => stream.abort(),
      [Symbol.asyncDispose]: () => stream[Symbol.asyncDispose](),
    });
  };
  return new Proxy(host, {
    get(target, key) {
      if (key === 'openStream') return openStream;
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
}

/** Memory, one clock, and a directory that knows every keeper. */
function createMailboxNetworkOfHosts() {
  const random = createSimulationRandom('mailbox service');
  const suite = createSuite({ provider: createJavaScriptProvider({ random }), random });
  const { symmetric } = suite;
  const time = createVirtualTime({ settle: () => nextTurn() });
  const memory = createMemoryMeshNetwork();
  const keepers: KeeperContact[] = [];
  const directory: KeeperDirectory = {
    closest: async (place, count) => {
      const ids = chooseKeepers(
        place,
        keepers.map(({ id }) => id),
        count,
      );
      return ids.flatMap((id) => keepers.find((keeper) => keeper.id === id) ?? []);
    },
  };

  async function createHost(
    name: string,
    role: 'keeper' | 'client',
    options: KeeperOptions = {},
  ): Promise<Host> {
    const log = createRecordingLog();
    const ports = { ...time, suite, random: random.fork(name), log };
    const nodeSeed = suite.signature.generateSeed();
    const host = await memory.createHost({ ...ports, nodeSeed }, { name });
    const trace: string[] = [];
    const mesh = traced(host, (line) => trace.push(`${time.clock.monotonicMs()} ${line}`));
    const [, fingerprint = ''] = mesh.addresses()[0]?.split('#') ?? [];
    const ownId = keeperIdFromText(fingerprint);
    assert.ok(ownId);
    const bounds = { capacityBytes: 64 * 1_024 * 1_024, maxParcels: 10_000 };
    const stores = { store: createMemoryStore(), blobs: createMemoryBlobStore() };
    const carrier = createCarrier({ ...ports, ...stores }, { network, ...bounds });
    const metrics = { count: () => undefined, gauge: () => undefined, snapshot: () => new Map() };
    const tasks = createTaskSet(log);
    const stopper = new AbortController();
    const deps = { ...ports, mesh, metrics, tasks, carrier, network, directory, ownId };
    const contact = { id: ownId, addresses: mesh.addresses() };
    const states: ParcelState[] = [];
    let client: MailboxClient | undefined;
    if (role === 'keeper') {
      startKeeperService(deps, options, stopper.signal);
      keepers.push(contact);
    } else {
      client = startMailboxClient(deps, {}, stopper.signal);
      client.onProgress(({ state }) => states.push(state));
    }
    return { mesh, carrier, contact, client, states, trace, log, stop: () => stopper.abort() };
  }

  async function addParcel(from: Host, to: Host): Promise<Parcel> {
    const expirySlot = expirySlotFrom(time.clock.nowMs() + 1, 14 * 86_400_000, 'normal');
    const shard = mailboxShard(symmetric, to.contact.id, dayFromSlot(expirySlot), 0);
    const label = { tag: random.bytes(32), shard, expirySlot, priority: 'normal' } as const;
    const work = { symmetric, pause: async () => undefined };
    const parcel = unwrap(await createParcel(work, network, label, random.bytes(15_872)));
    unwrap(await (await from.carrier.open()).put(parcel.bytes, undefined));
    return parcel;
  }

  const holds = async ({ carrier }: Host, { id }: Parcel) => (await carrier.open()).has(id);
  return { time, createHost, addParcel, holds };
}

async function createRoom() {
  const world = createMailboxNetworkOfHosts();
  const keepers: Host[] = [];
  for (let at = 0; at < 4; at += 1) keepers.push(await world.createHost(`keeper-${at}`, 'keeper'));
  const sender = await world.createHost('sender', 'client');
  const recipient = await world.createHost('recipient', 'client');
  return { ...world, keepers, sender, recipient };
}

const wantedOf = ({ header }: Parcel) => new Map([[dayFromSlot(header.expirySlot), [header.tag]]]);

describe('mailboxes over links', () => {
  test('a letter waits at three keepers and is fetched when its recipient is there', async () => {
    const { addParcel, holds, keepers, recipient, sender, time } = await createRoom();
    const parcel = await addParcel(sender, recipient);
    assert.equal(sender.client?.deliver(parcel), true);
    await time.advance(5_000);
    assert.deepEqual(sender.states.at(-1), { type: 'stored', by: 3, wanted: 3 });
    const held = await Promise.all(keepers.map((keeper) => holds(keeper, parcel)));
    assert.equal(held.filter((isHeld) => isHeld).length, 3);
    recipient.client?.setMode('own');
    recipient.client?.setWanted(wantedOf(parcel));
    await time.advance(1_200_000);
    assert.equal(await holds(recipient, parcel), true);
    for (const host of [...keepers, sender, recipient]) {
      assert.deepEqual(
        host.log.entries.filter(({ level }) => level === 'error'),
        [],
      );
      host.stop();
    }
  });

  test('keepers list what they held before they started, and bring what is missing to others', async () => {
    const { addParcel, createHost, holds, time } = createMailboxNetworkOfHosts();
    const keepers: Host[] = [];
    for (let at = 0; at < 3; at += 1) {
      keepers.push(await createHost(`keeper-${at}`, 'keeper', { repairMs: 60_000 }));
    }
    const [first] = keepers;
    assert.ok(first);
    const parcel = await addParcel(first, first);
    await time.advance(400_000);
    for (const keeper of keepers) assert.equal(await holds(keeper, parcel), true);
    for (const keeper of keepers) keeper.stop();
  });

  test('a keeper on a metered connection neither serves nor brings anything to others', async () => {
    const { addParcel, createHost, holds, time } = createMailboxNetworkOfHosts();
    let isSparing = true;
    const sparing = await createHost('sparing', 'keeper', {
      repairMs: 60_000,
      isSparing: () => isSparing,
    });
    const other = await createHost('other', 'keeper', { repairMs: 600_000_000 });
    const parcel = await addParcel(sparing, sparing);
    const sender = await createHost('sender', 'client');
    const letter = await addParcel(sender, sender);
    sender.client?.deliver(letter);
    await time.advance(600_000);
    assert.deepEqual(sparing.trace, []);
    assert.equal(await holds(sparing, letter), false);
    assert.equal(await holds(other, letter), true);
    isSparing = false;
    await time.advance(600_000);
    assert.equal(await holds(other, parcel), true);
    assert.equal(await holds(sparing, letter), true);
    for (const host of [sparing, other, sender]) host.stop();
  });

  test('nobody is there: it is queued, and goes out when keepers are known', async () => {
    const { addParcel, createHost, time } = createMailboxNetworkOfHosts();
    const sender = await createHost('sender', 'client');
    const parcel = await addParcel(sender, sender);
    sender.client?.deliver(parcel);
    await time.advance(5_000);
    assert.deepEqual(sender.states, []);
    for (let at = 0; at < 3; at += 1) await createHost(`keeper-${at}`, 'keeper');
    await time.advance(120_000);
    assert.deepEqual(sender.states.at(-1), { type: 'stored', by: 3, wanted: 3 });
    sender.stop();
  });

  test('visits leave at the same moments with the same bytes, open or locked', async () => {
    const traces: string[][] = [];
    const got: boolean[] = [];
    for (const mode of ['own', 'dummies'] as const) {
      const { addParcel, holds, keepers, recipient, sender, time } = await createRoom();
      const parcel = await addParcel(sender, recipient);
      sender.client?.deliver(parcel);
      await time.advance(5_000);
      recipient.client?.setMode(mode);
      if (mode === 'own') recipient.client?.setWanted(wantedOf(parcel));
      await time.advance(2_400_000);
      traces.push([...recipient.trace]);
      got.push(await holds(recipient, parcel));
      for (const host of [...keepers, sender, recipient]) host.stop();
    }
    assert.ok((traces[0]?.length ?? 0) >= 40);
    assert.deepEqual(traces[0], traces[1]);
    assert.equal(got[0], true);
  });

  test('a heap of letters goes out a few at a time, and all of them arrive', async () => {
    const { addParcel, recipient, sender, time } = await createRoom();
    const parcels: Parcel[] = [];
    for (let at = 0; at < 12; at += 1) parcels.push(await addParcel(sender, recipient));
    for (const parcel of parcels) assert.equal(sender.client?.deliver(parcel), true);
    await time.advance(30_000);
    const done = sender.states.filter((state) => state.type === 'stored' && state.by === 3);
    assert.equal(done.length, 12);
    assert.ok(sender.states.every(({ type }) => type !== 'queued'));
  });

  test('slow strangers hold few places of a keeper', async () => {
    const { createHost, keepers } = await createRoom();
    const [keeper] = keepers;
    assert.ok(keeper);
    const stranger = await createHost('slow', 'client');
    unwrap(await stranger.mesh.dial(keeper.contact.addresses[0] ?? ''));
    let held = 0;
    for (let at = 0; at < 12; at += 1) {
      const stream = await stranger.mesh.openStream(keeper.mesh.nodeId, KEEPER_PROTOCOL);
      if (!stream.ok) continue;
      await stream.value.write(Uint8Array.of(0)).catch(() => undefined);
      await nextTurn();
      const ended = stream.value.write(Uint8Array.of(0)).then(
        () => false,
        () => true,
      );
      if (!(await ended)) held += 1;
    }
    assert.ok(held <= 8, `${held}`);
  });

  test('bytes of strangers, endless ones and none at all cost a keeper one stream', async () => {
    const { createHost, keepers, time } = await createRoom();
    const [keeper] = keepers;
    assert.ok(keeper);
    const stranger = await createHost('stranger', 'client');
    unwrap(await stranger.mesh.dial(keeper.contact.addresses[0] ?? ''));
    const inputs = [
      Uint8Array.of(0xff, 0xff, 0xff, 0xff),
      new Uint8Array(0),
      new Uint8Array([...uint32ToBytes(3), 4, 1, 1]),
      new Uint8Array([...uint32ToBytes(4), 9, 9, 9, 9]),
    ];
    for (const input of inputs) {
      const stream = unwrap(await stranger.mesh.openStream(keeper.mesh.nodeId, KEEPER_PROTOCOL));
      await stream.write(input).catch(() => undefined);
      await time.advance(31_000);
      const chunks: Uint8Array[] = [];
      await (async () => {
        for await (const chunk of stream.source) chunks.push(chunk);
      })().catch(() => undefined);
      assert.deepEqual(chunks, []);
    }
    assert.deepEqual(
      keeper.log.entries.filter(({ level }) => level === 'error'),
      [],
    );
  });
});

import { unwrap } from '@pars/base';
import {
  createMemoryStoreDisk,
  type MemoryStoreDisk,
  type SimulationRandom,
} from '@pars/base/fakes';
import { createJavaScriptProvider, createSuite } from '@pars/crypto';
import {
  createParcel,
  expirySlotFrom,
  type ParcelNetwork,
  parcelBodyLengths,
  parcelHeaderLength,
  parcelIdFromHeader,
} from '@pars/mesh';
import {
  createKernel,
  type Kernel,
  type LinkProfile,
  type NodeIndex,
  type NodeSpec,
  traffic,
} from '../kernel/index.ts';
import { createModelledCrypto, type WorldCrypto } from '../modelled-crypto.ts';
import { nativeSymmetric } from '../native-symmetric.ts';
import { createDeliveryBook, type DeliveryBook } from './delivery-book.ts';
import { createParcelPeer, type ParcelPeer, type ParcelPeerOptions } from './parcel-peer.ts';

/** Wall clock at time 0 of every world. */
export const worldStartMs = 1_795_305_600_000;
export const hourMs = 3_600_000;
export const dayMs: number = 24 * hourMs;

/** Nodes with parcel stores, and the book of what they send each other. */
export interface ParcelWorld {
  readonly kernel: Kernel;
  readonly crypto: WorldCrypto;
  readonly book: DeliveryBook;
  readonly diskOf: (node: NodeIndex) => MemoryStoreDisk;
  /** The peer of the life that a node lives now. */
  readonly peerOf: (node: NodeIndex) => ParcelPeer | undefined;
  /** Syncs of honest nodes that ended, well and not. */
  readonly syncs: { ended: number; broken: number; readonly codes: Map<string, number> };
  /** Posts a message as a parcel of 1 KiB; does nothing while the sender is down or asleep. */
  post(from: NodeIndex, to: NodeIndex, lifetimeMs?: number): Promise<void>;
  /** Tells the book of a parcel that came another way than by a sync. */
  noteStored(node: NodeIndex, parcel: Uint8Array): void;
  /** Makes a parcel that these nodes hold from now on, addressed to nobody. */
  preload(holders: readonly NodeIndex[], lifetimeMs?: number): Promise<void>;
}

/** What a parcel world is made of. */
export interface ParcelWorldOptions {
  readonly seed: string;
  readonly suite: 'modelled' | 'real';
  readonly nodes: number;
  readonly linkBetween: (from: NodeIndex, to: NodeIndex) => LinkProfile | undefined;
  readonly peer: (
    node: NodeIndex,
    kernel: Kernel,
  ) => Pick<ParcelPeerOptions, 'periodMs' | 'choosePartner'> & Partial<ParcelPeerOptions>;
  /** When a node begins; default: all at time 0. */
  readonly startMs?: (node: NodeIndex) => number;
  /** What a node is like besides. */
  readonly node?: (node: NodeIndex, kernel: Kernel) => Partial<NodeSpec>;
}

/** A network whose puzzles take a millisecond. Their code is the real one. */
const network: ParcelNetwork = { shardBits: 8, puzzleBits: 8, leastLevel: 0 };

/** A world at time 0. */
export function createParcelWorld(options: ParcelWorldOptions): ParcelWorld {
  const { seed, nodes } = options;
  const kernel = createKernel({ seed, linkBetween: options.linkBetween, startMs: worldStartMs });
  const crypto = createCrypto(options.suite, kernel.random.fork('suite'));
  const { suite } = crypto;
  const parcelRandom = kernel.random.fork('parcels');
  const book = createDeliveryBook(nodes);
  const disks = Array.from({ length: nodes }, () => createMemoryStoreDisk());
  const peers: (ParcelPeer | undefined)[] = [];
  const syncs = { ended: 0, broken: 0, codes: new Map<string, number>() };
  const idOf = (parcel: Uint8Array) =>
    parcelIdFromHeader(suite.symmetric, parcel.subarray(0, parcelHeaderLength));

  const diskOf = (node: NodeIndex) => disks[node] as MemoryStoreDisk;

  for (let node = 0; node < nodes; node += 1) {
    kernel.addNode({
      isStarted: false,
      restartMs: 60_000,
      ...options.node?.(node, kernel),
      create() {
        const peer = createParcelPeer({
          disk: diskOf(node),
          suite,
          network,
          traffic: traffic.payload,
          onOpened: (store) =>
            book.reopened(
              node,
              (id) => store.has(id as Parameters<typeof store.has>[0]),
              kernel.nowMs,
            ),
          onStored: (parcel) => noteStored(node, parcel),
          onSynced(isOk, code = '') {
            if (isOk) syncs.ended += 1;
            else syncs.broken += 1;
            if (!isOk) syncs.codes.set(code, (syncs.codes.get(code) ?? 0) + 1);
          },
          ...options.peer(node, kernel),
        });
        peers[node] = peer;
        return peer;
      },
    });
  }
  for (let node = 0; node < nodes; node += 1) {
    const startMs = options.startMs?.(node) ?? 0;
    if (startMs === 0) kernel.start(node);
    else kernel.at(startMs, () => kernel.start(node));
  }

  function noteStored(node: NodeIndex, parcel: Uint8Array): void {
    book.stored(node, idOf(parcel), kernel.nowMs);
  }

  async function makeParcel(lifetimeMs: number): Promise<Uint8Array> {
    const nowMs = worldStartMs + kernel.nowMs;
    const work = { symmetric: suite.symmetric, pause: async () => undefined };
    const label = {
      tag: parcelRandom.bytes(32),
      shard: 0,
      expirySlot: expirySlotFrom(nowMs, lifetimeMs, 'normal'),
      priority: 'normal' as const,
    };
    const body = parcelRandom.bytes(parcelBodyLengths[0] ?? 0);
    return unwrap(await createParcel(work, network, label, body)).bytes;
  }

  /** As an outbox does: what a crash interrupted is tried again. */
  async function putUntilKept(node: NodeIndex, parcel: Uint8Array): Promise<void> {
    const peer = kernel.isUp(node) ? peers[node] : undefined;
    if (peer !== undefined && (await peer.put(parcel, 'self')) !== 'failed') return;
    kernel.at(kernel.nowMs + 120_000, () => putUntilKept(node, parcel));
  }

  return {
    kernel,
    crypto,
    book,
    diskOf,
    peerOf: (node) => (kernel.isUp(node) ? peers[node] : undefined),
    syncs,
    noteStored,
    async preload(holders, lifetimeMs = 7 * dayMs) {
      const parcel = await makeParcel(lifetimeMs);
      const [first = 0] = holders;
      book.post({ id: idOf(parcel), from: first, to: -1, postedMs: kernel.nowMs });
      for (const holder of holders) await putUntilKept(holder, parcel);
    },
    async post(from, to, lifetimeMs = 7 * dayMs) {
      const peer = peers[from];
      if (!kernel.isUp(from) || kernel.isAsleep(from) || peer?.store === undefined) return;
      const parcel = await makeParcel(lifetimeMs);
      book.post({ id: idOf(parcel), from, to, postedMs: kernel.nowMs });
      await putUntilKept(from, parcel);
    },
  };
}

function createCrypto(kind: 'modelled' | 'real', random: SimulationRandom): WorldCrypto {
  if (kind === 'modelled') return createModelledCrypto(random, nativeSymmetric);
  const provider = createJavaScriptProvider({ random });
  return { suite: createSuite({ provider, random }) };
}

/** Crashes a random one of the next writes of a random node now and then, before or after it takes effect. */
export function scheduleCrashes(world: ParcelWorld, nodes: number, everyMs: number): void {
  const random = world.kernel.random.fork('crashes');
  world.kernel.every(everyMs, everyMs, () => {
    const moment = random.chance(0.5) ? 'before' : 'after';
    world.diskOf(random.below(nodes)).crashAt(1 + random.below(4), moment);
  });
}

/** Phones sleep and wake: awake `awakeShare` of the time, in turns of about `turnMs`. */
export function scheduleSleep(
  kernel: Kernel,
  phones: readonly NodeIndex[],
  awakeShare: number,
  turnMs: number,
): void {
  const random = kernel.random.fork('sleep');
  const length = (share: number) => (0.5 + random.uint32() / 2 ** 32) * share * turnMs;
  const fallAsleep = (phone: NodeIndex): void => {
    kernel.sleep(phone);
    kernel.at(kernel.nowMs + length(1 - awakeShare), () => wake(phone));
  };
  const wake = (phone: NodeIndex): void => {
    kernel.wakeUp(phone);
    kernel.at(kernel.nowMs + length(awakeShare), () => fallAsleep(phone));
  };
  for (const phone of phones) kernel.at(kernel.nowMs + length(1), () => fallAsleep(phone));
}

/** Messages between random nodes, at random moments of a span. */
export function schedulePosts(
  world: ParcelWorld,
  count: number,
  nodes: number,
  span: { readonly fromMs: number; readonly toMs: number; readonly lifetimeMs?: number },
): void {
  const random = world.kernel.random.fork('posts');
  for (let post = 0; post < count; post += 1) {
    const from = random.below(nodes);
    const to = (from + 1 + random.below(nodes - 1)) % nodes;
    const atMs = span.fromMs + (random.uint32() / 2 ** 32) * (span.toMs - span.fromMs);
    world.kernel.at(atMs, () => world.post(from, to, span.lifetimeMs));
  }
}

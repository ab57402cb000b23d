import { type ByteStream, redact, type SchedulerDep, unwrap } from '@pars/base';
import type { MemoryStoreDisk } from '@pars/base/fakes';
import type { Suite } from '@pars/crypto';
import {
  createSyncAnswerer,
  createSyncAsker,
  openParcelStore,
  type ParcelNetwork,
  type ParcelShelf,
  type ParcelStore,
  runSync,
  shelfFromStore,
} from '@pars/mesh';
import { cryptoCosts, type NodeIndex, type Process, type ProcessContext } from '../kernel/index.ts';
import { createByteStreams } from './byte-streams.ts';

/** What a peer of a parcel world is like. */
export interface ParcelPeerOptions {
  readonly disk: MemoryStoreDisk;
  readonly suite: Suite;
  readonly network: ParcelNetwork;
  /** Mean time between the syncs that it begins. Syncs begin at random moments around it. */
  readonly periodMs: number;
  /** With whom it syncs next; `undefined`: with nobody this time. */
  readonly choosePartner: (context: ProcessContext) => NodeIndex | undefined;
  /** Bytes of a sync message; default 4,096. */
  readonly messageLength?: number;
  /** Without progress for so long a sync is given up; default 30,000. */
  readonly stallMs?: number;
  readonly maxParcels?: number;
  readonly traffic: number;
  /** The store is open: at the begin of every life. */
  readonly onOpened?: (store: ParcelStore) => void;
  /** A parcel of somebody else is durable now. */
  readonly onStored?: (parcel: Uint8Array) => void;
  /** A sync that it began has ended well, or not. */
  readonly onSynced?: (isOk: boolean, code: string | undefined) => void;
  /** Puts something between the machines and the store: how a node lies. */
  readonly wrapShelf?: (shelf: ParcelShelf, context: ProcessContext) => ParcelShelf;
}

/** A node that holds parcels and syncs them with others: real store, real machines, real driver. */
export interface ParcelPeer extends Process {
  /** The open store of this life, if it is open already. */
  readonly store: ParcelStore | undefined;
  /** Keeps a parcel that came another way than by a sync; `failed` when the process died of it. */
  put(parcel: Uint8Array, source: string): Promise<'stored' | 'known' | 'failed'>;
  /** Syncs with this node as soon as it can. */
  meet(other: NodeIndex): void;
}

const SYNC = 1;
const EXPIRE = 2;
const hourMs = 3_600_000;
/** More neighbours than that are not answered at once. */
const MAX_ANSWERED = 8;
/** A share of an eighth has to hold the largest parcel. */
const capacityBytes = 64 * 1_024 * 1_024;

/** One life of a peer. */
export function createParcelPeer(options: ParcelPeerOptions): ParcelPeer {
  const { disk, suite, network, traffic, stallMs = 30_000, wrapShelf = (shelf) => shelf } = options;
  const lengths =
    options.messageLength === undefined ? {} : { messageLength: options.messageLength };
  let context: ProcessContext;
  let streams: ReturnType<typeof createByteStreams>;
  let store: ParcelStore | undefined;
  let answering = 0;
  let isAsking = false;

  function shelfFor(from: NodeIndex, open: ParcelStore): ParcelShelf {
    const shelf = shelfFromStore(open, String(from));
    return wrapShelf(
      {
        ...shelf,
        async admit(parcel) {
          context.spend(cryptoCosts.postageMs + (parcel.length / 1_024) * cryptoCosts.hashKiBMs);
          const result = await shelf.admit(parcel);
          if (result.ok && result.value === 'stored') options.onStored?.(parcel);
          return result;
        },
      },
      context,
    );
  }

  async function ask(to: NodeIndex): Promise<void> {
    if (store === undefined || isAsking) return;
    isAsking = true;
    try {
      const shelf = shelfFor(to, store);
      const deps = { symmetric: suite.symmetric, random: context.random };
      const asker = createSyncAsker(deps, { ...lengths, snapshot: () => shelf.snapshot() });
      const result = await run(asker, streams.open(to), shelf);
      options.onSynced?.(result.ok, result.ok ? undefined : result.error.code);
    } finally {
      isAsking = false;
    }
  }

  async function answer(stream: ByteStream, from: NodeIndex): Promise<void> {
    if (store === undefined || answering >= MAX_ANSWERED) return stream.abort();
    answering += 1;
    try {
      const shelf = shelfFor(from, store);
      const deps = { symmetric: suite.symmetric, random: context.random };
      const answerer = createSyncAnswerer(deps, { ...lengths, snapshot: () => shelf.snapshot() });
      await run(answerer, stream, shelf);
    } finally {
      answering -= 1;
    }
  }

  const run = (
    machine: ReturnType<typeof createSyncAsker>,
    stream: ByteStream,
    shelf: ParcelShelf,
  ) => {
    const deps: SchedulerDep & { readonly shelf: ParcelShelf } = {
      shelf,
      scheduler: context.scheduler,
    };
    return runSync(machine, stream, deps, { stallMs });
  };

  function begin(work: Promise<void>): void {
    work.catch((error: unknown) => context.failed(error));
  }

  return {
    isAsynchronous: true,
    get store() {
      return store;
    },
    async start(given) {
      context = given;
      streams = createByteStreams(context, (stream, from) => begin(answer(stream, from)), traffic);
      const deps = { suite, store: disk.open(), clock: context.clock };
      store = unwrap(
        await openParcelStore(deps, {
          network,
          key: redact(new Uint8Array(32).fill(7)),
          prefix: Uint8Array.of(0x70),
          capacityBytes,
          maxParcels: options.maxParcels ?? 20_000,
        }),
      );
      options.onOpened?.(store);
      context.setTimer((context.random.uint32() / 2 ** 32) * options.periodMs, SYNC);
      context.setTimer(hourMs, EXPIRE);
    },
    receive(from, message) {
      if (store !== undefined) streams.receive(from, message);
    },
    wake(token) {
      if (token === EXPIRE) {
        context.setTimer(hourMs, EXPIRE);
        begin(Promise.resolve(store?.expire()).then(() => undefined));
        return;
      }
      const jitter = 0.5 + context.random.uint32() / 2 ** 32;
      context.setTimer(options.periodMs * jitter, SYNC);
      const partner = options.choosePartner(context);
      if (partner !== undefined) begin(ask(partner));
    },
    async put(parcel, source) {
      if (store === undefined) return 'failed';
      try {
        return unwrap(await store.put(parcel, source));
      } catch (error) {
        context.failed(error);
        return 'failed';
      }
    },
    meet: (other) => begin(ask(other)),
  };
}

import { ok, unwrap } from '@pars/base';
import { createSimulationRandom } from '@pars/base/fakes';
import {
  chooseKeepers,
  createKeeperDelivery,
  createKeeperFetch,
  createKeeperServer,
  createParcel,
  dayFromSlot,
  expirySlotFrom,
  keeperName,
  type Parcel,
  type ParcelNetwork,
  shardPlace,
} from '@pars/mesh';
import { createKernel, type Process, type ProcessContext, traffic } from '../kernel/index.ts';
import { createModelledCrypto } from '../modelled-crypto.ts';
import { withNativeSha3 } from './gossip-node.ts';
import { createLinkDelays, type DelayModel } from './link-delays.ts';

/** What is to be measured. */
export interface KeeperOptions {
  readonly seed: string;
  /** Parcels sent one after another, each to its own recipient's shard. */
  readonly parcels: number;
  readonly loss?: number;
  readonly delays?: DelayModel;
  /** Time of the recipient's slot after sending, in ms; default 900. */
  readonly slotMs?: number;
}

/** What happened to one parcel. */
export interface KeeperFigures {
  /** Until three receipts were proven; infinite when never. */
  readonly storedMs: number;
  /** Until the recipient had it. */
  readonly fetchedMs: number;
  /** Messages of all kinds for it, lost ones included. */
  readonly transmissions: number;
  readonly bytes: number;
}

const network: ParcelNetwork = { shardBits: 8, puzzleBits: 8, leastLevel: 0 };
const keepers = 40;
const roundMs = 4_000;
/** Length of the longest message of this protocol on a stream. */
const lengthBytes = 4;

/** A sender, a recipient and 40 nodes that may keep: parcels go to the three nearest and are fetched in the next slots. */
export async function runKeepers(options: KeeperOptions): Promise<readonly KeeperFigures[]> {
  const { seed, parcels, loss = 0.01, delays = 'message', slotMs = 900 } = options;
  const random = createSimulationRandom(seed);
  const symmetric = withNativeSha3(createModelledCrypto(random).suite.symmetric);
  const linkOf = createLinkDelays(delays, { loss, overheadBytes: lengthBytes });
  const kernel = createKernel({ seed, linkBetween: linkOf });
  const ids = Array.from({ length: keepers }, () => random.bytes(32));
  const indexByName = new Map(ids.map((id, index) => [keeperName(id), index]));
  let startMs = 0;
  let figures = emptyFigures();

  const send = (context: ProcessContext, to: number, message: Uint8Array) => {
    figures.transmissions += 1;
    figures.bytes += message.length + lengthBytes;
    context.send(to, message, traffic.payload);
  };

  for (const [index] of ids.entries()) {
    const server = createKeeperServer({ symmetric, network, keepsShard: () => true });
    const held = new Map<string, Uint8Array>();
    kernel.addNode({
      create: () =>
        createProcess((context, from, message) => {
          for (const effect of server.receive(String(from), message, context.nowMs)) {
            if (effect.kind === 'admit') {
              held.set(String(effect.parcel.header.tag), effect.parcel.bytes);
              for (const reply of server.admitted(effect.ticket, ok('stored'))) {
                if (reply.kind === 'send') send(context, from, reply.message);
              }
            } else if (effect.kind === 'find') {
              const found = effect.tags.flatMap((tag) => held.get(String(tag)) ?? []);
              for (const reply of server.found(effect.ticket, found)) {
                if (reply.kind === 'send') send(context, from, reply.message);
              }
            } else throw new Error(`keeper ${index} met ${effect.kind}`);
          }
        }),
    });
  }

  const delivery = createKeeperDelivery({ symmetric, random: random.fork('challenges') });
  let senderContext: ProcessContext | undefined;
  const handle = (context: ProcessContext, effects: ReturnType<typeof delivery.tick>) => {
    for (const effect of effects) {
      if (effect.kind === 'send')
        send(context, indexByName.get(effect.keeper) ?? -1, effect.message);
      if (effect.kind === 'state' && effect.isDone) figures.storedMs = context.nowMs - startMs;
    }
    if (delivery.nextDueMs < Number.POSITIVE_INFINITY) {
      context.setTimer(Math.max(0, delivery.nextDueMs - context.nowMs) + 1, 0);
    }
  };
  kernel.addNode({
    create: () => ({
      start: (context) => {
        senderContext = context;
      },
      receive: (from, message) => {
        const context = senderContext ?? raise();
        handle(context, delivery.receive(keeperName(ids[from] ?? raise()), message, context.nowMs));
      },
      wake: () => {
        const context = senderContext ?? raise();
        handle(context, delivery.tick(context.nowMs));
      },
    }),
  });

  const dummyTags = random.fork('dummies');
  const dummies = (count: number) => Array.from({ length: count }, () => dummyTags.bytes(32));
  const fetch = createKeeperFetch({ symmetric, network, dummies });
  let recipientContext: ProcessContext | undefined;
  kernel.addNode({
    create: () => ({
      start: (context) => {
        recipientContext = context;
      },
      receive: (from, message) => {
        const context = recipientContext ?? raise();
        const name = keeperName(ids[from] ?? raise());
        for (const effect of fetch.receive(name, message, context.nowMs)) {
          if (effect.kind === 'fetched') figures.fetchedMs = context.nowMs - startMs;
        }
      },
      wake: () => undefined,
    }),
  });

  const results: KeeperFigures[] = [];
  for (let place = 0; place < parcels; place += 1) {
    const parcel = await makeParcel(place);
    startMs = kernel.nowMs;
    figures = emptyFigures();
    fetch.want(parcel.header.tag);
    handle(senderContext ?? raise(), delivery.deliver(parcel, ids, startMs).effects);
    const { shard, expirySlot } = parcel.header;
    const where = shardPlace(symmetric, shard, dayFromSlot(expirySlot));
    const names = chooseKeepers(where, ids, 3).map(keeperName);
    for (let slot = 1; slot * slotMs < roundMs; slot += 1) {
      await kernel.run(startMs + slot * slotMs);
      // What is asked for afterwards is the schedule's, not this parcel's.
      if (fetch.wantedCount === 0) continue;
      const context = recipientContext ?? raise();
      for (const effect of fetch.slot(names, kernel.nowMs)) {
        if (effect.kind === 'send') {
          send(context, indexByName.get(effect.keeper) ?? -1, effect.message);
        }
      }
    }
    await kernel.run(startMs + roundMs);
    fetch.unwant(parcel.header.tag);
    results.push(figures);
  }
  return results;

  async function makeParcel(place: number): Promise<Parcel> {
    const label = {
      tag: random.bytes(32),
      shard: (place % 256) * 2 ** 24,
      expirySlot: expirySlotFrom(kernel.nowMs + 1e12, 86_400_000, 'normal'),
      priority: 'normal',
    } as const;
    const work = { symmetric, pause: async () => undefined };
    return unwrap(await createParcel(work, network, label, random.bytes(512)));
  }
}

function createProcess(
  receive: (context: ProcessContext, from: number, message: Uint8Array) => void,
): Process {
  let own: ProcessContext | undefined;
  return {
    start: (context) => {
      own = context;
    },
    receive: (from, message) => receive(own ?? raise(), from, message),
    wake: () => undefined,
  };
}

function emptyFigures() {
  return {
    storedMs: Number.POSITIVE_INFINITY,
    fetchedMs: Number.POSITIVE_INFINITY,
    transmissions: 0,
    bytes: 0,
  };
}

function raise(): never {
  throw new Error('not started');
}

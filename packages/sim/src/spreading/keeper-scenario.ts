import { unwrap } from '@pars/base';
import { createSimulationRandom } from '@pars/base/fakes';
import {
  chooseKeepers,
  createMailboxFetch,
  createMailboxPost,
  createParcel,
  dayFromSlot,
  expirySlotFrom,
  firstMailboxes,
  keeperName,
  type MailboxNetwork,
  type Parcel,
  parcelIds,
  shardPlace,
} from '@pars/mesh';
import { createKernel, type Process, type ProcessContext, traffic } from '../kernel/index.ts';
import { createModelledCrypto } from '../modelled-crypto.ts';
import { withNativeSha3 } from './gossip-node.ts';
import { createKeeperNode } from './keeper-node.ts';
import { createLinkDelays, type DelayModel } from './link-delays.ts';

/** What is to be measured. */
export interface KeeperOptions {
  readonly seed: string;
  /** Parcels sent one after another, each to its own recipient's shard. */
  readonly parcels: number;
  readonly loss?: number;
  readonly delays?: DelayModel;
  /** Time between visits of the recipient, from sending on, in ms; default 450. */
  readonly slotMs?: number;
}

/** What happened to one parcel. */
export interface KeeperFigures {
  /** Until three receipts were proven; infinite when never. */
  readonly storedMs: number;
  /** Until the recipient had it. */
  readonly fetchedMs: number;
  /** Messages for it, lost ones included: to and from keepers, and the visit that brought it. */
  readonly transmissions: number;
  readonly bytes: number;
}

const network: MailboxNetwork = {
  shardBits: 8,
  puzzleBits: 8,
  leastLevel: 0,
  // One keeper at a time of each shard, and one day.
  mailbox: { ...firstMailboxes, daysAhead: 1, freshDay: 1 },
};
const keepers = 40;
const roundMs = 4_000;
/** Length of the longest message of this protocol on a stream. */
const lengthBytes = 4;

/** A sender, a recipient and 40 nodes that may keep: parcels go to the three nearest and are fetched in the next slots. */
export async function runKeepers(options: KeeperOptions): Promise<readonly KeeperFigures[]> {
  const { seed, parcels, loss = 0.01, delays = 'message', slotMs = 450 } = options;
  const random = createSimulationRandom(seed);
  const symmetric = withNativeSha3(createModelledCrypto(random).suite.symmetric);
  const linkOf = createLinkDelays(delays, { loss, overheadBytes: lengthBytes });
  const kernel = createKernel({ seed, linkBetween: linkOf });
  const ids = Array.from({ length: keepers }, () => random.bytes(32));
  const indexByName = new Map(ids.map((id, index) => [keeperName(id), index]));
  let startMs = 0;
  let figures = emptyFigures();

  const count = (length: number) => {
    figures.transmissions += 1;
    figures.bytes += length + lengthBytes;
  };
  const send = (context: ProcessContext, to: number, message: Uint8Array) => {
    // Visits are the schedule's, not this parcel's, but for the one that brings it.
    if (!isVisit(message)) count(message.length);
    context.send(to, message, traffic.payload);
  };

  for (const id of ids) {
    const keeper = createKeeperNode({ symmetric, network }, id);
    kernel.addNode({
      create: () =>
        createProcess((context, from, message) => {
          const answer = keeper.answer(String(from), message, context.nowMs);
          if (answer !== undefined) send(context, from, answer);
        }),
    });
  }

  const challenges = random.fork('challenges');
  const post = createMailboxPost({ symmetric, network, random: challenges });
  let senderContext: ProcessContext | undefined;
  const handle = (context: ProcessContext, effects: ReturnType<typeof post.tick>) => {
    for (const effect of effects) {
      if (effect.kind === 'send')
        send(context, indexByName.get(effect.keeper) ?? -1, effect.message);
      const isDone = effect.kind === 'state' && effect.state.type === 'stored';
      if (isDone && effect.state.by === effect.state.wanted) {
        figures.storedMs = context.nowMs - startMs;
      }
    }
    if (post.nextDueMs < Number.POSITIVE_INFINITY) {
      context.setTimer(Math.max(0, post.nextDueMs - context.nowMs) + 1, 0);
    }
  };
  kernel.addNode({
    create: () => ({
      start: (context) => {
        senderContext = context;
      },
      receive: (from, message) => {
        const context = senderContext ?? raise();
        handle(context, post.receive(keeperName(ids[from] ?? raise()), message, context.nowMs));
      },
      wake: () => {
        const context = senderContext ?? raise();
        handle(context, post.tick(context.nowMs));
      },
    }),
  });

  let shard = 0;
  const fetchRandom = random.fork('visits');
  const fetch = createMailboxFetch({
    symmetric,
    network,
    random: fetchRandom,
    shardOf: () => shard,
  });
  fetch.setMode('own');
  let isFetched = false;
  let visitLength = 0;
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
          if (effect.kind !== 'fetched' || isFetched) continue;
          isFetched = true;
          count(visitLength);
          count(message.length);
          figures.fetchedMs = context.nowMs - startMs;
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
    const { expirySlot, tag } = parcel.header;
    shard = parcel.header.shard;
    const day = dayFromSlot(expirySlot);
    const where = shardPlace(symmetric, shard, day);
    const names = chooseKeepers(where, ids, 3).map(keeperName);
    isFetched = false;
    fetch.setWanted(new Map([[day, [tag]]]));
    post.add(parcel, startMs);
    const name = parcelIds.toText(parcel.id);
    handle(senderContext ?? raise(), post.begin(name, parcel, ids, startMs));
    for (let slot = 1; slot * slotMs < roundMs; slot += 1) {
      await kernel.run(startMs + slot * slotMs);
      if (isFetched) continue;
      const context = recipientContext ?? raise();
      const question = fetch.ask({ shard, day }, names, kernel.nowMs);
      if (question === undefined) continue;
      visitLength = question.message.length;
      send(context, indexByName.get(question.keeper) ?? -1, question.message);
    }
    await kernel.run(startMs + roundMs);
    post.remove(name);
    results.push(figures);
  }
  return results;

  async function makeParcel(place: number): Promise<Parcel> {
    const label = {
      tag: random.bytes(32),
      shard: (place % 256) * 2 ** 24,
      expirySlot: expirySlotFrom(kernel.nowMs, 86_400_000, 'normal'),
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

/** A visit or its answer: types 4 and 5 of PIP-1006 §5. */
function isVisit(message: Uint8Array): boolean {
  return message[0] === 4 || message[0] === 5;
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

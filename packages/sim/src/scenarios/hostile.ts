import { ok } from '@pars/base';
import type { SimulationRandom } from '@pars/base/fakes';
import { dayIdsFrom, type ParcelId, type ParcelShelf, parcelHeaderLength } from '@pars/mesh';
import type { NodeIndex, Process, ProcessContext } from '../kernel/index.ts';
import { createByteStreams } from '../peers/byte-streams.ts';
import {
  createParcelWorld,
  hourMs,
  scheduleCrashes,
  schedulePosts,
} from '../peers/parcel-world.ts';
import { defineScenario, type Scenario } from '../scenario/scenario.ts';
import { internet } from './links.ts';
import { delaysOf, quantile, spreadSeries } from './shares.ts';

const behaviours = ['flood', 'withhold', 'corrupt', 'equivocate', 'lie'] as const;
type Behaviour = (typeof behaviours)[number];

/** Nearly a third of all nodes are out for harm, and some honest ones have hardly another neighbour. */
export const hostile: Scenario = defineScenario({
  name: 'hostile',
  description:
    '30 % of the nodes flood, withhold, corrupt, equivocate, lie in sketches, or surround others',
  defaults: {
    nodes: 100,
    hostileShare: 0.3,
    eclipsed: 5,
    hours: 3,
    messages: 100,
    attackSeconds: 20,
    crashesPerHour: 10,
  },
  small: { nodes: 16, hostileShare: 0.3, eclipsed: 2, hours: 1.5, messages: 6, attackSeconds: 90 },
  least: { nodes: 4, hostileShare: 0, eclipsed: 0, hours: 1, messages: 1, crashesPerHour: 0 },
  async run({ seed, parameters, suite }) {
    const { nodes, hostileShare, eclipsed, hours, messages, crashesPerHour, attackSeconds } =
      parameters;
    const evil = Math.floor(nodes * hostileShare);
    const honest = nodes - evil;
    // The last nodes are hostile, the first honest ones eclipsed: one honest neighbour, else hostile ones.
    const isHostile = (node: number) => node >= honest;
    const behaviourOf = (node: number) =>
      behaviours[(node - honest) % behaviours.length] as Behaviour;
    const world = createParcelWorld({
      seed,
      suite,
      nodes,
      linkBetween: () => internet,
      peer(node, kernel) {
        const neighbours = neighboursOf(node, nodes, honest, eclipsed, kernel.random);
        const peer = {
          periodMs: 60_000,
          choosePartner: ({ random }: ProcessContext) =>
            neighbours.length === 0 ? undefined : random.pick(neighbours),
        };
        if (!isHostile(node)) return peer;
        return {
          ...peer,
          traffic: 4,
          periodMs: attackSeconds * 1_000,
          wrapShelf: liarShelf(behaviourOf(node)),
        };
      },
      node: (node, kernel) =>
        isHostile(node) && behaviourOf(node) === 'flood'
          ? { create: () => createFlooder(kernel.nodeCount, honest) }
          : {},
    });
    const { kernel, book, syncs } = world;
    if (crashesPerHour > 0) scheduleCrashes(world, honest, hourMs / crashesPerHour);
    schedulePosts(world, messages, honest, { fromMs: 60_000, toMs: (hours - 1) * hourMs });
    await kernel.run(hours * hourMs);

    const stores = Array.from({ length: honest }, (_, node) => world.peerOf(node)?.store);
    const isHeld = (id: Uint8Array, node: number) =>
      stores[node]?.has(id as Parameters<NonNullable<(typeof stores)[number]>['has']>[0]) === true;
    const lacking = book.messages.reduce(
      (sum, { id }) => sum + stores.filter((_, node) => !isHeld(id, node)).length,
      0,
    );
    const foreign = stores.reduce(
      (sum, store) => sum + Math.max(0, (store?.count ?? 0) - book.messages.length),
      0,
    );
    const sent = Array.from({ length: honest }, (_, node) => kernel.bytesOf(node).sent);
    const honestBytes = sent.reduce((sum, bytes) => sum + bytes, 0);
    const delays = delaysOf(book.messages);
    return {
      figures: [
        { name: 'messages posted', value: book.messages.length, unit: '' },
        {
          name: 'copies that honest stores lack',
          value: lacking,
          unit: '',
          promise: { atMost: 0 },
        },
        { name: 'parcels from nowhere', value: foreign, unit: '', promise: { atMost: 0 } },
        { name: 'delivered twice', value: book.doubles, unit: '', promise: { atMost: 0 } },
        { name: 'delay, half of them', value: quantile(delays, 0.5) / 60_000, unit: 'min' },
        { name: 'delay, all of them', value: quantile(delays, 1) / 60_000, unit: 'min' },
        {
          name: 'bytes sent, an honest node and hour',
          value: honestBytes / honest / hours / 1_024,
          unit: 'KiB',
          promise: { atMost: 10_240 },
        },
        {
          name: 'most of one honest node, an hour',
          value: Math.max(...sent) / hours / 1_024,
          unit: 'KiB',
        },
        {
          name: 'bytes sent by hostile nodes',
          value: (kernel.counters.bytesByTraffic[4] ?? 0) / 1_024,
          unit: 'KiB',
        },
        { name: 'syncs', value: syncs.ended, unit: '' },
        { name: 'syncs broken', value: syncs.broken, unit: '' },
        { name: 'crashes in a write', value: kernel.counters.crashes, unit: '' },
      ],
      plot: {
        x: 'minutes since posting',
        y: 'delivered, %',
        series: [spreadSeries('delivered', book.messages, 60_000)],
      },
      fingerprint: kernel.fingerprint(),
      events: kernel.counters.events,
    };
  },
});

/** Eight neighbours, or seven hostile ones and an honest one; the honest ones are a ring besides. */
function neighboursOf(
  node: NodeIndex,
  nodes: number,
  honest: number,
  eclipsed: number,
  random: SimulationRandom,
): readonly NodeIndex[] {
  const mine = random.fork(`neighbours ${node}`);
  const others = Array.from({ length: nodes }, (_, other) => other).filter(
    (other) => other !== node,
  );
  if (node >= honest) return others;
  const next = (node + 1) % honest;
  if (next === node) return [];
  if (node >= eclipsed) return [next, ...mine.shuffle(others).slice(0, 7)];
  return [next, ...mine.shuffle(others.filter((other) => other >= honest)).slice(0, 7)];
}

/** How the shelf of a liar differs from an honest one. */
function liarShelf(behaviour: Behaviour) {
  return (shelf: ParcelShelf, { random }: ProcessContext): ParcelShelf => {
    switch (behaviour) {
      case 'withhold':
        return { snapshot: () => [], read: async () => undefined, admit: async () => ok('stored') };
      case 'corrupt':
        return {
          ...shelf,
          async read(id) {
            const parcel = (await shelf.read(id))?.slice();
            if (parcel === undefined) return undefined;
            const at = parcelHeaderLength + random.below(parcel.length - parcelHeaderLength);
            parcel[at] = (parcel[at] ?? 0) ^ 1;
            return parcel;
          },
        };
      case 'equivocate':
        return {
          ...shelf,
          snapshot: () => dayIdsFrom(idsOf(shelf).filter(() => random.chance(0.5))),
        };
      case 'lie':
        return {
          ...shelf,
          snapshot() {
            const day = Math.floor(1_795_305_600_000 / 86_400_000) + random.below(8);
            const invented = Array.from({ length: 500 }, () => ({
              id: random.bytes(32) as ParcelId,
              day,
            }));
            return dayIdsFrom([...idsOf(shelf), ...invented]);
          },
        };
      case 'flood':
        return shelf;
    }
  };
}

function idsOf(shelf: ParcelShelf): { id: ParcelId; day: number }[] {
  return shelf.snapshot().flatMap(({ day, ids }) =>
    Array.from({ length: ids.length / 32 }, (_, at) => ({
      id: ids.slice(32 * at, 32 * at + 32) as ParcelId,
      day,
    })),
  );
}

/** Opens stream after stream, writes noise and broken frames, and answers nobody. */
function createFlooder(nodes: number, honest: number): Process {
  let context: ProcessContext;
  let streams: ReturnType<typeof createByteStreams>;
  return {
    isAsynchronous: true,
    start(given) {
      context = given;
      streams = createByteStreams(context, () => undefined, 4);
      context.setTimer(1_000, 0);
    },
    receive: (from, message) => streams.receive(from, message),
    async wake() {
      context.setTimer(1_000, 0);
      const { random, self } = context;
      const victim = random.below(Math.max(1, Math.min(honest, nodes)));
      if (victim === self) return;
      const stream = streams.open(victim);
      const kind = random.below(3);
      if (kind === 0) await stream.write(random.bytes(8_192));
      else if (kind === 1) await stream.write(Uint8Array.of(0, 1, random.below(256)));
      else context.send(victim, random.bytes(1 + random.below(64)), 4);
      if (random.chance(0.5)) stream.abort();
    },
  };
}

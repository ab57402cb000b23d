import { ok, unwrap } from '@pars/base';
import type { HybridSignerKey } from '@pars/crypto';
import { bundleFromStore, importBundle, writeBundle } from '@pars/mesh';
import {
  createParcelWorld,
  dayMs,
  hourMs,
  type ParcelWorld,
  scheduleCrashes,
  schedulePosts,
  scheduleSleep,
  worldStartMs,
} from '../peers/parcel-world.ts';
import { defineScenario, type Scenario } from '../scenario/scenario.ts';
import { lan } from './links.ts';
import { delaysOf, quantile, spreadSeries } from './shares.ts';

/** No network at all between places: couriers walk, and sticks with bundles go from hand to hand. */
export const blackout: Scenario = defineScenario({
  name: 'blackout',
  description:
    'seven days without any network between places; couriers and sticks carry everything',
  defaults: {
    nodes: 240,
    places: 20,
    couriers: 10,
    sticks: 10,
    days: 7,
    messages: 300,
    crashesPerDay: 20,
  },
  small: { nodes: 14, places: 3, couriers: 2, sticks: 2, days: 4, messages: 8 },
  least: { nodes: 4, places: 2, couriers: 0, sticks: 0, days: 3, messages: 1, crashesPerDay: 0 },
  realSuiteNodes: 200,
  async run({ seed, parameters, suite }) {
    const { nodes, places, couriers, sticks, days, messages, crashesPerDay } = parameters;
    // The last nodes are couriers: their place changes, -1 is on the way.
    const placeOf = Int32Array.from({ length: nodes }, (_, node) => node % places);
    const isCourier = (node: number) => node >= nodes - couriers;
    const world = createParcelWorld({
      seed,
      suite,
      nodes,
      linkBetween: (from, to) =>
        placeOf[from] === placeOf[to] && placeOf[from] !== -1 ? lan : undefined,
      node: (_, kernel) => ({
        skewMs: kernel.random.below(600_000) - 300_000,
        driftPpm: 60,
        slowness: 4,
      }),
      peer: (node) => ({
        periodMs: isCourier(node) ? 300_000 : 1_800_000,
        choosePartner({ random, self }) {
          const here = placeOf[self] ?? -1;
          if (here === -1) return undefined;
          const neighbours: number[] = [];
          for (let other = 0; other < nodes; other += 1) {
            if (other !== self && placeOf[other] === here) neighbours.push(other);
          }
          return neighbours.length === 0 ? undefined : random.pick(neighbours);
        },
      }),
    });
    const { kernel, book, syncs } = world;
    const residents = nodes - couriers;
    scheduleSleep(
      kernel,
      Array.from({ length: residents }, (_, node) => node),
      0.5,
      2 * hourMs,
    );
    if (crashesPerDay > 0) scheduleCrashes(world, nodes, dayMs / crashesPerDay);
    scheduleCouriers(world, nodes - couriers, nodes, placeOf, places);
    const carried = await scheduleSticks(world, sticks, residents, placeOf, places);
    const span = { fromMs: hourMs, toMs: (days - 2) * dayMs, lifetimeMs: 7 * dayMs };
    schedulePosts(world, messages, nodes, span);
    await kernel.run(days * dayMs);

    const delays = delaysOf(book.messages);
    const share = (withinMs: number) =>
      (100 * delays.filter((delay) => delay <= withinMs).length) /
      Math.max(1, book.messages.length);
    let lost = 0;
    for (const { id, deliveredMs } of book.messages) {
      if (deliveredMs !== undefined) continue;
      const isHeld = Array.from({ length: nodes }, (_, node) => world.peerOf(node)?.store).some(
        (store) => store?.has(id as Parameters<typeof store.has>[0]) === true,
      );
      if (!isHeld) lost += 1;
    }
    return {
      figures: [
        { name: 'messages posted', value: book.messages.length, unit: '' },
        { name: 'delivered within a day', value: share(dayMs), unit: '%' },
        { name: 'delivered within two days', value: share(2 * dayMs), unit: '%' },
        {
          name: 'delivered by the end',
          value: (100 * book.delivered) / Math.max(1, book.messages.length),
          unit: '%',
          promise: { atLeast: 99 },
        },
        { name: 'lost without having expired', value: lost, unit: '', promise: { atMost: 0 } },
        { name: 'delivered twice', value: book.doubles, unit: '', promise: { atMost: 0 } },
        { name: 'delay, half of them', value: quantile(delays, 0.5) / hourMs, unit: 'h' },
        { name: 'delay, 95 of 100', value: quantile(delays, 0.95) / hourMs, unit: 'h' },
        { name: 'copies stored', value: book.copies, unit: '' },
        { name: 'bundles carried', value: carried.bundles, unit: '' },
        { name: 'bytes of bundles', value: carried.bytes / 1_024, unit: 'KiB' },
        { name: 'parcels new from bundles', value: carried.stored, unit: '' },
        { name: 'syncs', value: syncs.ended, unit: '' },
        { name: 'syncs broken', value: syncs.broken, unit: '' },
        { name: 'crashes in a write', value: kernel.counters.crashes, unit: '' },
      ],
      plot: {
        x: 'hours since posting',
        y: 'delivered, %',
        series: [spreadSeries('delivered', book.messages, hourMs)],
      },
      fingerprint: kernel.fingerprint(),
      events: kernel.counters.events,
    };
  },
});

/** Stays 1 to 5 hours, walks 1 to 4. */
function scheduleCouriers(
  { kernel }: ParcelWorld,
  from: number,
  to: number,
  placeOf: Int32Array,
  places: number,
): void {
  const random = kernel.random.fork('couriers');
  for (let courier = from; courier < to; courier += 1) {
    const leave = (): void => {
      placeOf[courier] = -1;
      kernel.at(kernel.nowMs + (1 + random.below(4)) * hourMs, arrive);
    };
    const arrive = (): void => {
      placeOf[courier] = random.below(places);
      kernel.at(kernel.nowMs + (1 + random.below(5)) * hourMs, leave);
    };
    kernel.at(random.below(hourMs), leave);
  }
}

/** A stick: somebody exports a bundle for the group, and hours later somebody elsewhere imports it. */
async function scheduleSticks(
  world: ParcelWorld,
  sticks: number,
  residents: number,
  placeOf: Int32Array,
  places: number,
): Promise<{ bundles: number; bytes: number; stored: number }> {
  const { kernel, crypto, book } = world;
  const { suite } = crypto;
  const random = kernel.random.fork('sticks');
  const carried = { bundles: 0, bytes: 0, stored: 0 };
  if (sticks === 0) return carried;
  const exporter: HybridSignerKey = await suite.signature.signerFromSeed(
    suite.signature.generateSeed(),
  );
  const reader = await suite.kem.privateKeyFromSeed(suite.kem.generateSeed());
  const clock = {
    nowMs: () => Math.floor(worldStartMs + kernel.nowMs),
    monotonicMs: () => kernel.nowMs,
  };

  function someoneAt(place: number): number | undefined {
    const there: number[] = [];
    for (let node = 0; node < residents; node += 1) {
      const isThere = placeOf[node] === place && kernel.isUp(node) && !kernel.isAsleep(node);
      if (isThere && world.peerOf(node)?.store !== undefined) there.push(node);
    }
    return there.length === 0 ? undefined : random.pick(there);
  }

  async function carry(place: number): Promise<void> {
    const next = (place + 1 + random.below(Math.max(1, places - 1))) % places;
    const arrivalMs = kernel.nowMs + (2 + random.below(8)) * hourMs;
    const giver = someoneAt(place);
    const parcels = giver === undefined ? undefined : world.peerOf(giver)?.store;
    const chunks: Uint8Array[] = [];
    if (parcels !== undefined) {
      const records = bundleFromStore({ random }, { parcels, sketchSymbols: 0 });
      const options = { recipients: { contacts: [reader.publicKey] }, lifetimeMs: 7 * dayMs };
      const deps = { suite, clock, random, exporter };
      for await (const chunk of writeBundle(deps, options, records)) chunks.push(chunk);
      carried.bundles += 1;
      carried.bytes += chunks.reduce((sum, chunk) => sum + chunk.length, 0);
    }
    kernel.at(arrivalMs, async () => {
      const taker = someoneAt(next);
      if (taker !== undefined && chunks.length > 0) {
        const before = book.copies;
        await take(taker, chunks);
        carried.stored += book.copies - before;
      }
      await carry(next);
    });
  }

  async function take(taker: number, chunks: readonly Uint8Array[]): Promise<void> {
    const put = async (bytes: Uint8Array, source: string) => {
      const result = (await world.peerOf(taker)?.put(bytes, source)) ?? 'failed';
      if (result === 'stored') world.noteStored(taker, bytes);
      // Whoever crashes in an import reads the stick again another time.
      return ok(result === 'failed' ? 'known' : result);
    };
    const keys = { contacts: [reader] };
    unwrap(await importBundle({ suite, clock }, { parcels: { put } }, keys, from(chunks)));
  }

  for (let stick = 0; stick < sticks; stick += 1) {
    kernel.at(random.below(8 * hourMs), () => carry(random.below(places)));
  }
  return carried;
}

async function* from(chunks: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* chunks;
}

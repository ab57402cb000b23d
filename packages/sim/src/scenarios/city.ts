import { sumBytes } from '../kernel/index.ts';
import {
  createParcelWorld,
  hourMs,
  scheduleCrashes,
  schedulePosts,
  scheduleSleep,
} from '../peers/parcel-world.ts';
import { defineScenario, type Scenario } from '../scenario/scenario.ts';
import { lan, uplink } from './links.ts';
import { delaysOf, quantile, spreadSeries } from './shares.ts';

/** Houses with a good network inside and a weak uplink; most nodes are phones that sleep. */
export const city: Scenario = defineScenario({
  name: 'city',
  description: 'LAN clusters behind weak shared uplinks; phones sleep, disks crash',
  defaults: {
    nodes: 1_000,
    clusterSize: 20,
    hours: 3,
    messages: 200,
    uplinkBytesPerSecond: 16_000,
    phoneShare: 0.6,
    crashesPerHour: 20,
  },
  small: { nodes: 40, clusterSize: 10, hours: 1.5, messages: 12 },
  least: { nodes: 4, clusterSize: 2, hours: 1, messages: 1, phoneShare: 0, crashesPerHour: 0 },
  realSuiteNodes: 200,
  async run({ seed, parameters, suite }) {
    const { nodes, clusterSize, hours, messages, phoneShare, crashesPerHour } = parameters;
    const clusterOf = (node: number) => Math.floor(node / clusterSize);
    const clusters = clusterOf(nodes - 1) + 1;
    const channels: { readonly up: number; readonly down: number }[] = [];
    const world = createParcelWorld({
      seed,
      suite,
      nodes,
      linkBetween: (from, to) => (clusterOf(from) === clusterOf(to) ? lan : uplink),
      node(node, kernel) {
        const bytesPerSecond = parameters.uplinkBytesPerSecond;
        const channel = (channels[clusterOf(node)] ??= {
          up: kernel.addChannel({ bytesPerSecond }),
          down: kernel.addChannel({ bytesPerSecond: 4 * bytesPerSecond }),
        });
        const skewMs = kernel.random.below(120_000) - 60_000;
        return { uplink: channel.up, downlink: channel.down, skewMs, driftPpm: 40, slowness: 4 };
      },
      peer: () => ({
        periodMs: 60_000,
        choosePartner({ random, self }) {
          const cluster = clusterOf(self);
          const size = Math.min(clusterSize, nodes - cluster * clusterSize);
          if (size > 1 && (clusters === 1 || random.chance(0.95))) {
            const place = self - cluster * clusterSize;
            return cluster * clusterSize + ((place + 1 + random.below(size - 1)) % size);
          }
          if (clusters === 1) return undefined;
          const other = (cluster + 1 + random.below(clusters - 1)) % clusters;
          return Math.min(nodes - 1, other * clusterSize + random.below(clusterSize));
        },
      }),
    });
    const { kernel, book, syncs } = world;
    const phones = Array.from({ length: Math.floor(nodes * phoneShare) }, (_, at) =>
      Math.floor(at / phoneShare),
    );
    if (phones.length > 0) scheduleSleep(kernel, phones, 0.3, 600_000);
    if (crashesPerHour > 0) scheduleCrashes(world, nodes, hourMs / crashesPerHour);
    schedulePosts(world, messages, nodes, { fromMs: 60_000, toMs: (hours - 0.75) * hourMs });
    await kernel.run(hours * hourMs);

    const delays = delaysOf(book.messages);
    const acrossBytes = Array.from({ length: nodes }, (_, node) => kernel.bytesOf(node).sent);
    return {
      figures: [
        { name: 'messages posted', value: book.messages.length, unit: '' },
        {
          name: 'delivered',
          value: (100 * book.delivered) / Math.max(1, book.messages.length),
          unit: '%',
          promise: { atLeast: 99 },
        },
        { name: 'delivered twice', value: book.doubles, unit: '', promise: { atMost: 0 } },
        { name: 'delay, half of them', value: quantile(delays, 0.5) / 60_000, unit: 'min' },
        { name: 'delay, 95 of 100', value: quantile(delays, 0.95) / 60_000, unit: 'min' },
        {
          name: 'bytes sent, a node and hour',
          value: sumBytes(kernel.counters) / nodes / hours / 1_024,
          unit: 'KiB',
        },
        {
          name: 'busiest node, an hour',
          value: Math.max(...acrossBytes) / hours / 1_024,
          unit: 'KiB',
        },
        { name: 'copies stored', value: book.copies, unit: '' },
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

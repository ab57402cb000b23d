import { type LinkProfile, sumBytes } from '../kernel/index.ts';
import { createParcelWorld, hourMs, schedulePosts } from '../peers/parcel-world.ts';
import { defineScenario, type Scenario } from '../scenario/scenario.ts';
import { delaysOf, quantile, spreadSeries } from './shares.ts';

/** Frames of 230 bytes, 27 of which are the radio's own; one half-duplex channel for all. */
const radioLink: LinkProfile = {
  name: 'radio',
  medianMs: 60,
  p95Ms: 120,
  loss: 0.05,
  stream: true,
  fragmentBytes: 203,
  overheadBytes: 27,
  usesUplink: true,
};

/** One channel of 1,200 bit/s that only one can use at a time. */
export const radio: Scenario = defineScenario({
  name: 'radio',
  description: 'stations share one half-duplex channel of 1,200 bit/s with frames of 230 bytes',
  defaults: { nodes: 8, hours: 24, messages: 12, bitsPerSecond: 1_200 },
  small: { nodes: 4, hours: 6, messages: 3 },
  least: { nodes: 2, hours: 3, messages: 1 },
  async run({ seed, parameters, suite }) {
    const { nodes, hours, messages, bitsPerSecond } = parameters;
    let channel: number | undefined;
    const world = createParcelWorld({
      seed,
      suite,
      nodes,
      linkBetween: () => radioLink,
      node(_, kernel) {
        channel ??= kernel.addChannel({ bytesPerSecond: bitsPerSecond / 8 });
        return { uplink: channel, slowness: 20 };
      },
      peer: () => ({
        periodMs: 1_200_000,
        stallMs: 900_000,
        messageLength: 256,
        choosePartner: ({ random, self }) => (self + 1 + random.below(nodes - 1)) % nodes,
      }),
    });
    const { kernel, book, syncs } = world;
    schedulePosts(world, messages, nodes, { fromMs: 60_000, toMs: (hours / 2) * hourMs });
    await kernel.run(hours * hourMs);

    const bytes = sumBytes(kernel.counters);
    const delays = delaysOf(book.messages);
    return {
      figures: [
        { name: 'messages posted', value: book.messages.length, unit: '' },
        {
          name: 'delivered',
          value: (100 * book.delivered) / Math.max(1, book.messages.length),
          unit: '%',
          promise: { atLeast: 100 },
        },
        { name: 'delivered twice', value: book.doubles, unit: '', promise: { atMost: 0 } },
        { name: 'delay, half of them', value: quantile(delays, 0.5) / 60_000, unit: 'min' },
        { name: 'delay, all of them', value: quantile(delays, 1) / 60_000, unit: 'min' },
        { name: 'bytes on the air', value: bytes, unit: 'B' },
        {
          name: 'channel busy',
          value: (100 * bytes) / ((hours * hourMs * bitsPerSecond) / 8_000),
          unit: '%',
          promise: { atMost: 100 },
        },
        { name: 'bytes a copy of 1 KiB', value: bytes / Math.max(1, book.copies), unit: 'B' },
        { name: 'bytes a sync', value: bytes / Math.max(1, syncs.ended), unit: 'B' },
        { name: 'syncs', value: syncs.ended, unit: '' },
        { name: 'syncs broken', value: syncs.broken, unit: '' },
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

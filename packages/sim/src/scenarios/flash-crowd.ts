import { createParcelWorld } from '../peers/parcel-world.ts';
import { defineScenario, type Scenario } from '../scenario/scenario.ts';
import { internet } from './links.ts';
import { quantile } from './shares.ts';

/** Many arrive at the same moment with nothing, and few have everything. */
export const flashCrowd: Scenario = defineScenario({
  name: 'flash-crowd',
  description: 'nodes join within ten seconds and want what a few holders have',
  defaults: { nodes: 500, holders: 10, parcels: 100, minutes: 6 },
  small: { nodes: 30, holders: 2, parcels: 20, minutes: 4 },
  least: { nodes: 2, holders: 1, parcels: 1, minutes: 2 },
  realSuiteNodes: 200,
  async run({ seed, parameters, suite }) {
    const { nodes, holders, parcels, minutes } = parameters;
    const arrivalMs = 60_000;
    const newcomers = nodes - holders;
    const startOf = (node: number) =>
      node < holders ? 0 : arrivalMs + ((node - holders) * 10_000) / Math.max(1, newcomers);
    const heldBy = new Uint32Array(nodes);
    const completeMs: number[] = [];
    let receivedBytes = 0;
    const world = createParcelWorld({
      seed,
      suite,
      nodes,
      linkBetween: () => internet,
      startMs: startOf,
      peer: (node) => ({
        // Who holds everything waits to be asked.
        periodMs: node < holders ? 3_600_000 : 5_000,
        choosePartner({ random, self }) {
          // An invite names a holder; whoever was met later may have it too.
          const isHolder = random.chance(0.3);
          const other = isHolder ? random.below(holders) : random.below(nodes);
          return other === self ? undefined : other;
        },
        onStored() {
          heldBy[node] = (heldBy[node] ?? 0) + 1;
          if (heldBy[node] !== parcels) return;
          completeMs.push(world.kernel.nowMs - startOf(node));
          receivedBytes += world.kernel.bytesOf(node).received;
        },
      }),
    });
    const { kernel, syncs } = world;
    kernel.at(1_000, async () => {
      const all = Array.from({ length: holders }, (_, node) => node);
      for (let count = 0; count < parcels; count += 1) await world.preload(all);
    });
    await kernel.runUntil(() => completeMs.length === newcomers, minutes * 60_000);

    const sent = Array.from({ length: nodes }, (_, node) => kernel.bytesOf(node).sent);
    const payload = parcels * 1_024;
    const times = completeMs.toSorted((a, b) => a - b);
    const complete = times.length === newcomers;
    return {
      figures: [
        {
          name: 'newcomers with everything',
          value: (100 * times.length) / Math.max(1, newcomers),
          unit: '%',
          promise: { atLeast: 100 },
        },
        { name: 'time, half of them', value: quantile(times, 0.5) / 1_000, unit: 's' },
        {
          name: 'time, 99 of 100',
          value: complete ? quantile(times, 0.99) / 1_000 : Number.POSITIVE_INFINITY,
          unit: 's',
          promise: { atMost: 120 },
        },
        {
          name: 'bytes received until complete, to payload',
          value: receivedBytes / Math.max(1, times.length) / payload,
          unit: 'times',
          promise: { atMost: 3 },
        },
        {
          name: 'busiest holder, sent to payload of all',
          value: Math.max(...sent.slice(0, holders)) / (payload * newcomers),
          unit: 'times',
        },
        { name: 'syncs', value: syncs.ended, unit: '' },
        { name: 'syncs broken', value: syncs.broken, unit: '' },
      ],
      plot: {
        x: 'seconds since joining',
        y: 'newcomers with everything, %',
        series: [
          {
            name: 'complete',
            points: [
              [0, 0],
              ...times.map((time, at) => [time / 1_000, (100 * (at + 1)) / newcomers] as const),
            ],
          },
        ],
      },
      fingerprint: kernel.fingerprint(),
      events: kernel.counters.events,
    };
  },
});

import { createFingerprint } from '../kernel/fingerprint.ts';
import { defineScenario, type Scenario } from '../scenario/scenario.ts';
import { runKeepers } from '../spreading/keeper-scenario.ts';
import { quantile } from './shares.ts';

/** Point to point: a parcel goes to three keepers of its shard, and its recipient fetches it. */
export const keepers: Scenario = defineScenario({
  name: 'keepers',
  description: 'parcels go to three keepers of their shard and are fetched by their recipient',
  defaults: { nodes: 42, parcels: 200, lossPercent: 0 },
  small: { parcels: 10 },
  least: { nodes: 42, parcels: 1, lossPercent: 0 },
  async run({ seed, parameters: { nodes, parcels, lossPercent } }) {
    if (nodes !== 42) throw new RangeError('a sender, a recipient and 40 keepers: 42 nodes');
    const runs = await runKeepers({ seed, parcels, loss: lossPercent / 100 });
    const of = (what: 'storedMs' | 'fetchedMs' | 'transmissions' | 'bytes') =>
      runs.map((run) => run[what]);
    const fetched = of('fetchedMs').toSorted((a, b) => a - b);
    return {
      figures: [
        { name: 'kept by three, half of them', value: quantile(of('storedMs'), 0.5), unit: 'ms' },
        {
          name: 'fetched, 95 of 100',
          value: quantile(of('fetchedMs'), 0.95),
          unit: 'ms',
          promise: { atMost: 2_000 },
        },
        {
          name: 'transmissions, half of them',
          value: quantile(of('transmissions'), 0.5),
          unit: '',
          promise: { atMost: 8 },
        },
        { name: 'transmissions, most', value: Math.max(...of('transmissions')), unit: '' },
        { name: 'bytes, half of them', value: quantile(of('bytes'), 0.5), unit: 'B' },
      ],
      plot: {
        x: 'ms since sending',
        y: 'fetched, %',
        series: [
          {
            name: 'fetched',
            points: [
              [0, 0],
              ...fetched.flatMap((ms, at) =>
                Number.isFinite(ms) ? [[ms, (100 * (at + 1)) / parcels] as const] : [],
              ),
            ],
          },
        ],
      },
      // The run keeps its kernel to itself; what it measured is what it did.
      fingerprint: fingerprintOf(runs.flatMap((run) => Object.values(run))),
      events: runs.reduce((sum, { transmissions }) => sum + transmissions, 0),
    };
  },
});

function fingerprintOf(values: readonly number[]): string {
  const fingerprint = createFingerprint();
  for (const value of values) fingerprint.add(Math.round(value * 1_000), 0, 0, 0);
  return fingerprint.text();
}

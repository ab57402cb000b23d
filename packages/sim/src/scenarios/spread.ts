import { defineScenario, type Figure, type Scenario, type Series } from '../scenario/scenario.ts';
import { runEpidemic, type SpreadFigures } from '../spreading/epidemic-scenario.ts';

/** Parcels after which an eager tree has grown (PIP-0001 §13). */
const warmAfter = 50;

/** Epidemic spreading of emergencies in a random network: the first parcel, and what comes after fifty. */
export const spread: Scenario = defineScenario({
  name: 'spread',
  description: 'emergencies spread by gossip through a random network, cold and warm',
  defaults: { nodes: 10_000, parcels: 55, lossPercent: 1 },
  small: { nodes: 200, parcels: 4 },
  least: { nodes: 30, parcels: 1, lossPercent: 0 },
  async run({ seed, parameters }) {
    const { nodes, parcels, lossPercent } = parameters;
    const intervalMs = lossPercent > 1 ? 5_000 : 2_000;
    const figures = await runEpidemic({
      seed,
      nodes,
      parcels,
      intervalMs,
      loss: lossPercent / 100,
    });
    const [cold] = figures.parcels;
    const warm = figures.parcels.slice(warmAfter);
    const slowest = Math.max(...figures.parcels.map(({ t99Ms }) => t99Ms));
    const atMost = lossPercent <= 1 ? 650 : 1_500;
    const reached = figures.parcels.reduce((sum, one) => sum + one.reached, 0);
    const rows: Figure[] = [
      {
        name: 'reached',
        value: (100 * reached) / nodes / parcels,
        unit: '%',
        promise: { atLeast: 99 },
      },
      { name: 'first parcel, half of the nodes', value: cold?.halfMs ?? Number.NaN, unit: 'ms' },
      {
        name: 'first parcel, 99 of 100 nodes',
        value: cold?.t99Ms ?? Number.NaN,
        unit: 'ms',
        promise: { atMost },
      },
      { name: 'slowest parcel, 99 of 100 nodes', value: slowest, unit: 'ms' },
      {
        name: 'first parcel, bytes a node to payload',
        value: cold?.payloadTimes ?? Number.NaN,
        unit: 'times',
        ...(lossPercent <= 1 && { promise: { atMost: 4 } }),
      },
    ];
    if (warm.length > 0) {
      rows.push({
        name: 'after 50 parcels, bytes a node to payload',
        value: warm.reduce((sum, { payloadTimes }) => sum + payloadTimes, 0) / warm.length,
        unit: 'times',
        ...(lossPercent <= 1 && { promise: { atMost: 1.5 } }),
      });
    }
    const last = figures.parcels.at(-1);
    return {
      figures: rows,
      plot: {
        x: 'ms since publishing',
        y: 'nodes that have it, %',
        series: [
          ...(cold === undefined ? [] : [seriesOf('first parcel', cold)]),
          ...(last === undefined ? [] : [seriesOf('last parcel', last)]),
        ],
      },
      fingerprint: figures.fingerprint,
      events: figures.events,
    };
  },
});

/** What the run notes of a parcel: when the first, half, 99 of 100 and all nodes had it. */
function seriesOf(name: string, { halfMs, t99Ms, allMs }: SpreadFigures): Series {
  const points: (readonly [number, number])[] = [
    [0, 0],
    [halfMs, 50],
    [t99Ms, 99],
    [allMs, 100],
  ];
  return { name, points: points.filter(([x]) => Number.isFinite(x)) };
}

import type { Benchmark, BenchRow } from '@pars/base/bench';
import { createSimulatedAir, type SimulatedStation, slowChannel } from './radio-air-fixture.ts';

/** Air time of a parcel between stations that know each other, 10 % of all frames lost at each receiver (PIP-1007 §10). */
export const benchmarks: readonly Benchmark[] = [
  {
    name: 'mesh/radio-message-1200',
    run: () =>
      measureParcel({ name: 'mesh/radio/256-B-message/1200-bit/s', bucket: 0, mostSeconds: 15 }),
  },
  {
    name: 'mesh/radio-4KiB-9600',
    run: () =>
      measureParcel({
        name: 'mesh/radio/4-KiB-parcel/9600-bit/s',
        bucket: 1,
        bitsPerSecond: 9_600,
        keyUpMs: 100,
        mostSeconds: 8,
      }),
  },
  {
    name: 'mesh/radio-broadcast',
    run: () =>
      measureParcel({ name: 'mesh/radio/message-to-7/1200-bit/s', bucket: 0, stations: 8 }),
  },
];

const rounds = 200;

interface Trial {
  readonly name: string;
  readonly bucket: number;
  readonly bitsPerSecond?: number;
  readonly keyUpMs?: number;
  readonly stations?: number;
  readonly mostSeconds?: number;
}

/** All stations' air time, key-up included, and the wall time, from the store's taking it until every station has it and said so. */
async function measureParcel(trial: Trial): Promise<readonly BenchRow[]> {
  const {
    bitsPerSecond = 1_200,
    bucket,
    keyUpMs = 300,
    mostSeconds,
    name,
    stations: count = 2,
  } = trial;
  const channel = { ...slowChannel, bitsPerSecond, keyUpMs };
  const air: number[] = [];
  const wall: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const sky = createSimulatedAir(`${name} ${round}`, { loss: 0.1, channel });
    const stations = Array.from({ length: count }, () =>
      sky.createStation({ beaconMs: 3_600_000 }),
    );
    const [first] = stations;
    if (first === undefined) throw new Error('no station');
    const isSetUp = () =>
      stations.every(({ machine }) => machine.neighbours(sky.nowMs).length === count - 1);
    while (!isSetUp()) sky.run(600_000);
    sky.run(60_000);
    const before = sumAir(stations);
    const startMs = sky.nowMs;
    first.add(sky.make({ bucket }));
    sky.run(3_600_000, () => stations.every(({ parcels }) => parcels.size === 1));
    wall.push((sky.nowMs - startMs) / 1_000);
    sky.run(120_000, () => first.taken.length === count - 1);
    air.push((sumAir(stations) - before) / 1_000);
  }
  const target =
    mostSeconds === undefined ? {} : { target: { of: 'value', atMost: mostSeconds } as const };
  return [
    { name: `${name}/air/median`, value: quantile(air, 0.5), unit: 's', ...target },
    { name: `${name}/air/95%`, value: quantile(air, 0.95), unit: 's', ...target },
    { name: `${name}/air/worst-of-${rounds}`, value: quantile(air, 1), unit: 's' },
    { name: `${name}/arrival/median`, value: quantile(wall, 0.5), unit: 's' },
    { name: `${name}/arrival/95%`, value: quantile(wall, 0.95), unit: 's' },
  ];
}

function sumAir(stations: readonly SimulatedStation[]): number {
  return stations.reduce((sum, { machine }) => sum + machine.counts.airMs, 0);
}

function quantile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] ?? Number.NaN;
}

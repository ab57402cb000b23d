import type { Benchmark, BenchRow } from '@pars/base/bench';
import { createSimulationRandom } from '@pars/base/fakes';
import { createFountainDecoder } from './fountain-decoder.ts';
import { createFountainEncoder } from './fountain-encoder.ts';

/** Symbols needed over symbols there are, and processor time, for what radios and screens carry (PIP-1007). */
export const benchmarks: readonly Benchmark[] = [
  { name: 'mesh/fountain-overhead', run: async () => measureOverheads() },
  { name: 'mesh/fountain-speed', run: async () => measureSpeeds() },
];

const random = createSimulationRandom('fountain bench');

function measureOverheads(): readonly BenchRow[] {
  const rows: BenchRow[] = [];
  for (const { count, rounds } of [
    { count: 4, rounds: 2_000 },
    { count: 19, rounds: 500 },
    { count: 100, rounds: 60 },
    { count: 256, rounds: 20 },
    { count: 257, rounds: 20 },
    { count: 1_000, rounds: 4 },
  ]) {
    for (const loss of [0.1, 1]) {
      let taken = 0;
      let worst = 0;
      for (let round = 0; round < rounds; round += 1) {
        const needed = decodeOnce(count, 16, loss);
        taken += needed;
        worst = Math.max(worst, needed - count);
      }
      const name = `mesh/fountain-overhead/${count}/${loss === 1 ? 'repair-only' : 'loss-10%'}`;
      const isMany = count >= 100;
      const beyond = taken / rounds - count;
      rows.push(
        isMany
          ? {
              name,
              value: taken / rounds / count,
              unit: 'x',
              target: { of: 'value', atMost: 1.03 },
            }
          : { name, value: beyond, unit: 'symbols', target: { of: 'value', atMost: 2 } },
        { name: `${name}/worst`, value: worst, unit: 'symbols' },
      );
    }
  }
  return rows;
}

function measureSpeeds(): readonly BenchRow[] {
  const rows: BenchRow[] = [];
  for (const { count, symbolLength, name } of [
    { count: 1_331, symbolLength: 197, name: 'radio-256KiB' },
    { count: 1_024, symbolLength: 1_000, name: 'screen-1MB' },
    { count: 2_048, symbolLength: 1_000, name: 'screen-2MB' },
  ]) {
    for (const loss of [0.1, 1]) {
      const before = process.cpuUsage();
      decodeOnce(count, symbolLength, loss);
      const { user, system } = process.cpuUsage(before);
      const kind = loss === 1 ? 'repair-only' : 'loss-10%';
      rows.push({
        name: `mesh/fountain-cpu/${name}/${kind}`,
        value: (user + system) / 1_000,
        unit: 'ms',
      });
    }
  }
  return rows;
}

/** Encodes and decodes until done; `loss` of the source symbols are lost. Gives how many symbols were taken. */
function decodeOnce(count: number, symbolLength: number, loss: number): number {
  const object = new Uint8Array(count * symbolLength);
  for (let at = 0; at < object.length; at += 65_536) {
    object.set(random.bytes(Math.min(65_536, object.length - at)), at);
  }
  const encoder = createFountainEncoder(object, symbolLength);
  const decoder = createFountainDecoder({ objectLength: object.length, symbolLength });
  const firstRepair = count + random.below(1_000_000);
  let taken = 0;
  for (let id = 0; decoder.missing > 0; id += 1) {
    if (id < count && random.below(1_000) < 1_000 * loss) continue;
    const symbolId = id < count ? id : firstRepair + id;
    decoder.add(symbolId, encoder.symbol(symbolId));
    taken += 1;
  }
  return taken;
}

import { unwrap } from '@pars/base';
import type { Benchmark, BenchRow } from '@pars/base/bench';
import { createSimulationRandom } from '@pars/base/fakes';
import { createSuite } from '@pars/crypto';
import { createJavaScriptProvider } from '@pars/crypto/provider';
import { solveCollisions } from './collision-solver.ts';
import { createParcel, parcelFromBytes } from './parcel.ts';
import { createParcelFixture, createTestSuite } from './parcel-fixture.ts';
import { checkPostage } from './postage.ts';

const network = { shardBits: 8, puzzleBits: 16, leastLevel: 0 };
const pause = async () => undefined;

/** What postage costs its payer and its checker, and how fast a store takes parcels. */
export const benchmarks: readonly Benchmark[] = [
  { name: 'mesh/postage', run: measurePostage },
  { name: 'mesh/parcel-store', run: measureStore },
];

async function measurePostage(): Promise<readonly BenchRow[]> {
  const random = createSimulationRandom('postage bench');
  const suites = {
    native: createTestSuite(random),
    js: createSuite({ provider: createJavaScriptProvider({ random }), random }),
  };
  const rows: BenchRow[] = [];
  for (const [name, { symmetric }] of Object.entries(suites)) {
    const times: number[] = [];
    for (let nonce = 0; nonce < 5; nonce += 1) {
      const start = performance.now();
      await solveCollisions({ symmetric, seed: new Uint8Array(32), nonce, puzzleBits: 16 }, pause);
      times.push(performance.now() - start);
    }
    const solveMs = median(times);
    const label = { tag: random.bytes(32), shard: 0, expirySlot: 1, priority: 'normal' as const };
    const work = { symmetric, pause };
    const parcel = unwrap(await createParcel(work, network, label, new Uint8Array(512)));
    const checks = 200;
    const start = performance.now();
    for (let round = 0; round < checks; round += 1) {
      const read = unwrap(parcelFromBytes(symmetric, network, parcel.bytes));
      unwrap(checkPostage(symmetric, network, read.header));
    }
    const checkMs = (performance.now() - start) / checks;
    rows.push(
      { name: `mesh/postage-puzzle/${name}-sha3`, value: solveMs, unit: 'ms' },
      {
        name: `mesh/parcel-read-and-check-1KiB/${name}-sha3`,
        value: checkMs,
        unit: 'ms',
        peer: { name: 'one puzzle', value: solveMs },
        ratio: checkMs / solveMs,
        target: { of: 'ratio', atMost: 0.01 },
      },
    );
  }
  return rows;
}

async function measureStore(): Promise<readonly BenchRow[]> {
  const fixture = createParcelFixture('store bench');
  const parcels = [];
  for (let count = 0; count < 300; count += 1) parcels.push(await fixture.make());
  const store = await fixture.open({ capacityBytes: 64 * 1_048_576 });
  const start = performance.now();
  for (const [number, parcel] of parcels.entries()) await store.put(parcel.bytes, `s${number % 9}`);
  const putMs = (performance.now() - start) / parcels.length;
  const opening = performance.now();
  const reopened = await fixture.open();
  const openMs = (performance.now() - opening) / parcels.length;
  if (reopened.count !== parcels.length) throw new Error('the store has lost parcels');
  return [
    { name: 'mesh/parcel-put-1KiB/js-suite', value: 1_000 / putMs, unit: 'ops/s' },
    { name: 'mesh/parcel-entry-open/js-suite', value: 1_000 / openMs, unit: 'ops/s' },
  ];
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

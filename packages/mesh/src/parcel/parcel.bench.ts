import { hex, type Store, unwrap } from '@pars/base';
import type { Benchmark, BenchRow } from '@pars/base/bench';
import { createSimulationRandom } from '@pars/base/fakes';
import { createSuite, type Suite } from '@pars/crypto';
import { createJavaScriptProvider } from '@pars/crypto/provider';
import { solveCollisions } from './collision-solver.ts';
import { createParcel, type Parcel, type ParcelId, parcelFromBytes } from './parcel.ts';
import {
  createParcelFixture,
  createTestSuite,
  dayMs,
  defaultOptions,
  startMs,
  testNetwork,
} from './parcel-fixture.ts';
import { checkPostage, checkWork } from './postage.ts';
import { encodePage, type StoredEntry } from './store/entry-page.ts';
import { createParcelRows } from './store/parcel-row.ts';
import { openParcelStore, type ParcelStoreOptions } from './store/parcel-store.ts';
import { createTokenParcel, issueToken } from './token/parcel-token.ts';

const network = { shardBits: 8, puzzleBits: 16, leastLevel: 0 };
const pause = async () => undefined;

/** What postage costs its payer and its checker, how fast a store is, and what it holds in memory. */
export const benchmarks: readonly Benchmark[] = [
  { name: 'mesh/postage', run: measurePostage },
  { name: 'mesh/parcel-store', run: measureStore },
  { name: 'mesh/parcel-index', run: measureIndex },
  { name: 'mesh/parcel-token', run: measureTokens },
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

/** How fast a store takes and gives parcels with real cryptography, over a store that costs next to nothing. */
async function measureStore(): Promise<readonly BenchRow[]> {
  const fixture = createParcelFixture('store bench');
  const parcels: Parcel[] = [];
  for (let count = 0; count < 1_000; count += 1) parcels.push(await fixture.make());
  const disk = createMapStore();
  const deps = { suite: fixture.suite, clock: fixture.time.clock, store: disk };
  const options = { ...defaultOptions(), capacityBytes: 64 * 1_048_576 };
  const store = unwrap(await openParcelStore(deps, options));
  const put = await timed(parcels.length, async () => {
    for (const [number, parcel] of parcels.entries()) {
      unwrap(await store.put(parcel.bytes, `s${number % 9}`));
    }
  });
  const get = await timed(parcels.length, async () => {
    for (const { id } of parcels) await store.get(id);
  });
  const known = await timed(parcels.length, async () => {
    for (const { bytes } of parcels) unwrap(await store.put(bytes, 'again'));
  });
  const { symmetric } = fixture.suite;
  const check = await timed(parcels.length, async () => {
    for (const { header } of parcels) unwrap(checkPostage(symmetric, testNetwork, header));
  });
  const row = (name: string, rate: number, of = check) => ({
    name: `mesh/parcel-${name}`,
    value: rate,
    unit: 'ops/s',
    peer: { name: 'checking postage alone', value: of },
    ratio: of / rate,
  });
  return [
    { ...row('put-1KiB', put), target: { of: 'ratio', atMost: 5 } },
    row('get-1KiB', get),
    row('put-known-1KiB', known),
  ];
}

/** What an index of many parcels costs: PARS_PARCELS of them, 100,000 unless told otherwise. */
async function measureIndex(): Promise<readonly BenchRow[]> {
  const count = Number(process.env['PARS_PARCELS'] ?? 100_000);
  const { suite, time } = createParcelFixture('index bench');
  const options = { ...defaultOptions(), capacityBytes: 2 ** 44, maxParcels: 2 ** 23 };
  const disk = createMapStore();
  await writePages(suite, options, disk, count);
  const before = memory();
  const start = performance.now();
  const deps = { suite, clock: time.clock, store: disk };
  const store = unwrap(await openParcelStore(deps, options));
  const openMs = performance.now() - start;
  if (store.count !== count) throw new Error('the store has lost parcels');
  const after = memory();
  const buffersEach = (after.buffers - before.buffers) / count;
  const heapEach = (after.heap - before.heap) / count;
  const packing = performance.now();
  const snapshot = store.snapshot();
  const firstMs = performance.now() - packing;
  const again = performance.now();
  if (store.snapshot().length !== snapshot.length) throw new Error('a day is missing');
  const nextMs = performance.now() - again;
  const ids = snapshot[0]?.ids ?? new Uint8Array(0);
  const lookup = await timed(10_000, async () => {
    for (let number = 0; number < 10_000; number += 1) {
      const at = (32 * number) % ids.length;
      if (!store.has(ids.subarray(at, at + 32) as ParcelId)) throw new Error('an id is missing');
    }
  });
  const name = `mesh/parcel-index-${count}`;
  return [
    {
      name: `${name}/buffers-each`,
      value: buffersEach,
      unit: 'B',
      // Fixed costs weigh more in a small store.
      ...(count >= 1_000_000 ? { target: { of: 'value', atMost: 64 } as const } : {}),
    },
    // Compiled code is in it.
    { name: `${name}/heap-each`, value: heapEach, unit: 'B' },
    { name: `${name}/open`, value: openMs, unit: 'ms' },
    { name: `${name}/snapshot-first`, value: firstMs, unit: 'ms' },
    {
      name: `${name}/snapshot-unchanged`,
      value: nextMs,
      unit: 'ms',
      peer: { name: 'the first one', value: firstMs },
      ratio: nextMs / firstMs,
      target: { of: 'ratio', atMost: 0.2 },
    },
    { name: `${name}/has`, value: lookup, unit: 'ops/s' },
  ];
}

/** Pages of a store with `count` parcels of 14 days, as they would lie there, without bodies. */
async function writePages(
  suite: Suite,
  options: ParcelStoreOptions,
  disk: Store,
  count: number,
): Promise<void> {
  const rows = createParcelRows(suite, options.key, options.prefix);
  const random = createSimulationRandom('index bench entries');
  const depth = Math.max(0, Math.ceil(Math.log2(count / 22)));
  const perPage = count / 2 ** depth;
  const day = startMs / dayMs;
  for (let page = 0; page < 2 ** depth; page += 1) {
    const start = page * 2 ** (32 - depth);
    const entries: StoredEntry[] = [];
    const end = Math.round((page + 1) * perPage);
    for (let number = Math.round(page * perPage); number < end; number += 1) {
      const bytes = random.bytes(68);
      entries.push({
        id: bytes.slice(0, 32) as ParcelId,
        tag: bytes.subarray(32, 64),
        codeBegin: start,
        shard: ((bytes[64] ?? 0) << 24) >>> 0,
        expirySlot: (day + 1 + (number % 14)) * 288,
        priority: number % 50 === 0 ? 'high' : 'normal',
        // Above the least one, whose half would be the bound.
        level: 1 + (number % 5),
        sizeBytes: 4_096,
        tokenMark: new Uint8Array(8),
      });
    }
    const key = rows.pageKey({ start, depth });
    await disk.write([{ key, value: await rows.seal(key, encodePage(entries)) }]);
  }
}

/** A store in memory whose writes do not copy what is there; lists sort. */
function createMapStore(): Store {
  const valueByKey = new Map<string, Uint8Array>();
  return {
    get: async (key) => valueByKey.get(hex.encode(key)),
    async *list({ from, to }) {
      const [begin, end] = [hex.encode(from ?? new Uint8Array(0)), to && hex.encode(to)];
      const keys = [...valueByKey.keys()].filter(
        (key) => key >= begin && (end === undefined || key < end),
      );
      for (const key of keys.toSorted()) {
        const value = valueByKey.get(key);
        if (value !== undefined) yield { key: unwrap(hex.decode(key, { maxBytes: 1_024 })), value };
      }
    },
    async write(batch) {
      for (const { key, value } of batch) {
        if (value === undefined) valueByKey.delete(hex.encode(key));
        else valueByKey.set(hex.encode(key), value);
      }
    },
    close: async () => undefined,
  };
}

/** Operations per second of `count` of them. */
async function timed(count: number, work: () => Promise<void>): Promise<number> {
  const start = performance.now();
  await work();
  return (1_000 * count) / (performance.now() - start);
}

/** What is held now; unless garbage can be collected before it, that counts too. */
function memory(): { readonly heap: number; readonly buffers: number } {
  const { gc } = globalThis as { gc?: () => void };
  gc?.();
  gc?.();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return { heap: heapUsed, buffers: arrayBuffers };
}

/** What a token costs whoever checks it, against the work that it stands for. */
async function measureTokens(): Promise<readonly BenchRow[]> {
  const random = createSimulationRandom('token bench');
  const suites = {
    native: createTestSuite(random),
    js: createSuite({ provider: createJavaScriptProvider({ random }), random }),
  };
  const rows: BenchRow[] = [];
  for (const [name, { symmetric }] of Object.entries(suites)) {
    const use = { day: 1, shard: 0, bucket: 0, priority: 'normal' as const };
    const token = await issueToken({ symmetric, pause, random }, testNetwork, use);
    const label = { tag: random.bytes(32), shard: 0, expirySlot: 288, priority: use.priority };
    const body = new Uint8Array(512);
    const parcel = unwrap(createTokenParcel(symmetric, testNetwork, token, label, body));
    const work = await timed(50, async () => {
      for (let round = 0; round < 50; round += 1) checkWork(symmetric, testNetwork, parcel.header);
    });
    const both = await timed(50, async () => {
      for (let round = 0; round < 50; round += 1) {
        unwrap(checkPostage(symmetric, testNetwork, parcel.header));
      }
    });
    rows.push({
      name: `mesh/parcel-token-check/${name}-sha3`,
      value: 1_000 / both,
      unit: 'ms',
      peer: { name: 'its work alone', value: 1_000 / work },
      ratio: work / both,
    });
  }
  return rows;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

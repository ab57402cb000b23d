import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createSimulationRandom } from '@pars/base/fakes';
import * as fc from 'fast-check';
import { createSyncPair, fakeParcel, type SyncPair } from './sync-fixture.ts';

/** Parcels of which some are on both sides. */
function parcelsFrom(seed: string, shape: Shape) {
  const random = createSimulationRandom(seed);
  const some = (count: number) =>
    Array.from({ length: count }, (_, number) => {
      const bucket = number % 17 === 16 ? 2 : 0;
      return fakeParcel(random, 20_000 + random.below(shape.days), bucket);
    });
  const both = some(shape.both);
  return { asker: [...both, ...some(shape.asker)], answerer: [...both, ...some(shape.answerer)] };
}

interface Shape {
  readonly both: number;
  readonly asker: number;
  readonly answerer: number;
  readonly days: number;
}

const pairFrom = (shape: Shape, messageLength?: number, seed = 'pair') =>
  createSyncPair(seed, parcelsFrom(seed, shape), messageLength);

function assertEqual(pair: SyncPair): void {
  assert.deepEqual(pair.asker.shelf.ids(), pair.answerer.shelf.ids());
}

describe('two stores end equal', () => {
  test('whatever each of them held', () => {
    const shape = fc.record({
      both: fc.integer({ min: 0, max: 300 }),
      asker: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 200 })),
      answerer: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 200 })),
      days: fc.integer({ min: 1, max: 5 }),
    });
    const lengths = fc.constantFrom(256, 1_000, 4_096, 32_766);
    fc.assert(
      fc.property(shape, lengths, fc.string(), (made, messageLength, seed) => {
        const pair = pairFrom(made, messageLength, seed);
        const union = new Set([...pair.asker.shelf.ids(), ...pair.answerer.shelf.ids()]);
        const report = pair.connect();
        assert.deepEqual(report.failure, undefined);
        assert.ok(report.isEnded);
        assertEqual(pair);
        assert.deepEqual(pair.asker.shelf.ids(), [...union].toSorted());
      }),
      { numRuns: 60 },
    );
  });

  for (const [name, shape, step] of [
    ['two parcels, every byte', { both: 20, asker: 1, answerer: 1, days: 1 }, 1],
    ['by sketches', { both: 40, asker: 6, answerer: 5, days: 2 }, 41],
    ['by ranges', { both: 3, asker: 2, answerer: 70, days: 1 }, 211],
  ] as const) {
    test(`when the link dies once after every k-th byte (${name})`, () => {
      const whole = pairFrom(shape, 512).connect().bytes;
      for (let cut = 0; cut < whole; cut += step) {
        const pair = pairFrom(shape, 512);
        const report = pair.connect(cut);
        assert.equal(report.failure, undefined);
        const rest = pair.connect();
        assert.equal(rest.failure, undefined, `cut after ${cut}`);
        assert.ok(rest.isEnded, `cut after ${cut}`);
        assertEqual(pair);
      }
    });
  }

  test('when it dies again and again, at any bytes, and processes forget everything', () => {
    const event = fc.record({
      cut: fc.integer({ min: 0, max: 6_000 }),
      forgets: fc.constantFrom('nobody', 'nobody', 'nobody', 'asker', 'answerer'),
      arrivesAt: fc.constantFrom('nobody', 'asker', 'answerer'),
    });
    fc.assert(
      fc.property(fc.array(event, { maxLength: 25 }), fc.string(), (events, seed) => {
        const pair = pairFrom({ both: 60, asker: 25, answerer: 25, days: 2 }, 512, seed);
        for (const { cut, forgets, arrivesAt } of events) {
          const report = pair.connect(cut);
          assert.equal(report.failure, undefined);
          if (forgets !== 'nobody') pair.renew(forgets);
          if (arrivesAt !== 'nobody') pair[arrivesAt].shelf.put(fakeParcel(pair.random, 20_001));
        }
        // What arrived after the snapshots is for the next sync.
        for (let round = 0; round < 2; round += 1) {
          const report = pair.connect();
          assert.equal(report.failure, undefined);
          pair.renew('asker');
          pair.renew('answerer');
        }
        assertEqual(pair);
      }),
      { numRuns: 60 },
    );
  });

  test('when it dies while more is offered than the other side has room to want', () => {
    for (let cut = 5_000; cut < 400_000; cut += 39_000) {
      const pair = pairFrom({ both: 0, asker: 1_200, answerer: 0, days: 1 });
      assert.equal(pair.connect(cut).failure, undefined);
      const rest = pair.connect();
      assert.equal(rest.failure, undefined, `cut after ${cut}`);
      assert.ok(rest.isEnded);
      assertEqual(pair);
    }
  });

  test('a parcel in pieces goes on where it stopped', () => {
    const random = createSimulationRandom('large');
    const large = fakeParcel(random, 20_000, 5);
    const pair = createSyncPair('large', { asker: [], answerer: [large] });
    let links = 0;
    let bytes = 0;
    for (let report = pair.connect(20_000); ; report = pair.connect(20_000)) {
      links += 1;
      bytes += report.bytes;
      if (report.isEnded) break;
      assert.ok(links < 20, 'each link brings most of its 20,000 bytes');
    }
    assertEqual(pair);
    assert.ok(bytes < 1.3 * large.length);
  });
});

describe('what a sync costs', () => {
  test('fifty interruptions cost at most a fifth more', () => {
    const shape = { both: 2_000, asker: 500, answerer: 500, days: 1 };
    const whole = pairFrom(shape).connect();
    assert.ok(whole.isEnded);
    const pair = pairFrom(shape);
    let bytes = 0;
    for (let link = 0; link < 50; link += 1)
      bytes += pair.connect(Math.floor(whole.bytes / 52)).bytes;
    const last = pair.connect();
    bytes += last.bytes;
    assert.ok(last.isEnded && last.bytes > 0, 'all 50 interruptions took place');
    assertEqual(pair);
    assert.ok(bytes <= 1.2 * whole.bytes, `${bytes} against ${whole.bytes}`);
  });

  test('equal stores find out in a few bytes, and a difference costs less than 60 bytes', () => {
    const equal = pairFrom({ both: 500, asker: 0, answerer: 0, days: 3 }).connect();
    assert.ok(equal.isEnded && equal.bytes < 150, `${equal.bytes}`);
    const shape = { both: 3_000, asker: 400, answerer: 400, days: 1 };
    const pair = pairFrom(shape);
    const before = pair.asker.shelf.ids().length;
    const report = pair.connect();
    const moved = [...pair.asker.shelf.parcels.values()].reduce(
      (sum, parcel) => sum + parcel.length,
      0,
    );
    assert.ok(before > 0 && report.isEnded && moved > 0);
    const held = parcelsFrom('pair', shape);
    const total = (list: readonly Uint8Array[]) => list.reduce((sum, one) => sum + one.length, 0);
    const payload = 2 * moved - total(held.asker) - total(held.answerer);
    assert.ok((report.bytes - payload) / 800 < 60, `${(report.bytes - payload) / 800}`);
  });
});

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import type { ParcelId } from './parcel.ts';
import { type ParcelEntry, rankOf } from './parcel-entry.ts';
import { parcelPriorities } from './parcel-priority.ts';
import { createParcelQuota, type HeldParcel, quotaShares } from './parcel-quota.ts';
import { parcelSizes } from './parcel-size.ts';

const capacityBytes = 2 * 1_024 * 1_024;
const maxParcels = 60;

const arrival = fc.record({
  source: fc.constantFrom<string | undefined>(
    'a',
    'b',
    'c',
    'd',
    'e',
    'f',
    'g',
    'h',
    'i',
    undefined,
  ),
  priority: fc.constantFrom(...parcelPriorities),
  level: fc.constantFrom<number>(0, 0, 0, 1, 2, 15, 40),
  sizeBytes: fc.constantFrom(...parcelSizes, 1_024, 1_024, 1_024, 262_144),
  day: fc.integer({ min: 20_000, max: 20_003 }),
});

function entryFrom(
  number: number,
  made: typeof arrival extends fc.Arbitrary<infer T> ? T : never,
): ParcelEntry {
  const id = new Uint8Array(32).fill(number) as ParcelId;
  const { priority, level, sizeBytes, day } = made;
  return { id, tag: id, shard: 0, expirySlot: day * 288, priority, level, sizeBytes };
}

/** The same rules, spelled out with filters over a plain list. */
function scopes(all: readonly HeldParcel[], held: HeldParcel) {
  const { entry, source } = held;
  const list: { of: readonly HeldParcel[]; share: number }[] = [];
  const add = (share: number, of: (held: HeldParcel) => boolean) =>
    list.push({ share, of: all.filter(of) });
  if (source !== undefined) add(quotaShares.source, (other) => other.source === source);
  if (entry.level === 0) add(quotaShares.leastLevel, (other) => other.entry.level === 0);
  if (entry.priority !== 'normal') {
    add(quotaShares[entry.priority], (other) => other.entry.priority === entry.priority);
  }
  add(1, () => true);
  return list;
}

const sum = (list: readonly HeldParcel[]) =>
  list.reduce((total, held) => total + held.sizeBytes, 0);
const fits = (list: readonly HeldParcel[], share: number) =>
  sum(list) <= capacityBytes * share && list.length <= Math.ceil(maxParcels * share);

describe('quotas', () => {
  test('hold every bound, let only lower ranks give way, and refuse only when they must', () => {
    let refusals = 0;
    let evictions = 0;
    fc.assert(
      fc.property(fc.array(arrival, { minLength: 1, maxLength: 150 }), (arrivals) => {
        const quota = createParcelQuota({ capacityBytes, maxParcels }, 0);
        let all: readonly HeldParcel[] = [];
        for (const [number, made] of arrivals.entries()) {
          const held = quota.rank(entryFrom(number, made), made.source);
          const room = quota.planRoom(held);
          if (!room.ok) {
            refusals += 1;
            const isBlocked = scopes(all, held).some(({ of, share }) => {
              const stay = of.filter((other) => other.rank >= held.rank);
              return !fits([...stay, held], share);
            });
            assert.ok(isBlocked, 'refused, though giving way of lower ones would have sufficed');
            continue;
          }
          evictions += room.value.length;
          assert.ok(room.value.every((victim) => victim.rank < held.rank));
          for (const victim of room.value) quota.remove(victim);
          quota.add(held);
          all = [...all.filter((other) => !room.value.includes(other)), held];
          for (const { of, share } of scopes(all, held)) assert.ok(fits(of, share));
          assert.equal(quota.sizeBytes, sum(all));
          assert.equal(quota.count, all.length);
        }
        for (const held of all) quota.remove(held);
        assert.deepEqual([quota.count, quota.sizeBytes], [0, 0]);
      }),
      { numRuns: 60 },
    );
    assert.ok(refusals > 0 && evictions > 0, 'the bounds were met');
  });

  test('rank: priority before postage before age', () => {
    const base = entryFrom(1, {
      source: 'a',
      priority: 'normal',
      level: 3,
      sizeBytes: 1_024,
      day: 20_000,
    });
    const ranks = [
      base,
      { ...base, expirySlot: base.expirySlot + 288 },
      { ...base, level: 4 },
      { ...base, level: 255 },
      { ...base, priority: 'high' as const, level: 0 },
      { ...base, priority: 'emergency' as const, level: 0, expirySlot: 0 },
    ].map((entry) => rankOf(entry, 0));
    assert.deepEqual(
      ranks,
      ranks.toSorted((a, b) => a - b),
    );
    assert.equal(new Set(ranks).size, ranks.length);
    assert.equal(rankOf({ ...base, level: 2 }, 2), rankOf({ ...base, level: 0 }, 0));
  });

  test('one source fills its eighth and nothing more, and may replace its own cheaper parcels', () => {
    const quota = createParcelQuota({ capacityBytes, maxParcels: 1_000 }, 0);
    const small = (level: number, number: number) =>
      quota.rank(
        entryFrom(number, {
          source: 'flood',
          priority: 'normal',
          level,
          sizeBytes: 65_536,
          day: 20_000,
        }),
        'flood',
      );
    for (let number = 0; number < 4; number += 1) quota.add(small(1, number));
    const over = quota.planRoom(small(1, 5));
    assert.equal(over.ok ? '' : over.error.code, 'mesh/parcel-over-quota');
    const richer = quota.planRoom(small(2, 6));
    assert.equal(richer.ok && richer.value.length, 1);
  });
});

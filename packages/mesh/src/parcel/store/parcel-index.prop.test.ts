import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { hex } from '@pars/base';
import * as fc from 'fast-check';
import type { ParcelId } from '../parcel.ts';
import { type ParcelPriority, parcelPriorities } from '../parcel-priority.ts';
import { parcelSizes } from '../parcel-size.ts';
import type { TaggedParcelEntry } from './parcel-entry.ts';
import { createParcelIndex, type ParcelIndex } from './parcel-index.ts';
import { quotaShares } from './parcel-quota.ts';
import { rankOf, rankParts } from './parcel-rank.ts';

const capacityBytes = 2 * 1_024 * 1_024;
const maxParcels = 60;
const network = { shardBits: 12, puzzleBits: 8, leastLevel: 0 };
const salt = new Uint8Array(36).fill(3);

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

type Arrival = typeof arrival extends fc.Arbitrary<infer T> ? T : never;

function entryFrom(number: number, made: Omit<Arrival, 'source'>): TaggedParcelEntry {
  // Not in the order of the numbers, and some tags are shared.
  const id = new Uint8Array(32).fill((number * 151 + 7) & 255) as ParcelId;
  id[31] = number & 255;
  const tag = new Uint8Array(32).fill(number % 100);
  const { priority, level, sizeBytes, day } = made;
  const shard = ((number % 4_096) << 20) >>> 0;
  return { id, tag, shard, expirySlot: day * 288, priority, level, sizeBytes };
}

interface Held {
  readonly entry: TaggedParcelEntry;
  readonly source: string | undefined;
}

/** The same rules, spelled out with filters over a plain list. */
function scopes(all: readonly Held[], { entry, source }: Held) {
  const list: { of: readonly Held[]; share: number }[] = [];
  const add = (share: number, of: (held: Held) => boolean) =>
    list.push({ share, of: all.filter(of) });
  if (source !== undefined) add(quotaShares.source, (other) => other.source === source);
  if (entry.level === 0) add(quotaShares.leastLevel, (other) => other.entry.level === 0);
  if (entry.priority !== 'normal') {
    add(quotaShares[entry.priority], (other) => other.entry.priority === entry.priority);
  }
  add(1, () => true);
  return list;
}

const sum = (list: readonly Held[]) =>
  list.reduce((total, { entry }) => total + entry.sizeBytes, 0);
const fits = (list: readonly Held[], share: number) =>
  sum(list) <= capacityBytes * share && list.length <= Math.ceil(maxParcels * share);
const idsOf = (list: readonly Held[]) => list.map(({ entry }) => hex.encode(entry.id)).toSorted();
const unpacked = (ids: Uint8Array) =>
  Array.from({ length: ids.length / 32 }, (_, at) =>
    hex.encode(ids.subarray(32 * at, 32 * at + 32)),
  );
const dayOf = ({ entry }: Held) => entry.expirySlot / 288;

function requireAgreement(index: ParcelIndex, all: readonly Held[]): void {
  assert.deepEqual([index.count, index.sizeBytes], [all.length, sum(all)]);
  const days = [...new Set(all.map(dayOf))].toSorted((a, b) => a - b);
  const byDay = days.map((day) => idsOf(all.filter((held) => dayOf(held) === day)));
  const snapshot = index.snapshot(0);
  assert.deepEqual(
    snapshot.map(({ day }) => day),
    days,
  );
  assert.deepEqual(
    snapshot.map(({ ids }) => unpacked(ids)),
    byDay,
  );
  for (const held of all) {
    const slot = index.slotOf(held.entry.id);
    assert.ok(slot !== undefined);
    const { tag, ...rest } = held.entry;
    assert.deepEqual(index.entryOf(slot), rest);
    const same = all.filter(({ entry }) => hex.encode(entry.tag) === hex.encode(tag));
    const found = index.slotsWithTag(tag).map((place) => index.entryOf(place).id);
    assert.deepEqual(found.map((id) => hex.encode(id)).toSorted(), idsOf(same));
    const inShard = index.idsOf(dayOf(held), 0, held.entry.shard);
    assert.ok(unpacked(inShard).includes(hex.encode(held.entry.id)));
  }
}

describe('the index of a store', () => {
  test('holds every bound, lets only lower ranks give way, refuses only when it must, and agrees with a plain list', () => {
    let refusals = 0;
    let evictions = 0;
    fc.assert(
      fc.property(fc.array(arrival, { minLength: 1, maxLength: 150 }), (arrivals) => {
        const index = createParcelIndex(network, { capacityBytes, maxParcels }, salt);
        let all: readonly Held[] = [];
        for (const [number, made] of arrivals.entries()) {
          const entry = entryFrom(number, made);
          const held = { entry, source: made.source };
          const rank = rankOf(entry, 0);
          const room = index.planRoom(entry, made.source);
          if (!room.ok) {
            refusals += 1;
            const isBlocked = scopes(all, held).some(({ of, share }) => {
              const stay = of.filter((other) => rankOf(other.entry, 0) >= rank);
              return !fits([...stay, held], share);
            });
            assert.ok(isBlocked, 'refused, though giving way of lower ones would have sufficed');
            continue;
          }
          evictions += room.value.length;
          const gone = room.value.map((slot) => index.entryOf(slot));
          assert.ok(gone.every((victim) => rankOf(victim, 0) < rank));
          index.remove(room.value);
          index.add(entry, made.source);
          const names = new Set(gone.map(({ id }) => hex.encode(id)));
          all = [...all.filter((other) => !names.has(hex.encode(other.entry.id))), held];
          for (const { of, share } of scopes(all, held)) assert.ok(fits(of, share));
        }
        requireAgreement(index, all);
        const [first, ...rest] = all;
        const slot = first && index.slotOf(first.entry.id);
        if (slot !== undefined) index.remove([slot]);
        requireAgreement(index, rest);
        index.remove(rest.map(({ entry }) => index.slotOf(entry.id) ?? -1));
        assert.deepEqual([index.count, index.sizeBytes, index.days()], [0, 0, []]);
      }),
      { numRuns: 60 },
    );
    assert.ok(refusals > 0 && evictions > 0, 'the bounds were met');
  });

  test('rank: priority before postage before age', () => {
    const made = { priority: 'normal', level: 3, sizeBytes: 1_024, day: 20_000 } as const;
    const base = entryFrom(1, made);
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
    assert.deepEqual(rankParts(rankOf(base, 0)), { priority: 'normal', paid: 3, day: 20_000 });
  });

  test('one source fills its eighth and nothing more, and may replace its own cheaper parcels', () => {
    const index = createParcelIndex(network, { capacityBytes, maxParcels: 1_000 }, salt);
    const small = (level: number, number: number) =>
      entryFrom(number, { priority: 'normal', level, sizeBytes: 65_536, day: 20_000 });
    for (let number = 0; number < 4; number += 1) index.add(small(1, number), 'flood');
    const over = index.planRoom(small(1, 5), 'flood');
    assert.equal(over.ok ? '' : over.error.code, 'mesh/parcel-over-quota');
    const richer = index.planRoom(small(2, 6), 'flood');
    assert.equal(richer.ok && richer.value.length, 1);
    assert.ok(index.planRoom(small(1, 7), 'another').ok);
  });

  test('sources beyond 4,096 share one account, and names come free again', () => {
    const index = createParcelIndex(network, { capacityBytes: 2 ** 40, maxParcels: 80_000 }, salt);
    const made = { priority: 'normal' as ParcelPriority, level: 1, sizeBytes: 1_024, day: 20_000 };
    const entryOf = (number: number) => {
      const entry = entryFrom(0, made);
      const id = new Uint8Array(32) as ParcelId;
      new DataView(id.buffer).setUint32(0, number);
      return { ...entry, id };
    };
    for (let number = 0; number < 4_096 + 10_000; number += 1) {
      index.add(entryOf(number), `source ${number}`);
    }
    const late = index.planRoom(entryOf(99_999), 'yet another');
    assert.equal(late.ok ? '' : late.error.code, 'mesh/parcel-over-quota');
    const slot = index.slotOf(entryOf(5).id);
    index.remove([slot ?? -1]);
    assert.ok(index.planRoom(entryOf(99_999), 'yet another').ok);
  });

  test('among twenty thousand entries each is found, in order, and gone when it is removed', () => {
    const index = createParcelIndex(network, { capacityBytes: 2 ** 40, maxParcels: 200_000 }, salt);
    const count = 20_000;
    const idOf = (number: number) => {
      const id = new Uint8Array(32) as ParcelId;
      // A full walk through 2^32 in no particular order.
      new DataView(id.buffer).setUint32(0, Math.imul(number, 0x9e37_79b1) >>> 0);
      return id;
    };
    const made = { priority: 'normal' as ParcelPriority, level: 1, sizeBytes: 1_024 };
    for (let number = 0; number < count; number += 1) {
      const entry = entryFrom(number, { ...made, day: 20_000 + (number % 2) });
      index.add({ ...entry, id: idOf(number) }, undefined);
      // What comes after a look is put among what was in order then.
      if (number === 7_000) assert.equal(index.snapshot(0).length, 2);
    }
    const odd = Array.from({ length: count / 2 }, (_, at) => idOf(2 * at + 1));
    index.remove(odd.map((id) => index.slotOf(id) ?? -1));
    for (let number = 0; number < count; number += 1) {
      assert.equal(index.slotOf(idOf(number)) === undefined, number % 2 === 1);
    }
    const [only, ...none] = index.snapshot(0);
    assert.deepEqual(
      [only?.day, none.length, (only?.ids.length ?? 0) / 32],
      [20_000, 0, count / 2],
    );
    const list = unpacked(only?.ids ?? new Uint8Array(0));
    assert.deepEqual(list, list.toSorted());
    assert.equal(index.snapshot(0)[0]?.ids, only?.ids, 'what did not change is packed once');
    index.add({ ...entryFrom(1, { ...made, day: 20_000 }), id: idOf(1) }, undefined);
    assert.notEqual(index.snapshot(0)[0]?.ids, only?.ids);
    assert.equal((only?.ids.length ?? 0) / 32, count / 2, 'a snapshot stays as it was');
  });

  test('who comes after the last of a rank has gone can give way too', () => {
    const index = createParcelIndex(network, { capacityBytes, maxParcels: 16 }, salt);
    const made = { priority: 'normal', level: 1, sizeBytes: 1_024, day: 20_000 } as const;
    const [first, last, late] = [1, 2, 3].map((number) => entryFrom(number, made));
    assert.ok(first && last && late);
    index.add(first, undefined);
    index.add(last, undefined);
    index.remove([index.slotOf(last.id) ?? -1]);
    index.add(late, undefined);
    for (let number = 4; number < 18; number += 1) {
      index.add(entryFrom(number, { ...made, level: 9 }), undefined);
    }
    for (const expected of [first, late]) {
      const room = index.planRoom(entryFrom(99, { ...made, level: 2 }), undefined);
      assert.ok(room.ok);
      assert.deepEqual(
        room.value.map((slot) => hex.encode(index.entryOf(slot).id)),
        [hex.encode(expected.id)],
      );
      index.remove(room.value);
      index.add(entryFrom(expected === first ? 50 : 51, { ...made, level: 9 }), undefined);
    }
  });
});

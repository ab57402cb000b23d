import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  hex,
  ParsError,
  redact,
  type Store,
  type StoreEntry,
  startsWithBytes,
  unwrap,
} from '@pars/base';
import type { Parcel } from '../parcel.ts';
import {
  createParcelFixture,
  dayMs,
  defaultOptions,
  type ParcelFixture,
  startMs,
  testNetwork,
} from '../parcel-fixture.ts';
import { dayFromSlot, expirySlotFrom } from '../parcel-time.ts';
import { createTokenParcel, issueToken, type ParcelToken } from '../token/parcel-token.ts';
import { openParcelStore, type ParcelStore } from './parcel-store.ts';

const codeOf = (result: { ok: boolean; error?: { code: string }; value?: unknown }) =>
  result.ok ? result.value : result.error?.code;
const idsOf = (store: ParcelStore) => store.entries().map((entry) => hex.encode(entry.id));
const idsOfParcels = (parcels: readonly Parcel[]) =>
  parcels.map((parcel) => hex.encode(parcel.id)).toSorted();
const same = (a: Uint8Array, b: Uint8Array) => hex.encode(a) === hex.encode(b);
const rowsOf = (fixture: ParcelFixture) => rowsOfStore(fixture.disk.open());
const rowsOfStore = async (store: Store) => {
  const rows: StoreEntry[] = [];
  for await (const row of store.list({})) rows.push(row);
  return rows;
};
const isBroken = (error: unknown) =>
  error instanceof ParsError && error.code === 'mesh/parcel-store-broken';

/** The rows of bodies; there is one for each parcel. */
const bodiesOf = async (fixture: ParcelFixture) =>
  (await rowsOf(fixture)).filter((row) => row.key[1] === 2);

describe('a parcel store', () => {
  test('keeps, lists, gives back and finds again after a restart', async () => {
    const fixture = createParcelFixture('store');
    const store = await fixture.open();
    const parcels = [
      await fixture.make(),
      await fixture.make({ lifetimeMs: dayMs }),
      await fixture.make({ bucket: 2 }),
    ];
    for (const parcel of parcels)
      assert.equal(codeOf(await store.put(parcel.bytes, 'a')), 'stored');
    for (const parcel of parcels) assert.equal(codeOf(await store.put(parcel.bytes, 'b')), 'known');
    assert.deepEqual([store.count, store.sizeBytes], [3, 1_024 + 1_024 + 8_192]);

    const reopened = await fixture.open();
    assert.deepEqual(reopened.entries(), store.entries());
    assert.deepEqual(idsOf(reopened).toSorted(), idsOfParcels(parcels));
    assert.equal(
      idsOf(reopened)[0],
      hex.encode((parcels[1] as Parcel).id),
      'the earlier day first',
    );
    for (const parcel of parcels) {
      assert.ok(reopened.has(parcel.id));
      assert.deepEqual(await reopened.get(parcel.id), parcel.bytes);
    }
    const absent = await fixture.make();
    assert.equal(reopened.has(absent.id), false);
    assert.equal(await reopened.get(absent.id), undefined);
  });

  test('refuses what is broken, expired, too long-lived or unpaid, and keeps nothing of it', async () => {
    const fixture = createParcelFixture('refusals');
    const store = await fixture.open();
    const parcel = await fixture.make({ lifetimeMs: 600_000 });
    const broken = parcel.bytes.with(1_000, (parcel.bytes[1_000] ?? 0) ^ 1);
    assert.equal(codeOf(await store.put(broken, 'a')), 'mesh/bad-parcel');
    assert.equal(codeOf(await store.put(parcel.bytes.with(0, 2), 'a')), 'mesh/unknown-suite');
    assert.equal(codeOf(await store.put(new Uint8Array(0), 'a')), 'mesh/bad-length');
    assert.equal(codeOf(await store.put(parcel.bytes.subarray(0, 512), 'a')), 'mesh/bad-length');
    const unpaid = parcel.bytes.with(100, (parcel.bytes[100] ?? 0) ^ 1);
    assert.match(String(codeOf(await store.put(unpaid, 'a'))), /underpaid|bad-postage/);
    const late = await fixture.make({ nowMs: fixture.time.clock.nowMs() + 30 * dayMs });
    assert.equal(codeOf(await store.put(late.bytes, 'a')), 'mesh/parcel-too-long-lived');
    await fixture.time.advance(600_000);
    assert.equal(codeOf(await store.put(parcel.bytes, 'a')), 'mesh/parcel-expired');
    assert.equal(store.count, 0);
    assert.equal((await rowsOf(fixture)).length, 1, 'only the row of the key check');
  });

  test('what has expired is not shown, and is deleted when asked', async () => {
    const fixture = createParcelFixture('expiry');
    const store = await fixture.open();
    const brief = await fixture.make({ lifetimeMs: 300_000 });
    const long = await fixture.make();
    for (const parcel of [brief, long]) await store.put(parcel.bytes, 'a');
    assert.equal(await store.expire(), 0);
    await fixture.time.advance(300_000);
    assert.equal(store.has(brief.id), false);
    assert.equal(await store.get(brief.id), undefined);
    assert.deepEqual(idsOf(store), idsOfParcels([long]));
    assert.equal(await store.expire(), 1);
    assert.equal(store.count, 1);
    assert.equal((await rowsOf(fixture)).length, 3);
  });

  test('a source that floods fills its eighth; others still get in', async () => {
    const fixture = createParcelFixture('flood');
    const store = await fixture.open({ capacityBytes: 2 * 1_024 * 1_024, maxParcels: 16 });
    const results = [];
    for (let count = 0; count < 4; count += 1) {
      const { bytes } = await fixture.make({ bucket: 0, level: 1 });
      results.push(codeOf(await store.put(bytes, 'flood')));
    }
    assert.deepEqual(new Set(results.slice(0, 2)), new Set(['stored']));
    assert.ok(store.count <= 2);
    assert.equal(codeOf(await store.put((await fixture.make()).bytes, 'other')), 'stored');
  });

  test('a full store lets the lower rank give way, and refuses its equals', async () => {
    const fixture = createParcelFixture('full');
    const store = await fixture.open({ maxParcels: 4 });
    const cheap = [];
    for (let count = 0; count < 2; count += 1)
      cheap.push(await fixture.make({ level: 0, lifetimeMs: 2 * dayMs }));
    const paid = [];
    for (let count = 0; count < 3; count += 1) {
      paid.push(await fixture.make({ level: 1, lifetimeMs: 5 * dayMs }));
    }
    const high = await fixture.make({ priority: 'high' });
    let source = 0;
    const put = async (parcel: Parcel) =>
      codeOf(await store.put(parcel.bytes, `s${(source += 1)}`));
    for (const parcel of [...cheap, ...paid.slice(0, 2)]) assert.equal(await put(parcel), 'stored');
    assert.equal(await put(paid[2] as Parcel), 'stored');
    assert.equal(store.count, 4);
    assert.ok(paid.every((parcel) => store.has(parcel.id)));
    assert.equal(await put(high), 'stored');
    assert.ok(cheap.every((parcel) => !store.has(parcel.id)));
    const again = await put(cheap[0] as Parcel);
    assert.equal(again, 'mesh/parcel-store-full');
    assert.equal((await bodiesOf(fixture)).length, 4);
  });

  test('lower bounds at the next start let the lowest ranks go', async () => {
    const fixture = createParcelFixture('smaller');
    const store = await fixture.open();
    const high = await fixture.make({ priority: 'high' });
    for (const parcel of [await fixture.make(), high, await fixture.make()]) {
      await store.put(parcel.bytes, 'a');
    }
    const smaller = await fixture.open({ maxParcels: 1 });
    assert.deepEqual(idsOf(smaller), idsOfParcels([high]));
    assert.equal((await rowsOf(fixture)).length, 3);
  });

  test('options out of range are a bug', async () => {
    const fixture = createParcelFixture('options');
    for (const wrong of [
      { capacityBytes: 2 * 1_024 * 1_024 - 1 },
      { maxParcels: 0 },
      { maxParcels: 2 ** 24 + 1 },
      { prefix: new Uint8Array(513) },
    ]) {
      await assert.rejects(fixture.open(wrong), ParsError);
    }
  });
});

describe('tokens at a store', () => {
  const expirySlot = expirySlotFrom(startMs, 3 * dayMs, 'normal');
  const use = { day: dayFromSlot(expirySlot), shard: 0, bucket: 0, priority: 'normal' } as const;
  const issue = (fixture: ParcelFixture, extraLevel = 0) =>
    issueToken({ ...fixture.work, random: fixture.random, extraLevel }, testNetwork, use);
  const spend = (fixture: ParcelFixture, token: ParcelToken) => {
    const label = {
      tag: fixture.random.bytes(32),
      shard: 0,
      expirySlot,
      priority: 'normal',
    } as const;
    const body = fixture.random.bytes(512);
    return unwrap(createTokenParcel(fixture.suite.symmetric, testNetwork, token, label, body));
  };

  test('pay once at a store, also after a restart; the same parcel is known', async () => {
    const fixture = createParcelFixture('token store');
    const store = await fixture.open();
    const token = await issue(fixture);
    const [first, second] = [spend(fixture, token), spend(fixture, token)];
    assert.equal(codeOf(await store.put(first.bytes, 'a')), 'stored');
    assert.equal(codeOf(await store.put(first.bytes, 'b')), 'known');
    assert.equal(codeOf(await store.put(second.bytes, 'b')), 'mesh/token-spent');
    const reopened = await fixture.open();
    assert.equal(codeOf(await reopened.put(second.bytes, 'b')), 'mesh/token-spent');
    assert.deepEqual(await reopened.get(first.id), first.bytes);
    const another = spend(fixture, await issue(fixture));
    assert.equal(codeOf(await reopened.put(another.bytes, 'b')), 'stored');
  });

  test('stay spent when their parcel has given way', async () => {
    const fixture = createParcelFixture('token eviction');
    const store = await fixture.open({ maxParcels: 2 });
    const token = await issue(fixture);
    const [first, second] = [spend(fixture, token), spend(fixture, token)];
    assert.equal(codeOf(await store.put(first.bytes, 'a')), 'stored');
    for (const source of ['b', 'c', 'd', 'e']) {
      const paid = await fixture.make({ level: 3 });
      await store.put(paid.bytes, source);
    }
    assert.equal(store.has(first.id), false);
    assert.equal(codeOf(await store.put(second.bytes, 'z')), 'mesh/token-spent');
  });

  test('a forged one is not spent: the honest parcel still comes in', async () => {
    const fixture = createParcelFixture('token forgery');
    const store = await fixture.open();
    const honest = spend(fixture, await issue(fixture));
    const forged = honest.bytes.with(300, (honest.bytes[300] ?? 0) ^ 1);
    assert.equal(codeOf(await store.put(forged, 'a')), 'mesh/bad-postage');
    assert.equal(codeOf(await store.put(honest.bytes, 'b')), 'stored');
  });

  test('as many as a day may have are remembered, and then none is taken; work still is', async () => {
    const fixture = createParcelFixture('token limit');
    const store = await fixture.open({ maxParcels: 192 });
    for (const source of ['a', 'b', 'c']) {
      const { bytes } = spend(fixture, await issue(fixture, 1));
      assert.equal(codeOf(await store.put(bytes, source)), 'stored');
    }
    const late = spend(fixture, await issue(fixture, 1));
    assert.equal(codeOf(await store.put(late.bytes, 'd')), 'mesh/token-limit');
    assert.equal(codeOf(await store.put((await fixture.make({ level: 1 })).bytes, 'd')), 'stored');
  });
});

describe('the price at a store', () => {
  test('rises as it fills: each level buys its way past the ones below, until nobody below is left', async () => {
    const fixture = createParcelFixture('price');
    const store = await fixture.open({ maxParcels: 8 });
    let source = 0;
    const put = async (level: number, priority: 'normal' | 'emergency' = 'normal') => {
      source += 1;
      return codeOf(await store.put((await fixture.make({ level, priority })).bytes, `s${source}`));
    };
    for (let count = 0; count < 4; count += 1) assert.equal(await put(0), 'stored');
    assert.equal(await put(0), 'mesh/parcel-over-quota', 'the cheapest have their half');
    for (let count = 0; count < 8; count += 1) assert.equal(await put(1), 'stored');
    assert.equal(await put(1), 'mesh/parcel-store-full', 'level 1 is the least now');
    assert.equal(await put(0), 'mesh/parcel-store-full', 'and level 0 does not suffice');
    for (let count = 0; count < 8; count += 1) assert.equal(await put(2), 'stored');
    assert.equal(await put(2), 'mesh/parcel-store-full', 'level 2 is the least now');
    assert.equal(await put(3), 'stored');
    for (let count = 0; count < 2; count += 1) {
      assert.equal(await put(0, 'emergency'), 'stored', 'who paid 64 times goes before');
    }
    assert.equal(await put(0, 'emergency'), 'mesh/parcel-over-quota', 'up to a quarter');
    assert.equal(store.count, 8);
  });
});

describe('looking through a store', () => {
  test('by tag: parcels with one tag, many tags at once, at most the limit, nothing expired', async () => {
    const fixture = createParcelFixture('find');
    const store = await fixture.open();
    const made: Parcel[] = [];
    for (let count = 0; count < 20; count += 1) {
      made.push(await fixture.make({ lifetimeMs: count === 0 ? 300_000 : 3 * dayMs }));
    }
    for (const { bytes } of made) await store.put(bytes, 'a');
    const tags = made.map(({ header }) => header.tag);
    const strange = Array.from({ length: 500 }, () => fixture.random.bytes(32));
    for (const query of [tags, [...strange, ...tags]]) {
      const found = await store.find({ tags: query });
      assert.deepEqual(found.map(({ id }) => hex.encode(id)).toSorted(), idsOfParcels(made));
      assert.ok(
        found.every(({ tag, id }) =>
          made.some((parcel) => same(parcel.id, id) && same(parcel.header.tag, tag)),
        ),
      );
    }
    assert.equal((await store.find({ tags, limit: 7 })).length, 7);
    assert.deepEqual(await store.find({ tags: strange }), []);
    await fixture.time.advance(300_000);
    assert.equal((await store.find({ tags })).length, 19);
  });

  test('by priority, then by day; what comes and goes meanwhile does no harm', async () => {
    const fixture = createParcelFixture('list');
    const store = await fixture.open();
    const wishes = [
      { level: 1 },
      { priority: 'high' as const },
      { level: 0 },
      { priority: 'emergency' as const },
      { level: 2 },
    ];
    for (const [number, wish] of wishes.entries()) {
      await store.put((await fixture.make(wish)).bytes, `s${number}`);
    }
    const listed = [...store.list('priority')];
    assert.deepEqual(
      listed.map(({ priority, level }) => (priority === 'normal' ? level : priority)),
      ['emergency', 'high', 2, 1, 0],
    );
    assert.deepEqual([...store.list('day')], store.entries());
    const seen: string[] = [];
    for (const { id } of store.list('priority')) {
      seen.push(hex.encode(id));
      if (seen.length === 1) await store.put((await fixture.make({ level: 3 })).bytes, 'z');
      if (seen.length === 3) await fixture.time.advance(5 * dayMs);
      if (seen.length === 3) await store.expire();
    }
    assert.equal(new Set(seen).size, seen.length, 'none twice');
    assert.ok(seen.length <= 3);
  });

  test('what has arrived since, in memory only', async () => {
    const fixture = createParcelFixture('changes');
    const store = await fixture.open();
    const { sequence } = store.changesSince(0);
    const [first, second] = [await fixture.make(), await fixture.make()];
    await store.put(first.bytes, 'a');
    const changes = store.changesSince(sequence);
    assert.deepEqual(
      changes.arrived.map(({ tag }) => tag),
      [first.header.tag],
    );
    await store.put(second.bytes, 'a');
    await store.put(second.bytes, 'b');
    const later = store.changesSince(changes.sequence);
    assert.deepEqual([later.arrived.length, later.isIncomplete], [1, false]);
    assert.deepEqual(store.changesSince(later.sequence).arrived, []);
    const reopened = await fixture.open();
    const after = reopened.changesSince(later.sequence);
    assert.deepEqual([after.arrived.length, after.isIncomplete], [0, true], 'ask the store itself');
    // Also when as many have come as the number counted before the start.
    for (let count = 0; count < 3; count += 1) {
      await reopened.put((await fixture.make()).bytes, 'a');
    }
    assert.equal(reopened.changesSince(later.sequence).isIncomplete, true);
  });
});

describe('rows on the disk', () => {
  test('tell nothing: neither id, tag, body nor source is in them, and nothing repeats', async () => {
    const fixture = createParcelFixture('rows');
    const store = await fixture.open();
    const parcel = await fixture.make();
    await store.put(parcel.bytes, 'a neighbour');
    const first = await rowsOf(fixture);
    const all = first.map((row) => hex.encode(row.key) + hex.encode(row.value)).join('|');
    for (const secret of [parcel.id, parcel.header.tag, parcel.body.subarray(0, 16)]) {
      assert.equal(all.includes(hex.encode(secret)), false);
    }
    assert.equal(all.includes(hex.encode(new TextEncoder().encode('a neighbour'))), false);
    assert.deepEqual(
      first.map((row) => row.value.length),
      [60, 2_859, 1_065],
    );
    assert.ok(first.every((row) => startsWithBytes(row.key, Uint8Array.of(0x70))));
  });

  test('their order is that of a keyed hash, not of arrival, and another key gives other places', async () => {
    const orders = [];
    for (const fill of [1, 2]) {
      const fixture = createParcelFixture('order');
      const store = await fixture.open({ key: redact(new Uint8Array(32).fill(fill)) });
      for (let count = 0; count < 6; count += 1) await store.put((await fixture.make()).bytes, 'a');
      orders.push((await rowsOf(fixture)).map((row) => hex.encode(row.key)).slice(1));
    }
    assert.notDeepEqual(orders[0], orders[1]);
  });

  test('another local key opens nothing', async () => {
    const fixture = createParcelFixture('key');
    const store = await fixture.open();
    await store.put((await fixture.make()).bytes, 'a');
    const deps = { suite: fixture.suite, clock: fixture.time.clock, store: fixture.disk.open() };
    const opened = await openParcelStore(deps, {
      network: { shardBits: 8, puzzleBits: 8, leastLevel: 0 },
      key: redact(new Uint8Array(32).fill(8)),
      prefix: Uint8Array.of(0x70),
      capacityBytes: 4 * 1_024 * 1_024,
      maxParcels: 100,
    });
    assert.equal(opened.ok ? '' : opened.error.code, 'mesh/parcel-store-key');
    assert.equal((await fixture.open()).count, 1, 'and nothing was deleted');
  });

  test('a damaged, moved or truncated body costs its parcel only, a page those on it', async () => {
    for (const damage of ['flip', 'cut', 'swap', 'gone'] as const) {
      for (const kind of [1, 2]) {
        const fixture = createParcelFixture('damage');
        const store = await fixture.open();
        const parcels: Parcel[] = [];
        for (let count = 0; count < 33; count += 1) parcels.push(await fixture.make());
        for (const [number, parcel] of parcels.entries()) {
          assert.equal(codeOf(await store.put(parcel.bytes, `s${number}`)), 'stored');
        }
        const rows = (await rowsOf(fixture)).filter((row) => row.key[1] === kind);
        const [one, two] = rows;
        assert.ok(one && two);
        const values = {
          flip: one.value.with(50, (one.value[50] ?? 0) ^ 1),
          cut: one.value.subarray(0, 30),
          swap: two.value,
          gone: undefined,
        };
        await fixture.disk.open().write([{ key: one.key, value: values[damage] }]);
        const reopened = await fixture.open();
        const got = [];
        for (const parcel of parcels) {
          const bytes = await reopened.get(parcel.id);
          if (bytes !== undefined) assert.deepEqual(bytes, parcel.bytes);
          if (bytes !== undefined) got.push(bytes);
        }
        if (kind === 2) assert.equal(got.length, 32);
        else assert.ok(got.length > 0 && got.length < 33, 'the other page is whole');
        assert.equal(reopened.count, got.length);
        assert.equal((await bodiesOf(fixture)).length, got.length, 'no body is left alone');
        const mended = await fixture.open();
        for (const [number, parcel] of parcels.entries())
          await mended.put(parcel.bytes, `s${number}`);
        assert.equal((await fixture.open()).count, 33, 'and all can come back');
      }
    }
  });

  test('a page that is damaged while the store is open breaks it; opening again mends it', async () => {
    const fixture = createParcelFixture('damage meanwhile');
    const store = await fixture.open();
    const [first, second] = [await fixture.make(), await fixture.make()];
    await store.put(first.bytes, 'a');
    const disk = fixture.disk.open();
    const deps = { suite: fixture.suite, clock: fixture.time.clock, store: disk };
    const again = await openParcelStore(deps, defaultOptions());
    const page = (await rowsOfStore(disk)).find((row) => row.key[1] === 1);
    assert.ok(page && again.ok);
    await disk.write([{ key: page.key, value: page.value.with(60, (page.value[60] ?? 0) ^ 1) }]);
    await assert.rejects(again.value.put(second.bytes, 'a'), isBroken);
    await assert.rejects(again.value.get(first.id), isBroken);
    const mended = await fixture.open();
    assert.equal(mended.count, 0);
    assert.equal(codeOf(await mended.put(first.bytes, 'a')), 'stored');
  });

  test('pages split and merge; what is left over of a full store is what an empty one has', async () => {
    const fixture = createParcelFixture('pages');
    const store = await fixture.open();
    const parcels: Parcel[] = [];
    for (let count = 0; count < 120; count += 1) {
      parcels.push(await fixture.make({ lifetimeMs: count < 100 ? 300_000 : 3 * dayMs, level: 1 }));
    }
    for (const [number, parcel] of parcels.entries()) {
      assert.equal(codeOf(await store.put(parcel.bytes, `s${number % 9}`)), 'stored');
    }
    const pagesOf = async () => (await rowsOf(fixture)).filter((row) => row.key[1] === 1);
    const before = (await pagesOf()).length;
    assert.ok(before >= 4 && before <= 16, `${before} pages`);
    const reopened = await fixture.open();
    assert.equal(reopened.count, 120);
    await fixture.time.advance(300_000);
    assert.equal(await reopened.expire(), 100);
    const after = (await pagesOf()).length;
    assert.ok(after < before / 2, `${after} pages of ${before}`);
    const last = await fixture.open();
    assert.deepEqual(idsOf(last).toSorted(), idsOfParcels(parcels.slice(100)));
    await fixture.time.advance(4 * dayMs);
    assert.equal(await last.expire(), 20);
    assert.equal((await rowsOf(fixture)).length, 1, 'only the row of the key check');
  });
});

describe('a crash at every write', () => {
  test('leaves a store that opens, holds whole parcels within bounds, and goes on', async () => {
    const maker = createParcelFixture('crash');
    const wishes = [
      { level: 0, lifetimeMs: 300_000 },
      { level: 0, lifetimeMs: 2 * dayMs },
      { level: 1, lifetimeMs: 3 * dayMs },
      { priority: 'high' as const, lifetimeMs: 4 * dayMs },
      { level: 2, lifetimeMs: 4 * dayMs },
    ];
    const parcels: Parcel[] = [];
    for (const wish of wishes) parcels.push(await maker.make(wish));
    const workload = async (fixture: ParcelFixture) => {
      const store = await fixture.open({ maxParcels: 3 });
      for (const [number, parcel] of parcels.entries()) await store.put(parcel.bytes, `s${number}`);
      await fixture.time.advance(300_000);
      await store.expire();
    };
    const dry = createParcelFixture('crash');
    await workload(dry);
    const crashPoints = dry.disk.writeCount;
    assert.ok(crashPoints >= 5);

    for (let write = 1; write <= crashPoints; write += 1) {
      for (const moment of ['before', 'after'] as const) {
        const fixture = createParcelFixture('crash');
        fixture.disk.crashAt(write, moment);
        await assert.rejects(workload(fixture), ParsError);
        const store = await fixture.open({ maxParcels: 3 });
        assert.ok(store.count <= 3);
        for (const entry of store.entries()) {
          const parcel = parcels.find((other) => hex.encode(other.id) === hex.encode(entry.id));
          assert.deepEqual(await store.get(entry.id), parcel?.bytes);
        }
        assert.equal((await bodiesOf(fixture)).length, store.count);
        const last = await fixture.open({ maxParcels: 3 });
        for (const [number, parcel] of parcels.entries())
          await last.put(parcel.bytes, `s${number}`);
        await last.expire();
        assert.ok(last.has((parcels[3] as Parcel).id), 'the highest rank survives');
      }
    }
  });

  test('a store whose write failed refuses everything until it is opened again', async () => {
    const fixture = createParcelFixture('broken');
    const store = await fixture.open();
    const parcel = await fixture.make();
    fixture.disk.crashAt(1, 'after');
    await assert.rejects(store.put(parcel.bytes, 'a'), isBroken);
    await assert.rejects(store.put(parcel.bytes, 'a'), isBroken);
    await assert.rejects(store.expire(), isBroken);
    const reopened = await fixture.open();
    assert.deepEqual(await reopened.get(parcel.id), parcel.bytes, 'the write had taken effect');
  });
});

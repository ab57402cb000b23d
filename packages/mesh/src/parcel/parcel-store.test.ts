import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { hex, ParsError, redact, startsWithBytes } from '@pars/base';
import type { Parcel } from './parcel.ts';
import { createParcelFixture, dayMs, type ParcelFixture } from './parcel-fixture.ts';
import { openParcelStore, type ParcelStore } from './parcel-store.ts';

const codeOf = (result: { ok: boolean; error?: { code: string }; value?: unknown }) =>
  result.ok ? result.value : result.error?.code;
const idsOf = (store: ParcelStore) => store.entries().map((entry) => hex.encode(entry.id));
const idsOfParcels = (parcels: readonly Parcel[]) =>
  parcels.map((parcel) => hex.encode(parcel.id)).toSorted();
const rowsOf = async (fixture: ParcelFixture) => {
  const rows: { key: Uint8Array; value: Uint8Array }[] = [];
  for await (const row of fixture.disk.open().list({})) rows.push(row);
  return rows;
};

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
    assert.equal((await rowsOf(fixture)).length, 1 + 2 * 4);
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
      [60, 117, 1_065],
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

  test('a damaged, moved or truncated row costs its parcel only', async () => {
    for (const damage of ['flip', 'cut', 'swap'] as const) {
      for (const kind of [1, 2]) {
        const fixture = createParcelFixture('damage');
        const store = await fixture.open();
        const parcels = [await fixture.make(), await fixture.make()];
        for (const parcel of parcels) await store.put(parcel.bytes, 'a');
        const rows = (await rowsOf(fixture)).filter((row) => row.key[1] === kind);
        const [one, two] = rows;
        assert.ok(one && two);
        const value =
          damage === 'flip'
            ? one.value.with(50, (one.value[50] ?? 0) ^ 1)
            : damage === 'cut'
              ? one.value.subarray(0, 30)
              : two.value;
        await fixture.disk.open().write([{ key: one.key, value }]);
        const reopened = await fixture.open();
        const got = [];
        for (const parcel of parcels) got.push(await reopened.get(parcel.id));
        assert.equal(got.filter((bytes) => bytes !== undefined).length, 1);
        assert.equal(reopened.count, 1);
        assert.equal((await rowsOf(fixture)).length, 3);
      }
    }
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
        assert.equal((await rowsOf(fixture)).length, 2 * store.count + 1);
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
    const isBroken = (error: unknown) =>
      error instanceof ParsError && error.code === 'mesh/parcel-store-broken';
    await assert.rejects(store.put(parcel.bytes, 'a'), isBroken);
    await assert.rejects(store.put(parcel.bytes, 'a'), isBroken);
    await assert.rejects(store.expire(), isBroken);
    const reopened = await fixture.open();
    assert.deepEqual(await reopened.get(parcel.id), parcel.bytes, 'the write had taken effect');
  });
});

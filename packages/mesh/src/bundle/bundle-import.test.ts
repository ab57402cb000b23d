import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { compareBytes, concatBytes, ok, type Store, unwrap, utf8ToBytes } from '@pars/base';
import { createMemoryStoreDisk, createSimulationRandom } from '@pars/base/fakes';
import {
  draftVertex,
  encodeVertex,
  openReplica,
  type Replica,
  type SpaceId,
  type VertexId,
} from '@pars/dag';
import { openParcelStore, type Parcel, type ParcelStore } from '../parcel/index.ts';
import {
  createParcelFixture,
  defaultOptions,
  type ParcelFixture,
} from '../parcel/parcel-fixture.ts';
import type { BundleOptions, BundleWriterDeps } from './bundle.ts';
import {
  bundleDayMs,
  createBundleFixture,
  piecesOf,
  smallLayout,
  testGroupKey,
} from './bundle-fixture.ts';
import { importBundle, importEvents } from './bundle-import.ts';
import { readBundleAs } from './bundle-reader.ts';
import type { BundleRecord, SketchRecord } from './bundle-record.ts';
import type { BundleReport, BundleTargets } from './bundle-report.ts';
import { bundleFromStore, type ExportedSpace } from './bundle-source.ts';
import { writeBundle, writeBundleAs } from './bundle-writer.ts';

const group = { groupKeys: [testGroupKey(1)] };
const options: BundleOptions = { recipients: group, lifetimeMs: 7 * bundleDayMs };
const fixture = await createBundleFixture('import');
const hashDep = { hash: fixture.suite.symmetric };
const gate = { admit: async () => ok(undefined) };

function spaceOf(name: string): SpaceId {
  return fixture.suite.symmetric.sha3(utf8ToBytes(name)) as SpaceId;
}

async function replicaOn(store: Store, space: SpaceId, base?: Uint8Array): Promise<Replica> {
  const keyPrefix = concatBytes(Uint8Array.of(0x64), space.subarray(0, 8));
  const opening = { space, keyPrefix, ...(base && { base }) };
  return unwrap(await openReplica({ store, ...hashDep, gate }, opening));
}

/** Adds vertices that fork and join at random, with three roots when there was nothing. */
async function grow(replica: Replica, count: number, seed: string): Promise<void> {
  const random = createSimulationRandom(seed);
  const times = new Map<string, number>();
  let heads = [...(await replica.frontier())];
  const recent = [...heads];
  const wasEmpty = heads.length === 0;
  for (const head of heads) times.set(head.toHex(), (await replica.get(head))?.time ?? 0);
  const encodings: Uint8Array[] = [];
  for (let number = 0; number < count; number += 1) {
    // Heads are concurrent; a single parent may be any vertex.
    const joined = random.shuffle(heads).slice(0, 1 + random.below(3));
    const parents =
      wasEmpty && number < 3 ? [] : random.chance(0.3) ? [random.pick(recent)] : joined;
    const time = 1 + Math.max(0, ...parents.map((id) => times.get(id.toHex()) ?? 0));
    const payload = random.bytes(40 + random.below(200));
    const core = { parents: parents.toSorted(compareBytes), time, payload };
    const draft = draftVertex(hashDep, replica.space, core);
    times.set(draft.id.toHex(), time);
    heads = [...heads.filter((head) => !parents.includes(head)), draft.id];
    recent.push(draft.id);
    if (recent.length > 30) recent.shift();
    encodings.push(encodeVertex(draft, new Uint8Array(8)));
  }
  const receipt = await replica.receive('own', encodings);
  assert.equal(receipt.added.length, count);
}

/** One vertex below all heads: a clean cut. */
async function joinHeads(replica: Replica): Promise<VertexId> {
  while ((await replica.frontier()).length > 1) {
    const place = await replica.nextPlace();
    const draft = draftVertex(hashDep, replica.space, { ...place, payload: utf8ToBytes('join') });
    await replica.receive('own', [encodeVertex(draft, new Uint8Array(8))]);
  }
  return (await replica.frontier())[0] as VertexId;
}

async function frontierOf(replica: Replica): Promise<readonly string[]> {
  return (await replica.frontier()).map((id) => id.toHex()).toSorted();
}

function idsIn(store: ParcelStore): readonly string[] {
  return store.entries().map(({ id }) => id.toHex());
}

/** Carries a bundle from one store to another. */
async function exchange(
  deps: BundleWriterDeps,
  from: ParcelStore,
  to: ParcelStore,
  far: SketchRecord | undefined,
): Promise<BundleReport> {
  const selection = { parcels: from, sketchSymbols: 64, ...(far && { far }) };
  const file = writeBundle(deps, options, bundleFromStore(deps, selection));
  return await importFrom({ parcels: to }, file);
}

async function importFrom(
  targets: BundleTargets,
  source: AsyncIterable<Uint8Array>,
): Promise<BundleReport> {
  return unwrap(await importBundle(fixture.deps, targets, group, source));
}

describe('spaces in a bundle', () => {
  test('a fresh store reproduces the frontiers exactly, pruned bases included', async () => {
    const store = createMemoryStoreDisk().open();
    const spaces: ExportedSpace[] = [];
    for (const [name, count] of [
      ['chat', 700],
      ['group', 450],
      ['empty', 0],
    ] as const) {
      const replica = await replicaOn(store, spaceOf(name));
      await grow(replica, count, name);
      spaces.push({ replica });
    }
    const pruned = await replicaOn(store, spaceOf('pruned'));
    await grow(pruned, 120, 'before the cut');
    const cut = await joinHeads(pruned);
    const base = (await pruned.get(cut))?.bytes ?? new Uint8Array(0);
    await grow(pruned, 150, 'after the cut');
    unwrap(await pruned.prune(cut));
    assert.notEqual(pruned.base, undefined);
    const snapshot = { kind: 'snapshot', space: pruned.space, bytes: base } as const;
    spaces.push({ replica: pruned, snapshot });

    const far = createMemoryStoreDisk().open();
    const farReplicas = new Map<string, Replica>();
    for (const { replica } of spaces.slice(0, 3)) {
      farReplicas.set(replica.space.toHex(), await replicaOn(far, replica.space));
    }
    const targets: BundleTargets = {
      replicaOf: async (space) => farReplicas.get(space.toHex()),
      takeSnapshot: async ({ space, bytes }) => {
        if (farReplicas.has(space.toHex())) return ok('known');
        farReplicas.set(space.toHex(), await replicaOn(far, space, bytes.slice()));
        return ok('stored');
      },
    };
    const records = () => bundleFromStore(fixture.deps, { spaces });
    const report = await importFrom(targets, writeBundle(fixture.deps, options, records()));
    assert.equal(report.vertices.stored, 700 + 450 + 150);
    assert.deepEqual([report.vertices.waiting, report.vertices.unplaced], [0, 0]);
    for (const { replica } of spaces) {
      const farReplica = farReplicas.get(replica.space.toHex());
      assert.ok(farReplica);
      assert.deepEqual(await frontierOf(farReplica), await frontierOf(replica));
      assert.equal(farReplica.base?.id.toHex(), replica.base?.id.toHex());
    }
    assert.deepEqual(
      report.frontiers.map(({ reached }) => reached),
      Array(4).fill('reached'),
    );
    const again = await importFrom(targets, writeBundle(fixture.deps, options, records()));
    assert.deepEqual([again.vertices.stored, again.vertices.known], [0, 700 + 450 + 150]);

    // What the far side has told of is left out of the next bundle.
    const told: ExportedSpace[] = [];
    for (const space of spaces) {
      told.push({ ...space, farHeads: await space.replica.frontier() });
      if (space !== spaces[2]) await grow(space.replica, 10, 'later');
    }
    const third = bundleFromStore(fixture.deps, { spaces: told });
    const back = await importFrom(targets, writeBundle(fixture.deps, options, third));
    assert.deepEqual([back.vertices.stored, back.vertices.known], [30, 0]);
    assert.equal(back.snapshots.stored, 0);
  });

  test('say what is missing when a chunk is lost, and are whole after the next bundle', async () => {
    const store = createMemoryStoreDisk().open();
    const replica = await replicaOn(store, spaceOf('lossy'));
    await grow(replica, 120, 'lossy');
    const far = await replicaOn(createMemoryStoreDisk().open(), replica.space);
    const targets: BundleTargets = { replicaOf: async () => far };
    const file = concatBytes(
      ...(await Array.fromAsync(
        writeBundleAs(
          smallLayout,
          fixture.deps,
          options,
          bundleFromStore(fixture.deps, { spaces: [{ replica }] }),
        ),
      )),
    );
    const broken = file.slice();
    broken.fill(0, 2_048 + 4 * 4_096, 2_048 + 5 * 4_096);
    const read = (bytes: Uint8Array) =>
      importEvents(targets, readBundleAs(smallLayout, fixture.deps, group, piecesOf(bytes, 999)));
    const report = unwrap(await read(broken));
    const { missing } = report.damage;
    assert.ok(missing.length > 0 && missing.every(({ kind }) => kind === 'vertex'));
    assert.ok(missing.every(({ space }) => space && compareBytes(space, replica.space) === 0));
    assert.equal(report.vertices.stored + report.vertices.waiting + missing.length, 120);
    assert.equal(report.frontiers[0]?.reached, 'missing');
    const second = unwrap(await read(file));
    assert.equal(second.frontiers[0]?.reached, 'reached');
    assert.deepEqual(await frontierOf(far), await frontierOf(replica));
  });

  test('markers that contradict each other are refused, the first one stands', async () => {
    const space = spaceOf('contradiction');
    const heads = [new Uint8Array(32).fill(1) as VertexId];
    const records: readonly BundleRecord[] = [
      { kind: 'frontier', space, heads },
      { kind: 'frontier', space, heads },
      { kind: 'frontier', space, heads: [] },
    ];
    const report = await importFrom({}, writeBundle(fixture.deps, options, records));
    assert.deepEqual(report.refused, { 'mesh/bundle-contradiction': 1 });
    assert.deepEqual(report.frontiers, [{ space, reached: 'unknown', missingHeads: [] }]);
  });
});

describe('parcels in a bundle', () => {
  test('come in the order of their worth, and only what the far side lacks', async () => {
    const near = createParcelFixture('near');
    const far = createParcelFixture('far');
    const wishes = [
      { level: 0, lifetimeMs: 2 * bundleDayMs },
      { priority: 'high', level: 0 },
      { level: 2 },
      { priority: 'emergency', level: 0 },
      { level: 0, lifetimeMs: bundleDayMs },
      { priority: 'high', level: 1 },
    ] as const;
    const made: Parcel[] = [];
    for (const wish of wishes) made.push(await near.make(wish));
    const [a, b] = [await near.open(), await far.open()];
    for (const { bytes } of made) unwrap(await a.put(bytes, 'self'));
    const only = await far.make();
    unwrap(await b.put(only.bytes, 'self'));
    const listed = await Array.fromAsync(bundleFromStore(fixture.deps, { parcels: a }));
    const ids = listed.flatMap((record) => (record.kind === 'parcel' ? [record.id?.toHex()] : []));
    assert.deepEqual(
      ids,
      [3, 5, 1, 2, 4, 0].map((at) => made[at]?.id.toHex()),
    );

    const deps = { ...fixture.deps, clock: near.time.clock };
    const there = await exchange(deps, a, b, undefined);
    assert.equal(there.parcels.stored, 6);
    assert.equal(there.sketch?.count, 6);
    // Back go the sketch and what only the far side had; then there is nothing left to bring.
    const back = await exchange(deps, b, a, there.sketch);
    assert.deepEqual([back.parcels.stored, back.parcels.known], [1, 0]);
    const again = await exchange(deps, a, b, back.sketch);
    assert.deepEqual([again.parcels.stored, again.parcels.known], [0, 0]);
    assert.deepEqual(idsIn(a), idsIn(b));
  });

  test('a sketch that does not decode or lies costs bytes, not parcels', async () => {
    const near = createParcelFixture('lying sketch');
    const store = await near.open();
    for (let at = 0; at < 5; at += 1) unwrap(await store.put((await near.make()).bytes, 'self'));
    const sketches = [
      { count: 9, symbols: near.random.bytes(160) },
      { count: 3, symbols: new Uint8Array(160) },
      { count: 0, symbols: new Uint8Array(16) },
    ];
    for (const sketch of sketches) {
      const far = { kind: 'sketch', salt: new Uint8Array(16), ...sketch } as const;
      const listed = await Array.fromAsync(bundleFromStore(fixture.deps, { parcels: store, far }));
      assert.equal(listed.filter(({ kind }) => kind === 'parcel').length, 5);
    }
  });

  test('are chosen by tag, by shard, and by what the caller wants', async () => {
    const near = createParcelFixture('chosen');
    const store = await near.open();
    const parcels = [];
    for (const shard of [0x0100_0000, 0x0200_0000, 0x0200_0000]) {
      const parcel = await near.make({ shard });
      parcels.push(parcel);
      unwrap(await store.put(parcel.bytes, 'self'));
    }
    const count = async (selection: Partial<Parameters<typeof bundleFromStore>[1]>) => {
      const all = bundleFromStore(fixture.deps, { parcels: store, sketchSymbols: 0, ...selection });
      return (await Array.fromAsync(all)).length;
    };
    assert.equal(await count({}), 3);
    assert.equal(await count({ wants: ({ shard }) => shard === 0x0200_0000 }), 2);
    const tags = parcels.slice(0, 1).map(({ header }) => header.tag);
    assert.equal(await count({ tags }), 1);
  });

  test('that a store refuses are counted by code, and nothing else is harmed', async () => {
    const near = createParcelFixture('refusals');
    const good = await near.make();
    const bad = good.bytes.slice();
    bad[900] = (bad[900] ?? 0) ^ 1;
    const records: readonly BundleRecord[] = [
      { kind: 'parcel', bytes: bad },
      { kind: 'parcel', bytes: good.bytes },
      { kind: 'parcel', bytes: new Uint8Array(1_024) },
    ];
    const store = await near.open();
    const report = await importFrom(
      { parcels: store },
      writeBundle(fixture.deps, options, records),
    );
    assert.deepEqual(report.parcels.refused, { 'mesh/bad-parcel': 1, 'mesh/unknown-suite': 1 });
    assert.equal(report.parcels.stored, 1);
  });
});

describe('an import that crashes', () => {
  test('at any write ends equal to an undisturbed one when it is repeated', async () => {
    const near = createParcelFixture('crash');
    const parcels: BundleRecord[] = [];
    for (let at = 0; at < 5; at += 1)
      parcels.push({ kind: 'parcel', bytes: (await near.make()).bytes });
    const origin = await replicaOn(createMemoryStoreDisk().open(), spaceOf('crash'));
    await grow(origin, 12, 'crash');
    const { vertices } = unwrap(await origin.difference([]));
    const { space } = origin;
    const records: readonly BundleRecord[] = [
      { kind: 'frontier', space, heads: (await origin.frontier()).toSorted(compareBytes) },
      ...vertices.map((bytes) => ({ kind: 'vertex', space, bytes }) as const),
      ...parcels,
    ];
    const file = concatBytes(
      ...(await Array.fromAsync(writeBundleAs(smallLayout, fixture.deps, options, records))),
    );

    /** One process life: opens what is there, and imports. */
    async function live(on: ParcelFixture): Promise<{ report: BundleReport; state: unknown }> {
      const store = on.disk.open();
      const replica = await replicaOn(store, space);
      const parcelStore = unwrap(
        await openParcelStore({ suite: on.suite, clock: on.time.clock, store }, defaultOptions()),
      );
      const targets: BundleTargets = { parcels: parcelStore, replicaOf: async () => replica };
      const events = readBundleAs(smallLayout, fixture.deps, group, piecesOf(file, 1_000));
      const report = unwrap(await importEvents(targets, events));
      return { report, state: [idsIn(parcelStore), await frontierOf(replica), replica.sequence] };
    }

    const undisturbed = createParcelFixture('undisturbed');
    const wanted = (await live(undisturbed)).state;
    const writes = undisturbed.disk.writeCount;
    assert.ok(writes > 6);
    for (let write = 1; write <= writes; write += 1) {
      for (const moment of ['before', 'after'] as const) {
        const disturbed = createParcelFixture('disturbed');
        disturbed.disk.crashAt(write, moment);
        await assert.rejects(live(disturbed));
        const { report, state } = await live(disturbed);
        assert.deepEqual(state, wanted, `crash ${moment} write ${write}`);
        assert.equal(report.frontiers[0]?.reached, 'reached');
      }
    }
  });
});

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { concatBytes, redact } from '@pars/base';
import { passwordFromText } from '@pars/crypto';
import type { SpaceId, VertexId } from '@pars/dag';
import type { BundleEvent, BundleKeys } from './bundle.ts';
import {
  bundleDayMs,
  createBundleFixture,
  piecesOf,
  recordsOf,
  smallLayout,
  testGroupKey,
} from './bundle-fixture.ts';
import { importEvents } from './bundle-import.ts';
import { inspectBundle } from './bundle-inspection.ts';
import {
  bundleLayout,
  chunksWithin,
  fileLength,
  maxChunks,
  paddedChunkCount,
} from './bundle-layout.ts';
import { readBundle, readBundleAs } from './bundle-reader.ts';
import type { BundleRecord } from './bundle-record.ts';
import { writeBundle, writeBundleAs } from './bundle-writer.ts';

const space = new Uint8Array(32).fill(9) as SpaceId;
const group = { groupKeys: [testGroupKey(1)] };

function failureOf(events: readonly BundleEvent[]): string {
  const last = events.at(-1);
  return last?.kind === 'failed' ? last.failure.code : `no failure: ${last?.kind}`;
}

describe('a bundle', () => {
  test('gives every recipient the same records', async () => {
    const fixture = await createBundleFixture('recipients');
    const [anna, babak] = [await fixture.contact(), await fixture.contact()];
    const passphrases = [passwordFromText('a cup of tea'), passwordFromText('سلام')];
    const records: readonly BundleRecord[] = [
      { kind: 'frontier', space, heads: [new Uint8Array(32).fill(1) as VertexId] },
      { kind: 'sketch', salt: new Uint8Array(16), count: 7, symbols: new Uint8Array(160) },
      { kind: 'snapshot', space, bytes: new Uint8Array(300_000).fill(3) },
      { kind: 'vertex', space, bytes: new Uint8Array(500).fill(4) },
      { kind: 'parcel', bytes: new Uint8Array(65_536).fill(5) },
      fixture.peer(1),
    ];
    const recipients = {
      contacts: [anna.publicKey, babak.publicKey, anna.publicKey],
      groupKeys: [testGroupKey(1), testGroupKey(2)],
      passphrases,
    };
    const file = await fixture.write(bundleLayout, { recipients }, records);
    const allKeys: readonly BundleKeys[] = [
      { contacts: [anna] },
      { contacts: [await fixture.contact(), babak] },
      { groupKeys: [testGroupKey(3), testGroupKey(2)] },
      { passphrases: [passwordFromText('سلام')] },
    ];
    for (const keys of allKeys) {
      const events = await fixture.read(bundleLayout, keys, file);
      assert.deepEqual(recordsOf(events), records);
      assert.equal(events.at(-1)?.kind, 'end');
      const exporter = events.find((event) => event.kind === 'exporter');
      assert.deepEqual(exporter?.key, fixture.deps.exporter.publicKey.bytes);
    }
  });

  test('opens for nobody else, and nothing tells why', async () => {
    const fixture = await createBundleFixture('strangers');
    const contact = await fixture.contact();
    const recipients = {
      contacts: [contact.publicKey],
      groupKeys: [testGroupKey(1)],
      passphrases: [passwordFromText('right')],
    };
    const file = await fixture.write(bundleLayout, { recipients }, [fixture.peer(9)]);
    const wrong: BundleKeys = {
      contacts: [await fixture.contact()],
      groupKeys: [testGroupKey(2)],
      passphrases: [passwordFromText('wrong'), redact(new Uint8Array(0))],
    };
    const randomBytes = concatBytes(
      ...Array.from({ length: file.length / 32_768 }, () => fixture.random.bytes(32_768)),
    );
    const answers = new Set<string>();
    for (const [keys, bytes] of [
      [wrong, file],
      [wrong, randomBytes],
      [{}, file],
      [{ contacts: [contact] }, randomBytes],
      [{ contacts: [contact] }, file.subarray(0, 10)],
      [{ contacts: [contact] }, new Uint8Array(0)],
    ] as const) {
      answers.add(JSON.stringify(await fixture.read(bundleLayout, keys, bytes)));
    }
    assert.deepEqual(
      [...answers],
      ['[{"kind":"failed","failure":{"code":"mesh/bundle-not-ours"}}]'],
    );
    // Two heads, one hash each; what cannot be a passphrase costs nothing. One at writing for each head.
    assert.equal(fixture.argon2Calls(), 2 + 2 + 2);
  });

  test('looks only at as many keys as are allowed', async () => {
    const fixture = await createBundleFixture('many keys');
    const passphrases = Array.from({ length: 9 }, (_, at) => passwordFromText(`no ${at}`));
    const noise = concatBytes(...Array.from({ length: 3 }, () => fixture.random.bytes(65_536)));
    assert.equal(
      failureOf(await fixture.read(bundleLayout, { passphrases }, noise)),
      'mesh/bundle-not-ours',
    );
    assert.equal(fixture.argon2Calls(), 2 * 4);
  });

  test('reads no more than the way to the second head of what it cannot open', async () => {
    const fixture = await createBundleFixture('endless');
    let given = 0;
    let wasClosed = false;
    async function* endless() {
      try {
        for (;;) {
          given += 65_536;
          yield fixture.random.bytes(65_536);
        }
      } finally {
        wasClosed = true;
      }
    }
    const events = await Array.fromAsync(readBundle(fixture.deps, group, endless()));
    assert.equal(failureOf(events), 'mesh/bundle-not-ours');
    assert.ok(given <= 18 * 65_536);
    assert.ok(wasClosed);
  });

  test('is good for its time only', async () => {
    const fixture = await createBundleFixture('time');
    const options = { recipients: group, lifetimeMs: bundleDayMs };
    const file = await fixture.write(smallLayout, options, [fixture.peer(9)]);
    assert.equal((await fixture.read(smallLayout, group, file)).at(-1)?.kind, 'end');
    await fixture.time.advance(2 * bundleDayMs);
    const late = await fixture.read(smallLayout, group, file);
    assert.deepEqual([late.length, failureOf(late)], [1, 'mesh/bundle-expired']);
    const now = fixture.time.clock.nowMs();
    for (const times of [
      { createdMs: now + 2 * bundleDayMs, expiresMs: now + 3 * bundleDayMs },
      { createdMs: now, expiresMs: now + 300 * bundleDayMs },
    ]) {
      const forged = await fixture.forge(smallLayout, {
        ...times,
        chunks: async () => [{ records: [] }],
      });
      const events = await fixture.read(smallLayout, group, forged);
      assert.deepEqual([events.length, failureOf(events)], [1, 'mesh/bundle-future-dated']);
    }
    assert.equal(
      (await importEvents({}, readBundleAs(smallLayout, fixture.deps, group, piecesOf(file, 99))))
        .ok,
      false,
    );
  });

  test('has one of a few sizes, and never more bytes than allowed', async () => {
    const fixture = await createBundleFixture('sizes');
    for (const limitBytes of [262_144, 400_000, 1_000_000, 2_000_000]) {
      const records = Array.from({ length: 40 }, () => fixture.peer(50_000));
      const lengths: number[] = [];
      const progress: number[] = [];
      const options = {
        recipients: group,
        limitBytes,
        onProgress: ({ done, omitted }: { done: boolean; omitted: number }) => {
          if (done) progress.push(omitted);
        },
      };
      const file = await fixture.write(bundleLayout, options, records);
      lengths.push(file.length);
      const chunks = (file.length - 65_536) / 65_536;
      assert.equal(chunks, paddedChunkCount(chunks));
      assert.ok(file.length <= limitBytes, `${file.length} bytes`);
      const most = fileLength(bundleLayout, chunksWithin(bundleLayout, limitBytes));
      assert.ok(file.length > most / 2, `${file.length} of ${most} bytes`);
      const events = await fixture.read(bundleLayout, group, file);
      const read = recordsOf(events);
      assert.equal(read.length + (progress[0] ?? 0), records.length);
      assert.deepEqual(read, records.slice(0, read.length));
    }
  });

  test('with a vertex leaves out all later ones of its space', async () => {
    const fixture = await createBundleFixture('dependency');
    const other = new Uint8Array(32).fill(8) as SpaceId;
    const vertex = (of: SpaceId, length: number): BundleRecord => ({
      kind: 'vertex',
      space: of,
      bytes: new Uint8Array(length),
    });
    const records = [vertex(space, 5), vertex(space, 200_000), vertex(space, 6), vertex(other, 7)];
    const options = { recipients: group, limitBytes: 262_144 };
    const file = await fixture.write(bundleLayout, options, records);
    const read = recordsOf(await fixture.read(bundleLayout, group, file));
    assert.deepEqual(read, [records[0], records[3]]);
  });

  test('refuses wrong options and records as bugs', async () => {
    const fixture = await createBundleFixture('bugs');
    const contact = await fixture.contact();
    const keys = Array.from({ length: 17 }, (_, at) => testGroupKey(at));
    const wrong = [
      { recipients: {} },
      { recipients: { groupKeys: [redact(new Uint8Array(31))] } },
      { recipients: { groupKeys: keys } },
      { recipients: group, lifetimeMs: 0 },
      { recipients: group, lifetimeMs: 91 * bundleDayMs },
      { recipients: group, limitBytes: 262_143 },
      {
        recipients: { contacts: Array.from({ length: 5 }, () => contact.publicKey) },
        limitBytes: 1,
      },
    ];
    for (const options of wrong) {
      const writing = fixture.write(bundleLayout, options, []);
      await assert.rejects(writing, { code: 'mesh/argument' });
    }
    const record: BundleRecord = { kind: 'parcel', bytes: new Uint8Array(1_000) };
    await assert.rejects(fixture.write(bundleLayout, { recipients: group }, [record]), {
      code: 'mesh/argument',
    });
  });

  test('can be looked at without importing it, even when it has expired', async () => {
    const fixture = await createBundleFixture('inspection');
    const records: readonly BundleRecord[] = [
      { kind: 'frontier', space, heads: [] },
      { kind: 'vertex', space, bytes: new Uint8Array(500) },
      { kind: 'parcel', bytes: new Uint8Array(1_024) },
    ];
    const file = await fixture.write(bundleLayout, { recipients: group }, records);
    await fixture.time.advance(20 * bundleDayMs);
    const seen = await inspectBundle(fixture.deps, group, piecesOf(file, 70_000));
    assert.ok(seen.ok);
    assert.equal(seen.value.expired, true);
    assert.equal(seen.value.bytes, file.length);
    assert.deepEqual(seen.value.spaces, [{ space, vertices: 1, hasSnapshot: false, heads: [] }]);
    assert.deepEqual([seen.value.countByKind.parcel, seen.value.countByKind.vertex], [1, 1]);
    assert.deepEqual(seen.value.exporter, fixture.deps.exporter.publicKey.bytes);
    const blind = await inspectBundle(fixture.deps, {}, piecesOf(file, 70_000));
    assert.equal(blind.ok ? '' : blind.error.code, 'mesh/bundle-not-ours');
  });

  test('skips records of unknown kinds, however long', async () => {
    const fixture = await createBundleFixture('unknown kinds');
    const body = smallLayout.chunkLength - 26;
    const file = await fixture.forge(smallLayout, {
      chunks: async () => [
        { records: [[200, fixture.random.bytes(body)]], claimedLength: 2 * body + 5 },
        { carried: body + 5, records: [[255, new Uint8Array(0)]] },
        { records: [] },
      ],
    });
    const events = await fixture.read(smallLayout, group, file);
    assert.equal(events.at(-1)?.kind, 'end');
  });

  test('needs memory for a few chunks, not for the file', async () => {
    const fixture = await createBundleFixture('memory');
    const record = fixture.peer(65_000);
    async function* many(count: number) {
      for (let at = 0; at < count; at += 1) yield record;
    }
    // What is under way at once is bounded by what is given before the next is asked for.
    let [written, read, most] = [0, 0, 0];
    async function* through() {
      const options = { recipients: group, lifetimeMs: bundleDayMs };
      for await (const bytes of writeBundle(fixture.deps, options, many(700))) {
        written += bytes.length;
        most = Math.max(most, written - read);
        yield bytes;
      }
    }
    for await (const event of readBundle(fixture.deps, group, through())) {
      if (event.kind === 'chunk') read = event.bytesRead;
    }
    assert.ok(written > 45_000_000);
    assert.ok(most <= 4 * 65_536, `${most} bytes under way`);
  });

  test('ends when its consumer does', async () => {
    const fixture = await createBundleFixture('consumer');
    let wasClosed = false;
    async function* endless() {
      try {
        for (;;) yield fixture.peer(60_000);
      } finally {
        wasClosed = true;
      }
    }
    const options = { recipients: group, lifetimeMs: bundleDayMs };
    let written = 0;
    for await (const bytes of writeBundleAs(smallLayout, fixture.deps, options, endless())) {
      written += bytes.length;
      if (written > 100_000) break;
    }
    assert.ok(wasClosed);
  });
});

test('allowed sizes grow by an eighth at most, and limits are met', () => {
  for (let chunks = 1; chunks < 5_000; chunks += 1) {
    const padded = paddedChunkCount(chunks);
    assert.ok(padded >= chunks && padded <= chunks + chunks / 8 + 1);
    assert.equal(chunksWithin(bundleLayout, fileLength(bundleLayout, padded)), padded);
    assert.equal(paddedChunkCount(padded), padded);
  }
  assert.ok(chunksWithin(bundleLayout, 2 ** 50) <= maxChunks);
});

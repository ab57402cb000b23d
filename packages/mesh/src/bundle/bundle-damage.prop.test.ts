import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { concatBytes, equalBytes } from '@pars/base';
import type { SpaceId, VertexId } from '@pars/dag';
import * as fc from 'fast-check';
import type { BundleEvent } from './bundle.ts';
import {
  createBundleFixture,
  type ForgedChunk,
  recordsOf,
  smallLayout,
  testGroupKey,
} from './bundle-fixture.ts';
import { fileLength } from './bundle-layout.ts';
import { type BundleRecord, statementKind } from './bundle-record.ts';
import { sealStatement } from './bundle-statement.ts';

const group = { groupKeys: [testGroupKey(1)] };
const space = new Uint8Array(32).fill(9) as SpaceId;
const { chunkLength, headLength } = smallLayout;
const fixture = await createBundleFixture('damage');
const records: readonly BundleRecord[] = [
  { kind: 'frontier', space, heads: [new Uint8Array(32).fill(1) as VertexId] },
  { kind: 'vertex', space, bytes: fixture.random.bytes(300) },
  ...Array.from({ length: 6 }, () => fixture.peer(1_200)),
  { kind: 'parcel', bytes: fixture.random.bytes(16_384) },
  fixture.peer(700),
];
const file = await fixture.write(smallLayout, { recipients: group }, records);
const whole = await fixture.read(smallLayout, group, file);
const chunkCount = (file.length - 2 * headLength) / chunkLength;

type EndEvent = Extract<BundleEvent, { kind: 'end' }>;

function endOf(events: readonly BundleEvent[]): EndEvent {
  const last = events.at(-1);
  assert.ok(last?.kind === 'end', JSON.stringify(last));
  return last;
}

/** Where a chunk begins in the file. */
function offsetOf(chunk: number): number {
  return headLength + chunk * chunkLength + (chunk >= 16 ? headLength : 0);
}

/** Records of the whole bundle that end in one of the first chunks, or in all but one. */
function recordsIn(isThere: (chunk: number) => boolean): readonly BundleRecord[] {
  return whole.flatMap((event) =>
    event.kind === 'chunk' && isThere(event.index) ? event.records : [],
  );
}

function replaced(at: number, bytes: Uint8Array): Uint8Array {
  const changed = file.slice();
  changed.set(bytes, at);
  return changed;
}

describe('a damaged bundle', () => {
  test('cut at any byte gives what its whole chunks hold', async () => {
    const step = process.env['PARS_BUNDLE_EVERY_BYTE'] === undefined ? 41 : 1;
    const edges = Array.from({ length: chunkCount + 1 }, (_, chunk) => offsetOf(chunk));
    const cuts = new Set(edges.flatMap((edge) => [edge - 1, edge, edge + 1]));
    for (let cut = 0; cut < file.length; cut += step) cuts.add(cut);
    for (const cut of cuts) {
      if (cut >= file.length) continue;
      const events = await fixture.read(smallLayout, group, file.subarray(0, cut));
      if (cut < headLength) {
        assert.deepEqual(events, [{ kind: 'failed', failure: { code: 'mesh/bundle-not-ours' } }]);
        continue;
      }
      const isThere = (chunk: number) => offsetOf(chunk) + chunkLength <= cut;
      assert.deepEqual(recordsOf(events), recordsIn(isThere), `cut at ${cut}`);
      const { damage, chunks } = endOf(events);
      const isWhole = isThere(chunkCount - 1);
      assert.equal(damage.truncated, !isWhole);
      assert.equal(
        chunks,
        Array.from({ length: chunkCount }, (_, at) => at).filter(isThere).length,
      );
      assert.deepEqual(damage.lost, []);
    }
  });

  test('with one bit changed loses one chunk at most, and names what stood in it', async () => {
    const step = process.env['PARS_BUNDLE_EVERY_BYTE'] === undefined ? 37 : 1;
    for (let at = 0; at < file.length; at += step) {
      const changed = file.slice();
      changed[at] = (changed[at] ?? 0) ^ (1 << (at % 8));
      const events = await fixture.read(smallLayout, group, changed);
      const lost = Array.from({ length: chunkCount }, (_, chunk) => chunk).find(
        (chunk) => at >= offsetOf(chunk) && at < offsetOf(chunk) + chunkLength,
      );
      const { damage } = endOf(events);
      if (lost === undefined) {
        // Salt and commitment break a head; a slot breaks it when it is the used one.
        assert.deepEqual(recordsOf(events), records, `bit at ${at}`);
        assert.deepEqual(damage.lost, []);
        if (at < 64) assert.equal(damage.headDamaged, true);
        continue;
      }
      assert.deepEqual(damage.lost, [{ from: lost, to: lost }], `bit at ${at}`);
      assert.equal(damage.truncated, lost === chunkCount - 1);
      requireAllAccounted(events);
    }
  });

  test('with lost chunks gives the others, and accounts for every record', async () => {
    const chunk = fc.integer({ min: 0, max: chunkCount - 2 });
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(chunk, { minLength: 1, maxLength: 4 }), async (chunks) => {
        const changed = file.slice();
        for (const lost of chunks) changed.fill(0, offsetOf(lost), offsetOf(lost) + chunkLength);
        const events = await fixture.read(smallLayout, group, changed);
        const { damage } = endOf(events);
        assert.equal(
          damage.lost.reduce((sum, { from, to }) => sum + to - from + 1, 0),
          chunks.length,
        );
        // Both copies of the one statement may be among them.
        if (events.some((event) => event.kind === 'attested')) requireAllAccounted(events);
        else assert.ok(damage.untoldChunks > 0);
      }),
      { numRuns: 60 },
    );
  });

  test('with both heads broken is nobody’s', async () => {
    const changed = replaced(0, new Uint8Array(64));
    const second = headLength + Math.min(16, chunkCount) * chunkLength;
    changed.fill(0, second, second + headLength);
    const events = await fixture.read(smallLayout, group, changed);
    assert.deepEqual(events, [{ kind: 'failed', failure: { code: 'mesh/bundle-not-ours' } }]);
  });

  test('of fewer than 16 chunks opens by its second head too', async () => {
    const small = await fixture.write(smallLayout, { recipients: group }, [fixture.peer(40)]);
    assert.ok(small.length < fileLength(smallLayout, 16));
    small.fill(0, 0, headLength);
    const events = await fixture.read(smallLayout, group, small);
    assert.equal(endOf(events).damage.headDamaged, true);
    assert.equal(recordsOf(events).length, 1);
  });

  test('whose chunks changed places loses both of them', async () => {
    const [a, b] = [offsetOf(2), offsetOf(3)];
    const swapped = replaced(a, file.subarray(b, b + chunkLength));
    swapped.set(file.subarray(a, a + chunkLength), b);
    const events = await fixture.read(smallLayout, group, swapped);
    assert.deepEqual(endOf(events).damage.lost, [{ from: 2, to: 3 }]);
    requireAllAccounted(events);
  });

  test('does not take chunks of another bundle with the same key', async () => {
    const other = await fixture.write(smallLayout, { recipients: group }, records);
    const changed = replaced(offsetOf(3), other.subarray(offsetOf(3), offsetOf(4)));
    assert.deepEqual(endOf(await fixture.read(smallLayout, group, changed)).damage.lost, [
      { from: 3, to: 3 },
    ]);
  });

  test('with something behind its end is good as far as it goes', async () => {
    const events = await fixture.read(smallLayout, group, concatBytes(file, new Uint8Array(77)));
    assert.deepEqual(recordsOf(events), records);
    assert.equal(endOf(events).damage.excessBytes, 77);
  });

  test('of several runs of chunks names also what reaches from one run into the next', async () => {
    const long = Array.from({ length: 60 }, () => fixture.peer(9_000));
    const large = await fixture.write(smallLayout, { recipients: group }, long);
    for (let lost = 55; lost < 80; lost += 1) {
      const changed = large.slice();
      changed.fill(0, offsetOf(lost), offsetOf(lost) + chunkLength);
      const events = await fixture.read(smallLayout, group, changed);
      const { damage } = endOf(events);
      assert.equal(recordsOf(events).length + damage.missing.length, long.length, `chunk ${lost}`);
      assert.ok(damage.missing.every(({ chunk }) => chunk <= lost && chunk >= lost - 3));
      requireNothingRefused(events);
    }
  });

  /** Loss is not told as somebody's fault. */
  function requireNothingRefused(events: readonly BundleEvent[]): void {
    assert.ok(events.every((event) => event.kind !== 'chunk' || event.refused === 0));
  }

  /** Every record came through or is named as missing. */
  function requireAllAccounted(events: readonly BundleEvent[]): void {
    const { damage } = endOf(events);
    requireNothingRefused(events);
    const came = recordsOf(events).length;
    assert.equal(came + damage.missing.length, records.length);
    const vertexIsMissing = damage.missing.some(({ kind }) => kind === 'vertex');
    for (const missing of damage.missing) {
      const hasSpace = missing.kind === 'vertex' || missing.kind === 'frontier';
      assert.equal(missing.space !== undefined && equalBytes(missing.space, space), hasSpace);
    }
    assert.equal(vertexIsMissing, !recordsOf(events).some(({ kind }) => kind === 'vertex'));
  }
});

describe('what a recipient with the key can forge', () => {
  const exporter = fixture.deps.exporter;
  const read = async (forged: Uint8Array) => await fixture.read(smallLayout, group, forged);
  const failureOf = (events: readonly BundleEvent[]) => {
    const last = events.at(-1);
    return last?.kind === 'failed' ? last.failure.code : undefined;
  };
  const peerChunk = { records: [[6, new Uint8Array(10)] as const] };

  /** The statement, over as many chunks as it takes. */
  function spread(content: Uint8Array, isEnd = false): readonly ForgedChunk[] {
    const body = chunkLength - 21;
    const first = [statementKind, content.subarray(0, body - 5)] as const;
    const chunks: ForgedChunk[] = [{ records: [first], claimedLength: content.length }];
    for (let at = body - 5; at < content.length; at += body) {
      const part = content.subarray(at, at + body);
      chunks.push({ carried: part.length, records: [], raw: part });
    }
    return isEnd ? chunks : [...chunks, { records: [] }];
  }

  test('records without a statement are not given out', async () => {
    const events = await read(
      await fixture.forge(smallLayout, { chunks: async () => [peerChunk] }),
    );
    assert.equal(failureOf(events), 'mesh/bundle-bad-signature');
    assert.deepEqual(recordsOf(events), []);
  });

  test('a statement that its exporter did not sign', async () => {
    const forged = await fixture.forge(smallLayout, {
      chunks: async (session) => {
        const content = await sealStatement(fixture.deps, session, exporter, {
          from: 0,
          hashes: [],
          rows: [],
        });
        content[100] = (content[100] ?? 0) ^ 1;
        return spread(content);
      },
    });
    assert.equal(failureOf(await read(forged)), 'mesh/bundle-bad-signature');
  });

  test('a statement of another bundle', async () => {
    const forged = await fixture.forge(smallLayout, {
      chunks: async (session) => {
        const other = { ...session, bundleId: new Uint8Array(32) };
        const statement = { from: 0, hashes: [], rows: [] };
        return spread(await sealStatement(fixture.deps, other, exporter, statement));
      },
    });
    assert.equal(failureOf(await read(forged)), 'mesh/bundle-bad-signature');
  });

  test('a statement with other times, about chunks to come, or about changed ones', async () => {
    const cases = [
      { statement: { from: 0, hashes: [], rows: [] }, later: 5, code: 'mesh/bundle-contradiction' },
      {
        statement: { from: 9, hashes: [new Uint8Array(32)], rows: [] },
        later: 0,
        code: 'mesh/bundle-contradiction',
      },
      {
        statement: { from: 0, hashes: [new Uint8Array(32)], rows: [] },
        later: 0,
        code: 'mesh/bundle-forged',
      },
    ];
    for (const { statement, later, code } of cases) {
      const forged = await fixture.forge(smallLayout, {
        chunks: async (session) => {
          const shifted = { ...session, expirySlot: session.expirySlot + later };
          return spread(await sealStatement(fixture.deps, shifted, exporter, statement));
        },
      });
      assert.equal(failureOf(await read(forged)), code);
    }
  });

  test('a second exporter', async () => {
    const { suite } = fixture;
    const second = await suite.signature.signerFromSeed(suite.signature.generateSeed());
    const forged = await fixture.forge(smallLayout, {
      chunks: async (session) => {
        const statement = { from: 0, hashes: [], rows: [] };
        return [
          ...spread(await sealStatement(fixture.deps, session, exporter, statement), true),
          ...spread(await sealStatement(fixture.deps, session, second, statement)),
        ];
      },
    });
    assert.equal(failureOf(await read(forged)), 'mesh/bundle-contradiction');
  });

  test('lengths, flags and carried bytes that do not fit cost that place only', async () => {
    const statement = { from: 0, hashes: [], rows: [] };
    const broken = [
      { records: [[6, new Uint8Array(3)] as const], claimedLength: 0xffff_ffff },
      { records: [], flags: 0x82 },
      { records: [], carried: 0xffff_ffff },
      { records: [[2, new Uint8Array(1_000)] as const, [4, new Uint8Array(33)] as const] },
      { records: [[5, new Uint8Array(20)] as const, [6, new Uint8Array(0)] as const] },
      { records: [[3, new Uint8Array(32)] as const, [7, new Uint8Array(31)] as const] },
      { records: [[0, Uint8Array.of(1)] as const] },
    ];
    const forged = await fixture.forge(smallLayout, {
      chunks: async (session) => [
        ...spread(await sealStatement(fixture.deps, session, exporter, statement), true),
        ...broken,
        peerChunk,
      ],
    });
    const events = await read(forged);
    assert.equal(recordsOf(events).length, 1);
    const refused = events.map((event) => (event.kind === 'chunk' ? event.refused : 0));
    assert.deepEqual(
      refused.filter((count) => count > 0),
      [1, 1, 1, 2, 2, 2, 1],
    );
    endOf(events);
  });

  test('a statement that promises a billion records', async () => {
    for (const body of ['a700', 'bb000000003b9aca00', `a7005a3b9aca00`]) {
      const content = concatBytes(new Uint8Array(4_691), Uint8Array.fromHex(body));
      const forged = await fixture.forge(smallLayout, { chunks: async () => spread(content) });
      assert.equal(failureOf(await read(forged)), 'mesh/bad-bundle-record');
    }
  });
});

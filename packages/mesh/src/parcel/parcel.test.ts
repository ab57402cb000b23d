import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { ParsError, unwrap } from '@pars/base';
import { createParcel, type Parcel, parcelFromBytes } from './parcel.ts';
import { createParcelFixture, dayMs, startMs, testNetwork } from './parcel-fixture.ts';
import type { ParcelNetwork } from './parcel-network.ts';
import { parcelPriorities } from './parcel-priority.ts';
import { bucketFromBodyLength, parcelBodyLengths, parcelSizes } from './parcel-size.ts';
import {
  checkLifetime,
  dayFromSlot,
  expirySlotFrom,
  slotFromMs,
  slotsPerDay,
} from './parcel-time.ts';
import { checkPostage, postageSurcharge } from './postage.ts';

const fixture = createParcelFixture('parcel tests');
const { suite } = fixture;
let parcel: Parcel;
before(async () => {
  parcel = await fixture.make();
});

const read = (bytes: Uint8Array, network: ParcelNetwork = testNetwork) =>
  parcelFromBytes(suite.symmetric, network, bytes);
const codeOf = (result: { ok: boolean; error?: { code: string } }) =>
  result.ok ? 'ok' : result.error?.code;
function changed(offset: number, value: number): Uint8Array {
  const bytes = parcel.bytes.slice();
  bytes[offset] = value;
  return bytes;
}

describe('sizes', () => {
  test('six buckets; a body is its bucket less 512 bytes', () => {
    assert.deepEqual(parcelSizes, [1_024, 4_096, 8_192, 16_384, 65_536, 262_144]);
    assert.deepEqual(parcelBodyLengths, [512, 3_584, 7_680, 15_872, 65_024, 261_632]);
    assert.equal(bucketFromBodyLength(3_584), 1);
    assert.equal(bucketFromBodyLength(3_583), undefined);
  });

  test('a parcel of every bucket is made, read, and has exactly its size', async () => {
    for (const [bucket, size] of parcelSizes.entries()) {
      const made = await fixture.make({ bucket });
      assert.equal(made.bytes.length, size);
      assert.deepEqual(unwrap(read(made.bytes)), made);
    }
  });

  test('a body that fills no bucket is refused', async () => {
    const label = { tag: new Uint8Array(32), shard: 0, expirySlot: 1, priority: 'normal' as const };
    const made = await createParcel(fixture.work, testNetwork, label, new Uint8Array(100));
    assert.equal(codeOf(made), 'mesh/bad-length');
  });
});

describe('reading a parcel', () => {
  test('the id is the hash of the header, which holds the hash of the body', () => {
    const { sha3 } = suite.symmetric;
    assert.deepEqual(parcel.id, sha3(parcel.bytes.subarray(0, 512)));
    assert.deepEqual(parcel.bytes.subarray(44, 76), sha3(parcel.bytes.subarray(512)));
  });

  for (const [what, offset, value, code] of [
    ['another suite', 0, 2, 'mesh/unknown-suite'],
    ['no suite', 0, 0, 'mesh/unknown-suite'],
    ['another version', 1, 2, 'mesh/unknown-version'],
    ['another bucket', 2, 1, 'mesh/bad-parcel'],
    ['no bucket', 2, 6, 'mesh/bad-parcel'],
    ['no priority', 3, 3, 'mesh/bad-parcel'],
    ['bits below the shard', 11, 1, 'mesh/bad-parcel'],
    ['another kind of postage', 76, 3, 'mesh/bad-parcel'],
    ['no postage', 76, 0, 'mesh/bad-parcel'],
    ['filling at its begin', 209, 1, 'mesh/bad-parcel'],
    ['filling at its end', 511, 1, 'mesh/bad-parcel'],
    ['another body', 1_023, -1, 'mesh/bad-parcel'],
  ] as const) {
    test(`${what} is ${code}`, () => {
      const byte = value === -1 ? (parcel.bytes[offset] ?? 0) ^ 1 : value;
      assert.equal(codeOf(read(changed(offset, byte))), code);
    });
  }

  test('lengths beside the six are refused', () => {
    for (const length of [0, 1, 511, 512, 1_023, 1_025, 4_095, 262_145]) {
      assert.equal(codeOf(read(new Uint8Array(length))), 'mesh/bad-length');
    }
  });

  test('the width of a shard is the network’s', () => {
    const shardAt = (shardBits: number) =>
      codeOf(read(parcel.bytes, { ...testNetwork, shardBits }));
    assert.equal(shardAt(32), 'ok');
    assert.equal(shardAt(7), 'ok');
    assert.equal(shardAt(6), 'mesh/bad-parcel');
    assert.equal(shardAt(0), 'mesh/bad-parcel');
  });

  test('one’s own values out of range are a bug', async () => {
    const label = { tag: new Uint8Array(32), shard: 0, expirySlot: 1, priority: 'normal' as const };
    for (const wrong of [
      { tag: new Uint8Array(31) },
      { shard: 1 },
      { shard: -1 },
      { expirySlot: 2 ** 32 },
    ]) {
      const made = createParcel(
        fixture.work,
        testNetwork,
        { ...label, ...wrong },
        new Uint8Array(512),
      );
      await assert.rejects(made, ParsError);
    }
    const network = { ...testNetwork, puzzleBits: 17 };
    await assert.rejects(
      createParcel(fixture.work, network, label, new Uint8Array(512)),
      ParsError,
    );
  });
});

describe('time', () => {
  const nowMs = startMs + 3_723_000;

  test('lives of a day and more end with a day, shorter ones with a slot', () => {
    assert.equal(expirySlotFrom(nowMs, dayMs, 'normal') % slotsPerDay, 0);
    assert.equal(expirySlotFrom(nowMs, 13.5 * dayMs, 'normal') % slotsPerDay, 0);
    assert.equal(expirySlotFrom(nowMs, 300_000, 'normal'), slotFromMs(nowMs) + 2);
    assert.equal(dayFromSlot(slotFromMs(startMs)), startMs / dayMs);
  });

  test('14 days at normal, 30 at high and emergency priority, and a day of tolerance', () => {
    for (const priority of parcelPriorities) {
      const days = priority === 'normal' ? 14 : 30;
      const latest = slotFromMs(nowMs) + (days + 1) * slotsPerDay;
      assert.equal(codeOf(checkLifetime(latest, priority, nowMs)), 'ok');
      assert.equal(
        codeOf(checkLifetime(latest + 1, priority, nowMs)),
        'mesh/parcel-too-long-lived',
      );
      const full = expirySlotFrom(nowMs, days * dayMs, priority);
      assert.equal(codeOf(checkLifetime(full, priority, nowMs)), 'ok');
      assert.throws(() => expirySlotFrom(nowMs, days * dayMs + 1, priority), ParsError);
    }
    assert.equal(codeOf(checkLifetime(2 ** 32 - 1, 'normal', nowMs)), 'mesh/parcel-too-long-lived');
  });

  test('it ends at the beginning of its slot', () => {
    const slot = slotFromMs(nowMs);
    assert.equal(codeOf(checkLifetime(slot, 'normal', nowMs)), 'mesh/parcel-expired');
    assert.equal(codeOf(checkLifetime(slot + 1, 'normal', nowMs)), 'ok');
    assert.throws(() => expirySlotFrom(nowMs, 0, 'normal'), ParsError);
    assert.throws(() => expirySlotFrom(nowMs, Number.NaN, 'normal'), ParsError);
  });
});

describe('postage', () => {
  const check = (header: Parcel['header'], network: ParcelNetwork = testNetwork) =>
    checkPostage(suite.symmetric, network, header);

  test('what was paid is accepted, with its level', () => {
    assert.ok(unwrap(check(parcel.header)) >= 0);
  });

  test('emergency costs 64 times, high 8 times, and size its root', () => {
    assert.equal(postageSurcharge(0, 'emergency') - postageSurcharge(0, 'normal'), 6);
    assert.equal(postageSurcharge(0, 'high') - postageSurcharge(0, 'normal'), 3);
    assert.equal(postageSurcharge(5, 'normal'), 4);
  });

  test('an emergency carries 6 zero bits more', async () => {
    const urgent = await fixture.make({ priority: 'emergency' });
    const level = unwrap(check(urgent.header));
    const asNormal = suite.symmetric.sha3(
      new TextEncoder().encode('pars/1 parcel stamp'),
      suite.symmetric.sha3(
        new TextEncoder().encode('pars/1 parcel postage'),
        urgent.bytes.subarray(0, 76),
      ),
      urgent.bytes.subarray(77, 209),
    );
    assert.equal((asNormal[0] ?? 255) >> 2, 0, 'six zero bits');
    assert.ok(level >= 0);
  });

  test('below the network’s level it is underpaid', async () => {
    const level = unwrap(check(parcel.header));
    assert.equal(codeOf(check(parcel.header, { ...testNetwork, leastLevel: level })), 'ok');
    const network = { ...testNetwork, leastLevel: level + 1 };
    assert.equal(codeOf(check(parcel.header, network)), 'mesh/underpaid');
  });

  test('it pays for one parcel only: no visible field can be changed under it', async () => {
    const other = await fixture.make();
    const fields = ['tag', 'bodyHash', 'shard', 'expirySlot', 'priority', 'bucket'] as const;
    const urgent = { ...other.header, priority: 'high' as const, bucket: 2, shard: 0x0100_0000 };
    const donor = { ...urgent, expirySlot: other.header.expirySlot + 1 };
    for (const field of fields) {
      const mixed = { ...parcel.header, [field]: donor[field] };
      assert.match(String(codeOf(check(mixed))), /mesh\/(underpaid|bad-postage)/, field);
    }
  });

  test('indices that repeat, are out of order, too large or of another nonce are refused', () => {
    const { postage } = parcel.header;
    const [a = 0, b = 0, ...rest] = postage.indices;
    for (const indices of [
      [b, a, ...rest],
      [a, a, ...rest],
      [a, b, ...rest.slice(0, 29), 2 ** 32 - 1],
      [...postage.indices.slice(16), ...postage.indices.slice(0, 16)],
      postage.indices.map((index) => index ^ 1),
    ]) {
      const code = codeOf(check({ ...parcel.header, postage: { ...postage, indices } }));
      assert.match(String(code), /mesh\/(underpaid|bad-postage)/);
    }
    const nonce = postage.nonce + 1;
    const moved = codeOf(check({ ...parcel.header, postage: { ...postage, nonce } }));
    assert.match(String(moved), /mesh\/(underpaid|bad-postage)/);
  });

  test('a forger who finds a cheap stamp without the collisions is refused', () => {
    const indices = Array.from({ length: 32 }, (_, index) => index);
    const refusals = Array.from({ length: 40 }, (_, nonce) =>
      codeOf(check({ ...parcel.header, postage: { nonce, indices } })),
    );
    assert.ok(refusals.every((code) => code === 'mesh/bad-postage'));
  });

  test('the work of a parcel can be given up', async () => {
    const gaveUp = new AbortController();
    const label = { tag: new Uint8Array(32), shard: 0, expirySlot: 1, priority: 'normal' as const };
    const work = {
      ...fixture.work,
      extraLevel: 60,
      pause: async () => gaveUp.abort(new Error('stop')),
    };
    const made = createParcel(work, testNetwork, label, new Uint8Array(512), gaveUp.signal);
    await assert.rejects(made, /stop/);
  });
});

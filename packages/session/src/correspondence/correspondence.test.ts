import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { expose, hex, redact } from '@pars/base';
import { createSimulationRandom } from '@pars/base/fakes';
import { createTestSuite } from '../fakes/test-person.ts';
import { LETTER_SIZES } from '../letter/padding.ts';
import { deriveCorrespondenceSecret, oppositeRole } from './correspondence-secret.ts';
import { createTagSequence, MAX_PARCELS_PER_DAY, parcelShard } from './parcel-tag.ts';
import {
  MAX_NOTED_RECEIPTS,
  openReceiptNote,
  RECEIPT_NOTE_BYTES,
  sealReceiptNote,
} from './receipt-note.ts';

const random = createSimulationRandom('correspondence');
const suite = createTestSuite(random);
const introduction = {
  secret: redact(random.bytes(32)),
  receiptKey: redact(random.bytes(32)),
  sealed: random.bytes(64),
};
const secret = deriveCorrespondenceSecret(suite, introduction);
const tags = createTagSequence(suite, secret, 'inviter');

describe('the secret of a correspondence', () => {
  test('depends on everything that only its two ends know', () => {
    const others = [
      { ...introduction, secret: redact(random.bytes(32)) },
      { ...introduction, receiptKey: redact(random.bytes(32)) },
      { ...introduction, sealed: random.bytes(64) },
    ].map((other) => hex.encode(expose(deriveCorrespondenceSecret(suite, other))));
    assert.equal(new Set([...others, hex.encode(expose(secret))]).size, 4);
  });
});

describe('tags', () => {
  test('differ by day, number and direction, and both ends compute the same', () => {
    const other = createTagSequence(suite, secret, oppositeRole('inviter'));
    const all = [tags, other].flatMap((sequence) =>
      [1, 2].flatMap((day) => [0, 1, 255].map((number) => hex.encode(sequence.tagOf(day, number)))),
    );
    assert.equal(new Set(all).size, 12);
    const again = createTagSequence(suite, redact(expose(secret).slice()), 'inviter');
    assert.deepEqual(again.tagOf(7, 9), tags.tagOf(7, 9));
  });

  test('end with the 256th of a day', () => {
    assert.throws(() => tags.tagOf(1, MAX_PARCELS_PER_DAY), { code: 'session/argument' });
    assert.throws(() => tags.tagOf(1, -1), { code: 'session/argument' });
  });
});

describe('shards', () => {
  test('are the first bits of one number, and change with the day', () => {
    const key = random.bytes(1_600);
    const whole = parcelShard(suite, key, 3, 32);
    assert.equal(parcelShard(suite, key, 3, 0), 0);
    assert.equal(parcelShard(suite, key, 3, 8), ((whole >>> 24) << 24) >>> 0);
    assert.notEqual(parcelShard(suite, key, 4, 32), whole);
  });
});

describe('receipt notes', () => {
  const receiptsOf = (count: number) =>
    Array.from({ length: count }, () => ({
      messageId: random.bytes(16),
      receipt: random.bytes(32),
    }));
  const tag = tags.tagOf(5, 0);

  test('bring back what they were given, in the size of the smallest letter', async () => {
    for (const count of [1, 2, MAX_NOTED_RECEIPTS]) {
      const receipts = receiptsOf(count);
      const body = await sealReceiptNote({ suite, random }, { tags, tag, receipts });
      assert.equal(body.length, RECEIPT_NOTE_BYTES);
      assert.ok(LETTER_SIZES.includes(body.length));
      const opened = await openReceiptNote(suite, { tags, tag, body });
      assert.deepEqual(opened, { ok: true, value: receipts });
    }
    await assert.rejects(sealReceiptNote({ suite, random }, { tags, tag, receipts: [] }), {
      code: 'session/argument',
    });
  });

  test('open under no other tag and direction, and not when a bit was turned', async () => {
    const body = await sealReceiptNote({ suite, random }, { tags, tag, receipts: receiptsOf(2) });
    const other = createTagSequence(suite, secret, 'newcomer');
    const refused = { ok: false, error: { code: 'session/note-malformed' } };
    assert.deepEqual(await openReceiptNote(suite, { tags: other, tag, body }), refused);
    const otherTag = tags.tagOf(5, 1);
    assert.deepEqual(await openReceiptNote(suite, { tags, tag: otherTag, body }), refused);
    for (const place of [0, 1, 2, 17, 18, 40, body.length - 1]) {
      const bent = body.slice();
      bent[place] = (bent[place] ?? 0) ^ 1;
      assert.deepEqual(await openReceiptNote(suite, { tags, tag, body: bent }), refused);
    }
    for (const length of [0, 1, 512, RECEIPT_NOTE_BYTES - 1]) {
      const cut = body.subarray(0, length);
      assert.deepEqual(await openReceiptNote(suite, { tags, tag, body: cut }), refused);
    }
  });
});

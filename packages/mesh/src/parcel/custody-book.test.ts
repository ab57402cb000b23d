import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { createCustodyBook } from './custody-book.ts';
import type { Parcel } from './parcel.ts';
import { createParcelFixture } from './parcel-fixture.ts';
import { type CustodyKind, encodeReceipt, possessionOf } from './receipt.ts';

const fixture = createParcelFixture('custody');
const { symmetric } = fixture.suite;
const { random } = fixture;
let parcel: Parcel;
let other: Parcel;
before(async () => {
  parcel = await fixture.make();
  other = await fixture.make();
});

const newBook = (maxEntries?: number) =>
  createCustodyBook({ symmetric, random }, maxEntries === undefined ? {} : { maxEntries });
const codeOf = (result: { ok: boolean; error?: { code: string }; value?: unknown }) =>
  result.ok ? result.value : result.error?.code;
/** What an honest hop answers. */
const answer = (
  challenge: Uint8Array,
  kind: CustodyKind,
  of = parcel,
  untilSlot = of.header.expirySlot,
) =>
  encodeReceipt(
    symmetric,
    { id: of.id, kind, untilSlot },
    possessionOf(symmetric, challenge, of.bytes),
  );

describe('custody receipts', () => {
  test('count per hop: carried, then stored; repeating changes nothing', () => {
    const book = newBook();
    const [a, b] = [book.handOver('a', parcel), book.handOver('b', parcel)];
    assert.equal(book.countOf(parcel.id, 'carried'), 0);
    assert.equal(codeOf(book.accept('a', answer(a, 'carried'))), 'carried');
    assert.equal(codeOf(book.accept('a', answer(a, 'carried'))), 'carried');
    assert.equal(book.countOf(parcel.id, 'carried'), 1);
    assert.equal(codeOf(book.accept('a', answer(a, 'stored'))), 'stored');
    assert.equal(codeOf(book.accept('b', answer(b, 'stored'))), 'stored');
    assert.equal(book.countOf(parcel.id, 'stored'), 2);
    assert.equal(book.countOf(parcel.id, 'carried'), 2);
    assert.equal(book.countOf(other.id, 'stored'), 0);
  });

  test('prove possession: no receipt without the bytes, for another hop, challenge or parcel', () => {
    const book = newBook();
    const challenge = book.handOver('a', parcel);
    const forB = book.handOver('b', parcel);
    assert.equal(codeOf(book.accept('c', answer(challenge, 'stored'))), 'mesh/unknown-receipt');
    assert.equal(codeOf(book.accept('a', answer(forB, 'stored'))), 'mesh/bad-receipt');
    assert.equal(
      codeOf(book.accept('a', answer(challenge, 'stored', other))),
      'mesh/unknown-receipt',
    );
    const { id, header } = parcel;
    const claim = { id, kind: 'stored' as const, untilSlot: header.expirySlot };
    const headerOnly = possessionOf(symmetric, challenge, parcel.bytes.subarray(0, 512));
    const guessed = encodeReceipt(symmetric, claim, headerOnly);
    assert.equal(codeOf(book.accept('a', guessed)), 'mesh/bad-receipt');
    assert.equal(book.countOf(parcel.id, 'stored'), 0);
  });

  test('are bound to what they claim', () => {
    const book = newBook();
    const good = answer(book.handOver('a', parcel), 'carried');
    for (let at = 0; at < good.length; at += 1) {
      const bad = good.with(at, (good[at] ?? 0) ^ 1);
      const code = String(codeOf(book.accept('a', bad)));
      assert.match(code, /^mesh\/(bad-receipt|unknown-receipt|unknown-suite|unknown-version)$/);
    }
    assert.equal(codeOf(book.accept('a', good.subarray(1))), 'mesh/bad-receipt');
    assert.equal(codeOf(book.accept('a', good)), 'carried');
  });

  test('that take something back, or promise more than the life, are refused; the first word stands', () => {
    const book = newBook();
    const challenge = book.handOver('a', parcel);
    const until = parcel.header.expirySlot;
    const beyond = answer(challenge, 'stored', parcel, until + 1);
    assert.equal(codeOf(book.accept('a', beyond)), 'mesh/contradictory-receipt');
    assert.equal(
      codeOf(book.accept('a', answer(challenge, 'stored', parcel, until - 1))),
      'stored',
    );
    for (const worse of [
      answer(challenge, 'carried'),
      answer(challenge, 'stored', parcel, until - 2),
    ]) {
      assert.equal(codeOf(book.accept('a', worse)), 'mesh/contradictory-receipt');
    }
    assert.equal(
      codeOf(book.accept('a', answer(challenge, 'stored'))),
      'stored',
      'longer is no contradiction',
    );
    assert.equal(book.countOf(parcel.id, 'stored'), 1);
  });

  test('a second challenge asks again without forgetting the first answer', () => {
    const book = newBook();
    const first = book.handOver('a', parcel);
    book.accept('a', answer(first, 'stored'));
    const second = book.handOver('a', parcel);
    assert.equal(book.countOf(parcel.id, 'stored'), 1);
    assert.equal(codeOf(book.accept('a', answer(first, 'stored'))), 'mesh/bad-receipt');
    assert.equal(codeOf(book.accept('a', answer(second, 'stored'))), 'stored');
  });

  test('the book is bounded: the oldest entry gives way', () => {
    const book = newBook(2);
    const challenges = ['a', 'b', 'c'].map((hop) => book.handOver(hop, parcel));
    const codes = ['a', 'b', 'c'].map((hop, at) =>
      codeOf(book.accept(hop, answer(challenges[at] ?? new Uint8Array(), 'stored'))),
    );
    assert.deepEqual(codes, ['mesh/unknown-receipt', 'stored', 'stored']);
    assert.equal(book.countOf(parcel.id, 'stored'), 2);
  });
});

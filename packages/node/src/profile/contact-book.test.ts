import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { unwrap } from '@pars/base';
import type { HybridKemPublicKey, HybridVerifierKey } from '@pars/crypto';
import type { ContactCard, PersonName, SessionId } from '@pars/session';
import { mergeContact, resolveContact } from './contact-book.ts';
import type { ContactRecord } from './records.ts';

const idOf = (digit: string) => `05${digit.repeat(64)}` as SessionId;
const key = (byte: number) => ({ bytes: Uint8Array.of(byte) });

/** A card that counts as verified; only what the contact list looks at is real. */
function cardOf(digit: string, change: Partial<ContactCard> = {}): ContactCard {
  return {
    bytes: Uint8Array.of(1),
    hash: new Uint8Array(32),
    sessionId: idOf(digit),
    rootKey: new Uint8Array(64),
    identityKey: key(1) as HybridVerifierKey,
    staticKey: key(2) as HybridKemPublicKey,
    prekey: { publicKey: key(3) as HybridKemPublicKey, createdSlot: 1, expiresSlot: 2 },
    issuedSlot: 10,
    expiresSlot: 20,
    ...change,
  };
}

function bookOf(
  ...contacts: readonly (readonly [string, string])[]
): Map<SessionId, ContactRecord> {
  return new Map(
    contacts.map(([digit, name]) => [
      idOf(digit),
      {
        type: 'contact',
        sessionId: idOf(digit),
        name,
        addedAtMs: 0,
        confirmed: true,
        card: Uint8Array.of(0),
        endpoint: { nodeId: 'n', addresses: [] },
      },
    ]),
  );
}

const incoming = (card: ContactCard, name?: string) => ({
  card,
  endpoint: { nodeId: 'n', addresses: [] },
  confirmed: true,
  nowMs: 5,
  ...(name === undefined ? {} : { name }),
});

describe('contact book', () => {
  test('a stranger cannot take a name that is in use, nor one like a session id', () => {
    const book = bookOf(['a', 'Ana']);
    const nameFor = (name: string) =>
      unwrap(mergeContact(book, undefined, incoming(cardOf('b', { name: name as PersonName }))))
        .name;
    assert.equal(nameFor('Bob'), 'Bob');
    assert.equal(nameFor('Ana'), 'Ana (05bbbbbbbbbb)');
    assert.equal(nameFor(idOf('a').slice(0, 10)), '05bbbbbbbbbb');
    assert.equal(nameFor('pars://session/05'), '05bbbbbbbbbb');
    assert.ok(nameFor('x'.repeat(64)).length <= 64);
  });

  test('nor one that only looks like a name in use, nor one that nobody sees', () => {
    const book = bookOf(['a', 'Ana Karimi'], ['c', 'علی کریمی']);
    const nameFor = (name: string) =>
      unwrap(mergeContact(book, undefined, incoming(cardOf('b', { name: name as PersonName }))))
        .name;
    for (const name of [
      'Ana\u200b Karimi',
      'ana karimi',
      ' Ana  Karimi ',
      'علي كريمي',
      'علی\u200c کریمی',
    ]) {
      assert.equal(nameFor(name), `${name} (05bbbbbbbbbb)`);
    }
    for (const name of ['\u200b', '\u00ad\ufeff']) assert.equal(nameFor(name), '05bbbbbbbbbb');
  });

  test('a name that looks like another contact cannot be given either', () => {
    const book = bookOf(['a', 'Ana']);
    const refused = mergeContact(book, undefined, incoming(cardOf('b'), 'ana\u200c'));
    assert.equal(refused.ok ? '' : refused.error.code, 'session/contact-name-taken');
  });

  test('a long name in use still gives a name of at most 64 code units', () => {
    const long = 'x'.repeat(64);
    const card = cardOf('b', { name: long as PersonName });
    const { name } = unwrap(mergeContact(bookOf(['a', long]), undefined, incoming(card)));
    assert.equal(name.length, 64);
    assert.notEqual(name, long);
  });

  test('other keys under a known session id are refused, newer cards are taken', () => {
    const book = bookOf(['a', 'Ana']);
    const known = cardOf('a');
    const changed = cardOf('a', { rootKey: Uint8Array.of(9), issuedSlot: 11 });
    const refused = mergeContact(book, known, incoming(changed));
    assert.equal(refused.ok ? '' : refused.error.code, 'session/card-changed');
    for (const [issuedSlot, expected] of [
      [9, 0],
      [10, 7],
      [11, 7],
    ] as const) {
      const next = cardOf('a', { bytes: Uint8Array.of(7), issuedSlot });
      const merged = unwrap(mergeContact(book, known, incoming(next)));
      assert.deepEqual([...merged.card], [expected]);
      assert.equal(merged.name, 'Ana');
    }
  });

  test('1,000 contacts are kept', () => {
    const book = new Map<SessionId, ContactRecord>();
    const [[, record] = []] = bookOf(['a', 'Ana']);
    assert.ok(record !== undefined);
    for (let index = 0; index < 1_000; index += 1) book.set(`${index}` as SessionId, record);
    const refused = mergeContact(book, undefined, incoming(cardOf('b')));
    assert.equal(refused.ok ? '' : refused.error.code, 'session/too-many-contacts');
  });

  test('an ambiguous text means nobody', () => {
    const book = bookOf(['a', 'Ana'], ['b', 'Ana']);
    const codeOf = (text: string) => {
      const found = resolveContact(book, text);
      return found.ok ? found.value.sessionId : found.error.code;
    };
    assert.equal(codeOf('Ana'), 'session/ambiguous-contact');
    assert.equal(codeOf(idOf('a').slice(0, 8)), idOf('a'));
    assert.equal(codeOf('Bob'), 'session/no-contact');
  });
});

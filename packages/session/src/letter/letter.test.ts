import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { redact, unwrap } from '@pars/base';
import { createSimulationRandom } from '@pars/base/fakes';
import { PREKEY_USE_MS } from '../contact/prekey.ts';
import { createTestPerson, createTestSuite, TEST_NOW_MS } from '../fakes/test-person.ts';
import { slotFromMs } from '../slot.ts';
import { openLetter, sealLetter } from './letter.ts';
import { checkText, type LetterBody } from './letter-content.ts';
import { LETTER_SIZES } from './padding.ts';
import { computeReceipt, isReceipt } from './receipt.ts';

const random = createSimulationRandom('letter');
const suite = createTestSuite(random);
const ana = await createTestPerson(suite, 'ana');
const bob = await createTestPerson(suite, 'bob');
const eve = await createTestPerson(suite, 'eve');

function contentWith(body: LetterBody, sender = ana.identity.sessionId) {
  return {
    messageId: random.bytes(16),
    sentSlot: slotFromMs(TEST_NOW_MS),
    sender,
    senderCardHash: ana.card.hash,
    receiptKey: redact(random.bytes(32)),
    endpoint: { nodeId: 'node-of-ana', addresses: ['/memory/ana'] },
    body,
  };
}

async function seal(body: LetterBody, nowMs = TEST_NOW_MS): Promise<Uint8Array> {
  const letter = { sender: ana.identity, recipient: bob.card, content: contentWith(body), nowMs };
  return unwrap(await sealLetter(suite, letter));
}

const text = (length: number): LetterBody => ({ type: 'text', text: 'x'.repeat(length) });

async function codeOf(bytes: Uint8Array, keys = bob.letterKeys): Promise<string> {
  const result = await openLetter(suite, keys, bytes);
  return result.ok ? 'ok' : result.error.code;
}

describe('letter', () => {
  test('is opened by its recipient and names its signer', async () => {
    const opened = unwrap(await openLetter(suite, bob.letterKeys, await seal(text(5))));
    assert.deepEqual(opened.content.body, text(5));
    assert.equal(opened.content.sender, ana.identity.sessionId);
    assert.deepEqual(opened.senderKey.bytes, ana.identity.signer.publicKey.bytes);
    assert.deepEqual(opened.content.endpoint.addresses, ['/memory/ana']);
  });

  test('has one of few sizes, which hide the length of the text', async () => {
    assert.deepEqual(
      LETTER_SIZES,
      [1, 4, 8, 16, 64, 256].map((kib) => kib * 1_024 - 512),
    );
    assert.equal((await seal(text(1))).length, 15_872);
    assert.equal((await seal(text(6_000))).length, 15_872);
    assert.equal((await seal(text(8_192))).length, 65_024);
    assert.equal((await seal({ type: 'card', card: ana.card.bytes })).length, 65_024);
  });

  test('is sealed to the prekey, and to the static key when that is 44 days old', async () => {
    const [staticKey, prekey] = bob.letterKeys;
    assert.ok(staticKey !== undefined && prekey !== undefined);
    const young = await seal(text(1), TEST_NOW_MS + PREKEY_USE_MS - 1);
    assert.equal(await codeOf(young, [prekey]), 'ok');
    assert.equal(await codeOf(young, [staticKey]), 'session/letter-unknown-key');
    const old = await seal(text(1), TEST_NOW_MS + PREKEY_USE_MS);
    assert.equal(await codeOf(old, [prekey]), 'session/letter-unknown-key');
    assert.equal(await codeOf(old, [staticKey]), 'ok');
  });

  test('is nothing to anybody else', async () => {
    assert.equal(await codeOf(await seal(text(1)), eve.letterKeys), 'session/letter-unknown-key');
    assert.equal(await codeOf(await seal(text(1)), []), 'session/letter-unknown-key');
  });

  test('that names another sender than its signer is refused', async () => {
    const forged = await sealLetter(suite, {
      sender: eve.identity,
      recipient: bob.card,
      content: contentWith(text(1), ana.identity.sessionId),
      nowMs: TEST_NOW_MS,
    });
    assert.equal(await codeOf(unwrap(forged)), 'session/letter-bad-sender');
  });

  test('of another version, suite or size is refused', async () => {
    const letter = await seal(text(1));
    assert.equal(await codeOf(Uint8Array.of(2, ...letter.subarray(1))), 'session/unknown-version');
    assert.equal(await codeOf(Uint8Array.of(1, 2, ...letter.subarray(2))), 'session/unknown-suite');
    // The box has a suite id of its own.
    const box = letter.slice();
    box[18] = 2;
    assert.equal(await codeOf(box), 'session/letter-unknown-key');
    assert.equal(await codeOf(letter.subarray(0, -1)), 'session/letter-malformed');
  });

  test('shares no visible bytes with another one to the same person', async () => {
    const [one, two] = [await seal(text(1)), await seal(text(1))];
    assert.notDeepEqual(one.subarray(2, 18), two.subarray(2, 18));
  });

  test('refuses texts beyond the limits', () => {
    assert.equal(checkText('').ok, false);
    assert.equal(checkText('x'.repeat(8_192)).ok, true);
    assert.equal(checkText('x'.repeat(8_193)).ok, false);
    assert.equal(checkText('آ'.repeat(8_192)).ok, true);
    assert.equal(checkText('€'.repeat(8_192)).ok, false);
    assert.equal(checkText('\ud800').ok, false);
  });
});

describe('receipt', () => {
  const receiptKey = redact(random.bytes(32));
  const messageId = random.bytes(16);
  const receipt = computeReceipt(suite, receiptKey, messageId);

  test('is right for its key and message only', () => {
    assert.equal(isReceipt(suite, receiptKey, messageId, receipt), true);
    assert.equal(isReceipt(suite, receiptKey, random.bytes(16), receipt), false);
    assert.equal(isReceipt(suite, redact(random.bytes(32)), messageId, receipt), false);
    assert.equal(isReceipt(suite, receiptKey, messageId, receipt.subarray(1)), false);
  });
});

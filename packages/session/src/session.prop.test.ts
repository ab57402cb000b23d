import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { redact, unwrap } from '@pars/base';
import { createSimulationRandom } from '@pars/base/fakes';
import fc from 'fast-check';
import { verifyContactCard } from './contact/contact-card.ts';
import { formatInvite, parseInvite } from './contact/invite.ts';
import { createTestPerson, createTestSuite, TEST_NOW_MS } from './fakes/test-person.ts';
import { openLetter, sealLetter } from './letter/letter.ts';
import { checkText, decodeLetterContent, encodeLetterContent } from './letter/letter-content.ts';
import { padContent, unpadContent } from './letter/padding.ts';
import { slotFromMs } from './slot.ts';

const random = createSimulationRandom('session properties');
const suite = createTestSuite(random);
const ana = await createTestPerson(suite, 'ana', { name: 'Ana' });
const bob = await createTestPerson(suite, 'bob');

const content = {
  messageId: random.bytes(16),
  sentSlot: slotFromMs(TEST_NOW_MS),
  sender: ana.identity.sessionId,
  senderCardHash: ana.card.hash,
  receiptKey: redact(random.bytes(32)),
  endpoint: { nodeId: 'node', addresses: ['/memory/ana'] },
};

function flipBit(bytes: Uint8Array, bit: number): Uint8Array {
  const flipped = bytes.slice();
  const index = Math.floor(bit / 8) % bytes.length;
  flipped[index] = (flipped[index] ?? 0) ^ (1 << (bit % 8));
  return flipped;
}

/** Bits anywhere, with the first 64 bytes, where the headers are, more often. */
const anyBit = fc.oneof(fc.nat({ max: 511 }), fc.nat({ max: 200_000 }));
const hostileBytes = fc.uint8Array({ maxLength: 512 });

describe('properties of the session formats', () => {
  test('a card with any flipped bit is refused with a code', async () => {
    await fc.assert(
      fc.asyncProperty(anyBit, async (bit) => {
        const result = await verifyContactCard(suite, flipBit(ana.card.bytes, bit), TEST_NOW_MS);
        assert.equal(result.ok, false);
      }),
      { numRuns: 60 },
    );
  });

  test('a letter with any flipped bit is refused with a code', async () => {
    const letter = unwrap(
      await sealLetter(suite, {
        sender: ana.identity,
        recipient: bob.card,
        nowMs: TEST_NOW_MS,
        content: { ...content, body: { type: 'text', text: 'سلام' } },
      }),
    );
    await fc.assert(
      fc.asyncProperty(anyBit, async (bit) => {
        const result = await openLetter(suite, bob.letterKeys, flipBit(letter, bit));
        assert.equal(result.ok, false);
      }),
      { numRuns: 60 },
    );
  });

  test('an invite with any changed character is refused with a code', () => {
    const text = formatInvite(suite, {
      cardHash: ana.card.hash,
      secret: redact(random.bytes(32)),
      oneTimeKeyId: random.bytes(32),
      addresses: ['/memory/ana'],
      expiresSlot: slotFromMs(TEST_NOW_MS) + 10,
    });
    assert.equal(parseInvite(suite, text, TEST_NOW_MS).ok, true);
    const character = fc.constantFrom(...Array.from('abcdefghijklmnopqrstuvwxyz234567 =/é'));
    fc.assert(
      fc.property(fc.nat({ max: text.length - 1 }), character, (index, other) => {
        fc.pre(text[index] !== other);
        const changed = text.slice(0, index) + other + text.slice(index + 1);
        assert.equal(parseInvite(suite, changed, TEST_NOW_MS).ok, false);
      }),
      { numRuns: 500 },
    );
  });

  test('invites round-trip and fit in a QR code, whatever the addresses', () => {
    const address = fc
      .stringMatching(/^\/[a-z0-9/]{1,190}$/)
      .filter((text) => !text.includes('/p2p/'));
    fc.assert(
      fc.property(
        fc.array(address, { maxLength: 8 }),
        fc.uint8Array({ minLength: 32, maxLength: 32 }),
        (addresses, bytes) => {
          const invite = {
            cardHash: bytes,
            secret: redact(bytes.slice()),
            oneTimeKeyId: bytes,
            addresses,
            expiresSlot: slotFromMs(TEST_NOW_MS) + 1,
          };
          const text = formatInvite(suite, invite);
          assert.ok(text.length <= 800);
          const read = unwrap(parseInvite(suite, text.toUpperCase(), TEST_NOW_MS));
          assert.equal(formatInvite(suite, read), text);
          assert.deepEqual(read.addresses, addresses.slice(0, read.addresses.length));
        },
      ),
    );
  });

  test('letter contents round-trip', () => {
    const text = fc.string({ unit: 'binary', minLength: 1, maxLength: 300 });
    fc.assert(
      fc.property(text, (written) => {
        fc.pre(checkText(written).ok);
        const bytes = encodeLetterContent({ ...content, body: { type: 'text', text: written } });
        const read = unwrap(decodeLetterContent(bytes));
        assert.deepEqual(read.body, { type: 'text', text: written });
        assert.deepEqual(encodeLetterContent(read), bytes);
      }),
    );
  });

  test('padding round-trips and hides nothing else', () => {
    const sizes = fc.nat({ max: 2_000 });
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 2_000 }), sizes, sizes, (bytes, extra, at) => {
        const padded = padContent(bytes, bytes.length + 4 + extra);
        assert.deepEqual(unwrap(unpadContent(padded)), bytes);
        if (extra === 0) return;
        const index = bytes.length + 4 + (at % extra);
        padded[index] = 1;
        assert.equal(unpadContent(padded).ok, false);
      }),
    );
  });

  test('every reader is total', async () => {
    await fc.assert(
      fc.asyncProperty(hostileBytes, async (bytes) => {
        assert.equal((await verifyContactCard(suite, bytes, TEST_NOW_MS)).ok, false);
        assert.equal((await openLetter(suite, bob.letterKeys, bytes)).ok, false);
        assert.equal(decodeLetterContent(bytes).ok, false);
        unpadContent(bytes);
      }),
    );
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 700 }), (text) => {
        assert.equal(parseInvite(suite, text, TEST_NOW_MS).ok, false);
        assert.equal(parseInvite(suite, `pars://invite/${text}`, TEST_NOW_MS).ok, false);
      }),
    );
  });
});

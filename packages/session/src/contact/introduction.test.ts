import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { redact, unwrap } from '@pars/base';
import { createSimulationRandom } from '@pars/base/fakes';
import { createTestPerson, createTestSuite, TEST_NOW_MS } from '../fakes/test-person.ts';
import { slotFromMs } from '../slot.ts';
import {
  computeIntroductionBinding,
  INTRODUCTION_BYTES,
  openIntroduction,
  sealIntroduction,
} from './introduction.ts';

const random = createSimulationRandom('introduction');
const suite = createTestSuite(random);
const ana = await createTestPerson(suite, 'ana');
const bob = await createTestPerson(suite, 'bob', { name: 'Bob' });
const oneTimeKey = await suite.kem.privateKeyFromSeed(suite.kem.generateSeed());
const secret = redact(random.bytes(32));
const binding = computeIntroductionBinding(suite, { secret, cardHash: ana.card.hash });

async function seal(change: { card?: Uint8Array; binding?: Uint8Array } = {}): Promise<Uint8Array> {
  const introduction = {
    sender: bob.identity,
    card: bob.card.bytes,
    oneTimeKey: oneTimeKey.publicKey,
    binding,
    receiptKey: redact(random.bytes(32)),
    endpoint: { nodeId: 'node-of-bob', addresses: [] },
    sentSlot: slotFromMs(TEST_NOW_MS),
    ...change,
  };
  return unwrap(await sealIntroduction(suite, introduction));
}

async function codeOf(sealed: Uint8Array): Promise<string> {
  const request = { oneTimeKey, binding, sealed, nowMs: TEST_NOW_MS };
  const result = await openIntroduction(suite, request);
  return result.ok ? 'ok' : result.error.code;
}

describe('introduction', () => {
  test('carries a verified card to the inviter, always in the same size', async () => {
    const sealed = await seal();
    assert.equal(sealed.length, INTRODUCTION_BYTES);
    const request = { oneTimeKey, binding, sealed, nowMs: TEST_NOW_MS };
    const opened = unwrap(await openIntroduction(suite, request));
    assert.equal(opened.card.sessionId, bob.identity.sessionId);
    assert.equal(opened.card.name, 'Bob');
  });

  test('with the card of somebody else is refused', async () => {
    assert.equal(await codeOf(await seal({ card: ana.card.bytes })), 'session/letter-bad-sender');
  });

  test('without the secret of the invite is refused', async () => {
    const guessed = { secret: redact(random.bytes(32)), cardHash: ana.card.hash };
    const sealed = await seal({ binding: computeIntroductionBinding(suite, guessed) });
    assert.equal(await codeOf(sealed), 'session/letter-malformed');
  });

  test('with a damaged card, another size or a flipped bit is refused', async () => {
    const card = bob.card.bytes.slice(0, -1);
    assert.equal(await codeOf(await seal({ card })), 'session/card-malformed');
    const sealed = await seal();
    assert.equal(await codeOf(sealed.subarray(1)), 'session/letter-malformed');
    sealed[5_000] = (sealed[5_000] ?? 0) ^ 1;
    assert.equal(await codeOf(sealed), 'session/letter-malformed');
  });
});

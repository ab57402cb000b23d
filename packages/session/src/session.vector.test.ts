import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { hex, redact, unwrap } from '@pars/base';
import { createSimulationRandom } from '@pars/base/fakes';
import { createContactCard, verifyContactCard } from './contact/contact-card.ts';
import {
  computeIntroductionBinding,
  openIntroduction,
  sealIntroduction,
} from './contact/introduction.ts';
import { computeInviteProof, formatInvite, parseInvite } from './contact/invite.ts';
import { generatePrekey, keyIdFromPublicKey } from './contact/prekey.ts';
import { createTestSuite, TEST_NOW_MS } from './fakes/test-person.ts';
import { deriveIdentitySeeds, openIdentity } from './identity/identity.ts';
import type { PersonName } from './identity/person-name.ts';
import { sessionIdToLink } from './identity/session-id.ts';
import { openLetter, sealLetter } from './letter/letter.ts';
import { computeReceipt } from './letter/receipt.ts';
import { slotFromMs } from './slot.ts';

const vectorsUrl = new URL('../vectors/session.vectors.json', import.meta.url);

/** Every format once, from a fixed root seed and seeded randomness; long values as SHA3-256. */
async function computeVectors(): Promise<Record<string, string | number>> {
  const random = createSimulationRandom('session vectors 1');
  const suite = createTestSuite(random);
  const digest = (bytes: Uint8Array) => hex.encode(suite.symmetric.sha3(bytes));
  const nowMs = TEST_NOW_MS;

  const rootSeed = Uint8Array.from({ length: 64 }, (_, index) => index);
  const seeds = await deriveIdentitySeeds(suite, redact(rootSeed));
  const identity = await openIdentity(suite, seeds);
  const { sessionId, signer, staticKey } = identity;
  const prekey = await generatePrekey(suite, nowMs);
  const name = 'پارسا' as PersonName;
  const card = await createContactCard(suite, identity, { prekey, name, nowMs });
  const verified = unwrap(await verifyContactCard(suite, card.bytes, nowMs));
  assert.equal(verified.sessionId, sessionId);

  const oneTimeKey = await suite.kem.privateKeyFromSeed(suite.kem.generateSeed());
  const inviteText = formatInvite(suite, {
    cardHash: card.hash,
    secret: redact(Uint8Array.from({ length: 32 }, (_, index) => 255 - index)),
    oneTimeKeyId: keyIdFromPublicKey(suite, oneTimeKey.publicKey),
    addresses: ['/memory/a/p2p/node', '/memory/b/p2p/node'],
    expiresSlot: slotFromMs(nowMs) + 2_016,
  });
  const invite = unwrap(parseInvite(suite, inviteText, nowMs));
  const link = { inviterNodeId: 'node-a', newcomerNodeId: 'node-b' };
  const binding = computeIntroductionBinding(suite, invite);
  const receiptKey = redact(new Uint8Array(32).fill(7));
  const endpoint = { nodeId: 'node-b', addresses: ['/memory/b'] };
  const sentSlot = slotFromMs(nowMs);

  const introduction = unwrap(
    await sealIntroduction(suite, {
      sender: identity,
      card: card.bytes,
      oneTimeKey: oneTimeKey.publicKey,
      binding,
      receiptKey,
      endpoint,
      sentSlot,
    }),
  );
  unwrap(await openIntroduction(suite, { oneTimeKey, binding, sealed: introduction, nowMs }));

  const messageId = Uint8Array.from({ length: 16 }, (_, index) => index);
  const letter = unwrap(
    await sealLetter(suite, {
      sender: identity,
      recipient: card,
      nowMs,
      content: {
        messageId,
        sentSlot,
        sender: sessionId,
        senderCardHash: card.hash,
        receiptKey,
        endpoint,
        body: { type: 'text', text: 'سلام دنیا' },
      },
    }),
  );
  const privateKey = await suite.kem.privateKeyFromSeed(prekey.seed);
  const id = keyIdFromPublicKey(suite, prekey.publicKey);
  unwrap(await openLetter(suite, [{ id, privateKey }], letter));

  return {
    sessionId,
    link: sessionIdToLink(sessionId),
    rootKey: hex.encode(seeds.rootPublicKey),
    identityKeySha3: digest(signer.publicKey.bytes),
    staticKeySha3: digest(staticKey.publicKey.bytes),
    cardBytes: card.bytes.length,
    cardHash: hex.encode(card.hash),
    invite: inviteText,
    inviteProof: hex.encode(computeInviteProof(suite, invite.secret, link)),
    introductionBinding: hex.encode(binding),
    introductionBytes: introduction.length,
    introductionSha3: digest(introduction),
    letterBytes: letter.length,
    letterSha3: digest(letter),
    letterHint: hex.encode(letter.subarray(2, 18)),
    receipt: hex.encode(computeReceipt(suite, receiptKey, messageId)),
  };
}

test('identity, card, invite, introduction and letter are what they were (PIP-5000)', async () => {
  const frozen = JSON.parse(await readFile(vectorsUrl, 'utf8')) as unknown;
  assert.deepEqual(await computeVectors(), frozen);
});

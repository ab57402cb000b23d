import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { type Failure, ok, type Result, redact, unwrap } from '@pars/base';
import { createRecordingLog, createSimulationRandom, createVirtualTime } from '@pars/base/fakes';
import { createJavaScriptProvider, createSuite } from '@pars/crypto';
import {
  type ContactCard,
  createContactCard,
  generatePrekey,
  type Identity,
  type LetterContent,
  openIdentity,
  type PersonName,
  sealLetter,
  slotFromMs,
} from '@pars/session';
import type { NodeEngineDeps } from '../engine-deps.ts';
import { createEventHub, type EventHub } from '../event-hub.ts';
import { refreshKeys } from '../profile/key-schedule.ts';
import { openProfile, type Profile } from '../profile/profile.ts';
import { createVaultFixture } from '../vault/vault-fixture.ts';
import { receiveLetter } from './letter-service.ts';

const random = createSimulationRandom('letter service');
const provider = createJavaScriptProvider({ random });
const suite = createSuite({ provider, random });
const time = createVirtualTime({ settle: () => nextTurn() });
const { clock, scheduler } = time;
const log = createRecordingLog();

let owedCount = 0;

const seedsOf = (label: string) => {
  const own = createSimulationRandom(label);
  return {
    rootPublicKey: own.bytes(64),
    signingSeed: redact(own.bytes(64)),
    staticSeed: redact(own.bytes(96)),
  };
};
const anaKeys = await openIdentity(suite, seedsOf('ana'));
const bobKeys = await openIdentity(suite, seedsOf('bob'));

const deps = {
  suite,
  clock,
  scheduler,
  random,
  log,
  metrics: { count: () => undefined, gauge: () => undefined, snapshot: () => new Map() },
  events: createEventHub(log),
  mesh: { nodeId: 'node-of-ana', addresses: () => [] },
  onOwed: () => {
    owedCount += 1;
  },
} as unknown as NodeEngineDeps & { readonly events: EventHub; readonly onOwed: () => void };

async function cardOf(identity: Identity, nowMs = clock.nowMs()): Promise<ContactCard> {
  return await createContactCard(suite, identity, {
    prekey: await generatePrekey(suite, nowMs),
    nowMs,
  });
}

/** Ana's profile with Bob as a contact. */
async function openAna(): Promise<Profile> {
  const { open } = await createVaultFixture(random, time);
  const profile = await openProfile(deps, await open(), {
    identity: anaKeys,
    name: 'Ana' as PersonName,
    createdAtMs: 0,
  });
  await refreshKeys(deps, profile);
  const { bytes: card } = bobCard;
  await profile.transact(async (transaction): Promise<Result<void, Failure>> => {
    transaction.put({
      type: 'contact',
      sessionId: bobKeys.sessionId,
      name: 'Bob',
      addedAtMs: 0,
      confirmed: true,
      card,
      endpoint: { nodeId: 'n', addresses: [] },
    });
    return ok(undefined);
  });
  return profile;
}

const bobCard = await cardOf(bobKeys, clock.nowMs() - 600_000);
const ana = await openAna();
const anaCard = await cardOf(anaKeys);

async function letterWith(
  body: LetterContent['body'],
  sender: Identity = bobKeys,
): Promise<Uint8Array> {
  const content = {
    messageId: random.bytes(16),
    sentSlot: slotFromMs(clock.nowMs()),
    sender: sender.sessionId,
    senderCardHash: bobCard.hash,
    receiptKey: redact(random.bytes(32)),
    endpoint: { nodeId: 'n', addresses: [] },
    body,
  };
  // To the static key: the prekey of this card is not Ana's own.
  const recipient = { ...anaCard, prekey: { ...anaCard.prekey, publicKey: anaCard.staticKey } };
  return unwrap(await sealLetter(suite, { sender, recipient, content, nowMs: clock.nowMs() }));
}

const text = { type: 'text', text: 'x' } as const;

describe('a letter that comes in', () => {
  test('is held when a contact wrote it, and refused when anybody else did', async () => {
    assert.equal((await receiveLetter(deps, ana, await letterWith(text))).type, 'held');
    assert.equal(owedCount, 1);
    const eve = await openIdentity(suite, seedsOf('eve'));
    assert.equal((await receiveLetter(deps, ana, await letterWith(text, eve))).type, 'refused');
    assert.equal((await receiveLetter(deps, undefined, await letterWith(text))).type, 'later');
  });

  for (const what of ['text', 'card'] as const) {
    test(`is said to be stored once no crash can undo it, a ${what} too`, async () => {
      const body = what === 'text' ? text : ({ type: 'card', card: bobCard.bytes } as const);
      const letter = await letterWith(body);
      const kept = ana.owedReceipts.size;
      assert.deepEqual(await receiveLetter(deps, ana, letter), { type: 'held' });
      assert.deepEqual(await receiveLetter(deps, ana, letter), { type: 'held' });
      assert.equal(ana.owedReceipts.size, kept + 1);
      await time.advance(60_000);
      const answer = await receiveLetter(deps, ana, letter);
      assert.equal(answer.type, 'stored');
      // It went with the answer, and is not brought once more.
      assert.equal(ana.owedReceipts.size, kept);
    });
  }

  test('is one message, however often and whenever it comes', async () => {
    const letter = await letterWith({ type: 'text', text: 'once' });
    await Promise.all([1, 2, 3].map(() => receiveLetter(deps, ana, letter)));
    await time.advance(60_000);
    await receiveLetter(deps, ana, letter);
    const found = await ana.readMessages({ after: 0, limit: 100 });
    assert.equal(found.filter(({ message }) => message.text === 'once').length, 1);
  });

  test('with the right ML-DSA half and another Ed25519 half is refused', async () => {
    const { signingSeed, ...rest } = seedsOf('bob');
    const half = createSimulationRandom('bob');
    half.bytes(64);
    const seed = half.bytes(64);
    seed.fill(9, 0, 32);
    const forger = await openIdentity(suite, { ...rest, signingSeed: redact(seed) });
    assert.ok(signingSeed);
    assert.equal(forger.sessionId, bobKeys.sessionId);
    assert.equal((await receiveLetter(deps, ana, await letterWith(text, forger))).type, 'refused');
  });

  test('waits when the contact has reached a limit', async () => {
    const full = (messages: number, bytes: number): Profile => ({
      ...ana,
      letterKeys: ana.letterKeys,
      isUnsaved: ana.isUnsaved,
      tallyOf: (sessionId) => ({ type: 'tally', sessionId, messages, bytes }),
    });
    const letter = await letterWith(text);
    assert.equal((await receiveLetter(deps, full(20_000, 0), letter)).type, 'later');
    assert.equal((await receiveLetter(deps, full(0, 67_108_864), letter)).type, 'later');
    assert.equal((await receiveLetter(deps, full(19_999, 67_108_863), letter)).type, 'held');
  });

  test('with a newer card replaces the card, and with changed keys is refused', async () => {
    const newer = await cardOf(bobKeys);
    const carry = (card: Uint8Array) => letterWith({ type: 'card', card });
    assert.equal((await receiveLetter(deps, ana, await carry(newer.bytes))).type, 'held');
    assert.deepEqual(ana.contacts.get(bobKeys.sessionId)?.card, newer.bytes);
    // An older one is acknowledged and changes nothing.
    assert.equal((await receiveLetter(deps, ana, await carry(bobCard.bytes))).type, 'held');
    assert.deepEqual(ana.contacts.get(bobKeys.sessionId)?.card, newer.bytes);
    const otherRoot = { ...bobKeys, rootPublicKey: new Uint8Array(64) };
    const changed = await cardOf(otherRoot, clock.nowMs() + 600_000);
    assert.equal((await receiveLetter(deps, ana, await carry(changed.bytes))).type, 'refused');
    assert.equal((await receiveLetter(deps, ana, await carry(anaCard.bytes))).type, 'refused');
    assert.equal((await receiveLetter(deps, ana, await carry(Uint8Array.of(1)))).type, 'refused');
    assert.deepEqual(ana.contacts.get(bobKeys.sessionId)?.card, newer.bytes);
  });

  test('after locking is for later', async () => {
    const letter = await letterWith(text);
    await ana.close();
    assert.notEqual((await receiveLetter(deps, ana, letter)).type, 'stored');
  });
});

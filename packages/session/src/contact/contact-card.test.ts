import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createCodec, schema, unwrap } from '@pars/base';
import { createSimulationRandom } from '@pars/base/fakes';
import { createTestPerson, createTestSuite, TEST_NOW_MS } from '../fakes/test-person.ts';
import type { PersonName } from '../identity/person-name.ts';
import { checkCardSuccession, createContactCard, verifyContactCard } from './contact-card.ts';
import { generatePrekey } from './prekey.ts';

const suite = createTestSuite(createSimulationRandom('contact card'));
const ana = await createTestPerson(suite, 'ana', { name: 'آنا' });
const DAY_MS = 86_400_000;

/** The parts of a card without their rules, to build cards that break them. */
const outerCodec = createCodec(
  'test/card',
  schema.struct({
    body: [1, schema.bytes({ max: 8_192 })],
    signature: [2, schema.bytes({ max: 8_192 })],
  }),
  { maxBytes: 20_000 },
);
const bodySchema = schema.struct({
  version: [1, schema.uint()],
  suite: [2, schema.uint()],
  rootKey: [3, schema.bytes({ max: 64 })],
  identityKey: [4, schema.bytes({ max: 4_096 })],
  staticKey: [5, schema.bytes({ max: 4_096 })],
  prekey: [
    6,
    schema.struct({
      key: [1, schema.bytes({ max: 4_096 })],
      createdSlot: [2, schema.uint()],
      expiresSlot: [3, schema.uint()],
    }),
  ],
  issuedSlot: [7, schema.uint()],
  expiresSlot: [8, schema.uint()],
  name: [9, schema.text({ maxBytes: 512 }), 'optional'],
});
const bodyCodec = createCodec('test/card-body', bodySchema, { maxBytes: 10_000 });
const anaBody = unwrap(bodyCodec.decode(unwrap(outerCodec.decode(ana.card.bytes)).body));

/** A card with a right signature over a body that was changed. */
async function signed(change: Partial<typeof anaBody>): Promise<Uint8Array> {
  const body = bodyCodec.encode({ ...anaBody, ...change });
  const signature = await suite.signature.sign(ana.identity.signer, 'pars/1 contact card', body);
  return outerCodec.encode({ body, signature });
}

async function codeOf(bytes: Uint8Array, nowMs: number = TEST_NOW_MS): Promise<string> {
  const result = await verifyContactCard(suite, bytes, nowMs);
  if (result.ok) return 'ok';
  const rule = result.error.meta?.['rule'];
  return rule === undefined ? result.error.code : `${result.error.code} ${rule}`;
}

describe('contact card', () => {
  test('is verified and says what it was made of', async () => {
    const card = unwrap(await verifyContactCard(suite, ana.card.bytes, TEST_NOW_MS));
    assert.equal(card.sessionId, ana.identity.sessionId);
    assert.equal(card.name, 'آنا');
    assert.deepEqual(card.rootKey, ana.identity.rootPublicKey);
    assert.deepEqual(card.hash, ana.card.hash);
    assert.deepEqual(card.prekey.publicKey.bytes, ana.prekey.publicKey.bytes);
    assert.ok(card.bytes.length > 10_500 && card.bytes.length < 10_750);
  });

  test('names nobody unless the person chose a name', async () => {
    const { card } = await createTestPerson(suite, 'nameless');
    assert.equal('name' in unwrap(await verifyContactCard(suite, card.bytes, TEST_NOW_MS)), false);
  });

  test('of another suite or version is refused, also with a right signature', async () => {
    assert.equal(await codeOf(await signed({ suite: 2 })), 'session/unknown-suite');
    assert.equal(await codeOf(await signed({ suite: 0 })), 'session/unknown-suite');
    assert.equal(await codeOf(await signed({ version: 2 })), 'session/unknown-version');
  });

  test('that breaks a rule is refused, also with a right signature', async () => {
    const { issuedSlot, expiresSlot, prekey } = anaBody;
    const key = new Uint8Array(1_600);
    const cases: readonly [Partial<typeof anaBody>, string][] = [
      [{ name: 'a\u202eb' }, 'name'],
      [{ name: ' ' }, 'name'],
      [{ expiresSlot: issuedSlot }, 'validity'],
      [{ expiresSlot: issuedSlot + 105_409 }, 'validity'],
      [{ prekey: { ...prekey, createdSlot: issuedSlot + 1 } }, 'prekey-created'],
      [{ prekey: { ...prekey, expiresSlot: prekey.createdSlot } }, 'prekey-life'],
      [{ prekey: { ...prekey, expiresSlot: prekey.createdSlot + 12_961 } }, 'prekey-life'],
      [{ prekey: { ...prekey, key } }, 'keys'],
      [{ staticKey: key }, 'keys'],
      [{ rootKey: new Uint8Array(63) }, 'body'],
      [{ identityKey: new Uint8Array(2_592) }, 'body'],
    ];
    for (const [change, rule] of cases) {
      assert.equal(await codeOf(await signed(change)), `session/card-malformed ${rule}`);
    }
    assert.equal(await codeOf(await signed({ expiresSlot })), 'ok');
  });

  test('signed by another key or under another context is refused', async () => {
    const { body } = unwrap(outerCodec.decode(ana.card.bytes));
    const bob = await createTestPerson(suite, 'bob');
    for (const [signer, context] of [
      [bob.identity.signer, 'pars/1 contact card'],
      [ana.identity.signer, 'pars/1 other use'],
    ] as const) {
      const signature = await suite.signature.sign(signer, context, body);
      const bytes = outerCodec.encode({ body, signature });
      assert.equal(await codeOf(bytes), 'session/card-bad-signature');
    }
  });

  test('is valid from a day before its issue until a year after', async () => {
    const { bytes } = ana.card;
    assert.equal(await codeOf(bytes, TEST_NOW_MS - DAY_MS), 'ok');
    assert.equal(await codeOf(bytes, TEST_NOW_MS - DAY_MS - 1), 'session/card-from-future');
    assert.equal(await codeOf(bytes, TEST_NOW_MS + 365 * DAY_MS - 1), 'ok');
    assert.equal(await codeOf(bytes, TEST_NOW_MS + 365 * DAY_MS), 'session/card-expired');
  });

  test('is succeeded by a newer card with the same long-term keys only', async () => {
    const nowMs = TEST_NOW_MS + 7 * DAY_MS;
    const prekey = await generatePrekey(suite, nowMs);
    const newer = await createContactCard(suite, ana.identity, { prekey, nowMs });
    assert.equal(checkCardSuccession(ana.card, newer).ok, true);
    const older = checkCardSuccession(newer, ana.card);
    assert.equal(older.ok ? '' : older.error.code, 'session/card-not-newer');
    for (const changed of [
      { ...newer, rootKey: new Uint8Array(64) },
      { ...newer, staticKey: prekey.publicKey },
    ]) {
      const result = checkCardSuccession(ana.card, changed);
      assert.equal(result.ok ? '' : result.error.code, 'session/card-changed');
    }
  });

  test('has a bounded size whatever the name', async () => {
    const name = '\uffff'.repeat(64) as PersonName;
    const { prekey } = ana;
    const card = await createContactCard(suite, ana.identity, { prekey, name, nowMs: TEST_NOW_MS });
    assert.ok(card.bytes.length <= 11_264);
  });
});

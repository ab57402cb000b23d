import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { redact, unwrap } from '@pars/base';
import { createSimulationRandom } from '@pars/base/fakes';
import {
  generatePrekey,
  isPrekeyOver,
  isPrekeyRotationDue,
  isPrekeyUsable,
} from '../contact/prekey.ts';
import { createTestPerson, createTestSuite } from '../fakes/test-person.ts';
import { deriveIdentitySeeds } from './identity.ts';
import { parsePersonName } from './person-name.ts';
import {
  parseSessionId,
  sessionIdFromBytes,
  sessionIdFromIdentityKey,
  sessionIdToBytes,
  sessionIdToLink,
} from './session-id.ts';

const random = createSimulationRandom('identity');
const suite = createTestSuite(random);
const DAY_MS = 86_400_000;

describe('session id', () => {
  test('is 05 and the hash of the ML-DSA half', async () => {
    const { identity } = await createTestPerson(suite, 'ana');
    const key = identity.signer.publicKey.bytes;
    assert.equal(key.length, 2_624);
    const hash = suite.symmetric.sha3(key.subarray(32));
    assert.deepEqual(sessionIdToBytes(identity.sessionId), Uint8Array.of(5, ...hash));
    assert.match(identity.sessionId, /^05[0-9a-f]{64}$/);
    const otherClassicalHalf = key.slice();
    otherClassicalHalf[0] = (otherClassicalHalf[0] ?? 0) ^ 1;
    assert.equal(sessionIdFromIdentityKey(suite, otherClassicalHalf), identity.sessionId);
  });

  test('is read from text, link and bytes, and from nothing else', async () => {
    const { sessionId } = (await createTestPerson(suite, 'ana')).identity;
    assert.equal(unwrap(parseSessionId(sessionId)), sessionId);
    assert.equal(unwrap(parseSessionId(sessionIdToLink(sessionId))), sessionId);
    assert.equal(sessionIdFromBytes(sessionIdToBytes(sessionId)), sessionId);
    for (const text of [
      '',
      sessionId.slice(1),
      `06${sessionId.slice(2)}`,
      sessionId.toUpperCase(),
    ]) {
      assert.equal(parseSessionId(text).ok, false);
    }
    assert.equal(sessionIdFromBytes(new Uint8Array(33)), undefined);
    assert.equal(sessionIdFromBytes(Uint8Array.of(5)), undefined);
  });
});

describe('identity seeds', () => {
  test('need a root seed of 64 bytes', async () => {
    await assert.rejects(deriveIdentitySeeds(suite, redact(new Uint8Array(32))), TypeError);
  });
});

describe('name of a person', () => {
  test('may be Persian, with a joiner inside, and up to 64 code units', () => {
    for (const name of ['آنا', 'می\u200cخواهم', 'x', 'x'.repeat(64), '👩‍🚀']) {
      assert.equal(parsePersonName(name).ok, true, name);
    }
  });

  test('may not be empty, too long, or able to rearrange the screen', () => {
    for (const name of ['', '  ', 'x'.repeat(65), 'a\nb', 'a\u202eb', 'a\u2066b', '\ud800', '\0']) {
      assert.equal(parsePersonName(name).ok, false, JSON.stringify(name));
    }
  });
});

describe('prekey', () => {
  test('is replaced after 7 days, unused after 44 and over after 45', async () => {
    const startMs = 1_795_305_600_000;
    const prekey = await generatePrekey(suite, startMs);
    assert.equal(isPrekeyRotationDue(prekey, startMs + 7 * DAY_MS - 1), false);
    assert.equal(isPrekeyRotationDue(prekey, startMs + 7 * DAY_MS), true);
    assert.equal(isPrekeyUsable(prekey, startMs + 44 * DAY_MS - 1), true);
    assert.equal(isPrekeyUsable(prekey, startMs + 44 * DAY_MS), false);
    assert.equal(isPrekeyOver(prekey, startMs + 45 * DAY_MS - 1), false);
    assert.equal(isPrekeyOver(prekey, startMs + 45 * DAY_MS), true);
  });

  test('from a future that the clock has left is replaced', async () => {
    const prekey = await generatePrekey(suite, 1_795_305_600_000);
    assert.equal(isPrekeyRotationDue(prekey, 1_795_305_600_000 - 2 * DAY_MS), true);
  });
});

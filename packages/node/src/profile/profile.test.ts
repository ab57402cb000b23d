import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Failure, ok, type Result, redact, unwrap } from '@pars/base';
import { createMemoryStore, createSimulationRandom } from '@pars/base/fakes';
import { createJavaScriptProvider, createSuite } from '@pars/crypto';
import { openIdentity, type PersonName } from '@pars/session';
import { openProfile, type Profile } from './profile.ts';
import type { MessageRecord } from './records.ts';
import { createRowCipher, type RowCipher } from './row-cipher.ts';

const random = createSimulationRandom('profile');
const suite = createSuite({ provider: createJavaScriptProvider({ random }), random });
const identity = await openIdentity(suite, {
  rootPublicKey: random.bytes(64),
  signingSeed: redact(random.bytes(64)),
  staticSeed: redact(random.bytes(96)),
});

const message: MessageRecord = {
  with: identity.sessionId,
  direction: 'in',
  messageId: new Uint8Array(16),
  text: 'x',
  sentAtMs: 0,
  state: 'delivered',
};

/** A profile with one message, whose cipher waits for `gate` before it hands out a plaintext. */
async function openWithGate(
  gate: Promise<void>,
  onArrival: () => void = () => undefined,
): Promise<Profile> {
  const real = createRowCipher({ suite }, redact(random.bytes(32)));
  const cipher: RowCipher = {
    ...real,
    async open(rowKey, sealed) {
      const opened = await real.open(rowKey, sealed);
      onArrival();
      await gate;
      return opened;
    },
  };
  const person = { identity, name: 'Ana' as PersonName, createdAtMs: 0, cipher };
  const profile = await openProfile({ suite, store: createMemoryStore() }, person);
  const added = await profile.transact(async (transaction): Promise<Result<number, Failure>> => {
    return ok(transaction.appendMessage(message));
  });
  assert.equal(unwrap(added), 1);
  return profile;
}

describe('a profile', () => {
  test('gives out nothing that was still being decrypted when it closed', async () => {
    const { promise: gate, resolve: openGate } = Promise.withResolvers<void>();
    const { promise: bothArrived, resolve: letIn } = Promise.withResolvers<void>();
    let arrived = 0;
    const profile = await openWithGate(gate, () => {
      arrived += 1;
      if (arrived === 2) letIn();
    });
    const single = profile.readMessage(1);
    const all = Array.fromAsync(profile.listMessages({}));
    await bothArrived;
    await profile.close();
    openGate();
    assert.equal(await single, undefined);
    assert.deepEqual(await all, []);
  });

  test('reads back what it stored, and nothing after closing', async () => {
    const profile = await openWithGate(Promise.resolve());
    assert.deepEqual(await profile.readMessage(1), { ...message, previous: 0 });
    assert.equal((await Array.fromAsync(profile.listMessages({}))).length, 1);
    await profile.close();
    const late = await profile.transact(async (): Promise<Result<void, Failure>> => ok(undefined));
    assert.deepEqual(late, { ok: false, error: { code: 'node/locked' } });
    assert.equal(await profile.readMessage(1), undefined);
  });
});

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { err, type Failure, ok, type Result, redact, unwrap } from '@pars/base';
import { createSimulationRandom, createVirtualTime } from '@pars/base/fakes';
import { createJavaScriptProvider, createSuite } from '@pars/crypto';
import { openIdentity, type PersonName } from '@pars/session';
import type { OpenedVault } from '../vault/opened-vault.ts';
import { createVaultFixture, type VaultFixture } from '../vault/vault-fixture.ts';
import { openProfile, type Profile } from './profile.ts';
import type { MessageRecord, OwedReceiptRecord } from './records.ts';

const TICK_MS = 30_000;
const random = createSimulationRandom('profile');
const suite = createSuite({ provider: createJavaScriptProvider({ random }), random });
const identity = await openIdentity(suite, {
  rootPublicKey: random.bytes(64),
  signingSeed: redact(random.bytes(64)),
  staticSeed: redact(random.bytes(96)),
});
const other = `05${'0'.repeat(64)}` as typeof identity.sessionId;

const messageOf = (number: number, change: Partial<MessageRecord> = {}): MessageRecord => ({
  with: identity.sessionId,
  direction: 'in',
  messageId: new Uint8Array(16).fill(number),
  text: `text ${number}`,
  sentAtMs: number,
  state: 'delivered',
  ...change,
});
const owed: OwedReceiptRecord = {
  type: 'owedReceipt',
  to: other,
  messageId: new Uint8Array(16),
  receipt: new Uint8Array(32),
  createdAtMs: 0,
};

interface Life {
  readonly home: OpenedVault;
  readonly profile: Profile;
}

async function createDisk() {
  const time = createVirtualTime();
  const fixture: VaultFixture = await createVaultFixture(random, time);
  async function start(): Promise<Life> {
    const home = await fixture.open();
    const person = { identity, name: 'Ana' as PersonName, createdAtMs: 0 };
    return { home, profile: await openProfile({ suite }, home, person) };
  }
  return { time, start, ...(await start()), disk: fixture.disk };
}

function append(profile: Profile, ...messages: MessageRecord[]) {
  return profile.transact(async (transaction): Promise<Result<readonly number[], Failure>> => {
    return ok(messages.map((message) => transaction.appendMessage(message)));
  });
}

describe('a profile', () => {
  test('reads back what it stored, by conversation and from a place on', async () => {
    const { profile } = await createDisk();
    const added = await append(profile, ...[1, 2, 3].map((number) => messageOf(number)));
    assert.deepEqual(unwrap(added), [1, 2, 3]);
    unwrap(await append(profile, messageOf(4, { with: other, direction: 'out', state: 'queued' })));
    assert.deepEqual(await profile.readMessage(2), messageOf(2));
    const read = async (range: Parameters<Profile['readMessages']>[0]) =>
      (await profile.readMessages(range)).map(({ sequence }) => sequence);
    assert.deepEqual(await read({ limit: 2 }), [4, 3]);
    assert.deepEqual(await read({ limit: 9, after: 2 }), [3, 4]);
    assert.deepEqual(await read({ limit: 9, with: other }), [4]);
    assert.deepEqual(await read({ limit: 1, with: identity.sessionId, after: 0 }), [1]);
    assert.equal(await profile.findIncoming(identity.sessionId, new Uint8Array(16).fill(3)), 3);
    // What was sent does not come twice, and is not looked for.
    assert.equal(await profile.findIncoming(other, new Uint8Array(16).fill(4)), undefined);
  });

  test('gives out nothing after closing', async () => {
    const { profile } = await createDisk();
    unwrap(await append(profile, messageOf(1)));
    await profile.close();
    assert.deepEqual(await profile.readMessages({ limit: 9 }), []);
    assert.deepEqual(await append(profile, messageOf(2)), {
      ok: false,
      error: { code: 'node/locked' },
    });
    assert.equal(await profile.readMessage(1), undefined);
  });

  test('changes nothing when the work fails, and takes no number', async () => {
    const { profile } = await createDisk();
    const failed = await profile.transact(async (transaction) => {
      transaction.appendMessage(messageOf(1));
      transaction.put(owed);
      return err('node/contact-quota');
    });
    assert.equal(failed.ok, false);
    assert.equal(profile.owedReceipts.size, 0);
    assert.deepEqual(unwrap(await append(profile, messageOf(2))), [1]);
  });
});

describe('a crash', () => {
  test('undoes what was not said to be durable, and never the rest', async () => {
    const { profile, start, time } = await createDisk();
    unwrap(await append(profile, messageOf(1)));
    assert.ok(profile.isUnsaved && !profile.isMessageDurable(1));
    const durable = profile.durable();
    await time.advance(TICK_MS);
    unwrap(await durable);
    assert.ok(!profile.isUnsaved && profile.isMessageDurable(1));
    const put = await profile.transact(async (transaction): Promise<Result<void, Failure>> => {
      transaction.put(owed);
      transaction.appendMessage(messageOf(2));
      return ok(undefined);
    });
    unwrap(put);
    assert.ok(!profile.isRecordDurable(owed) && !profile.isMessageDurable(2));
    // The process ends without locking.
    const { profile: again } = await start();
    assert.deepEqual(
      (await again.readMessages({ limit: 9 })).map(({ sequence }) => sequence),
      [1],
    );
    assert.equal(again.owedReceipts.size, 0);
    assert.deepEqual(unwrap(await append(again, messageOf(3))), [2]);
  });

  test('undoes nothing that a person waited for, without waiting for the tick', async () => {
    const { home, profile, start } = await createDisk();
    const before = home.vault.extraFlushesLeft();
    unwrap(await append(profile, messageOf(1)));
    unwrap(await profile.durableNow());
    assert.equal(home.vault.extraFlushesLeft(), before - 1);
    unwrap(await profile.durableNow());
    assert.equal(home.vault.extraFlushesLeft(), before - 1, 'nothing waits, nothing is flushed');
    const { profile: again } = await start();
    assert.equal((await again.readMessages({ limit: 9 })).length, 1);
  });

  test('with no extra flush left, who waits, waits for the tick', async () => {
    const { home, profile, time } = await createDisk();
    while (home.vault.extraFlushesLeft() > 0) unwrap(await home.flushNow());
    unwrap(await append(profile, messageOf(1)));
    let isDurable = false;
    const waiting = profile.durableNow().then((result) => (isDurable = result.ok));
    await time.advance(TICK_MS / 2);
    assert.equal(isDurable, false);
    await time.advance(TICK_MS);
    await waiting;
    assert.equal(isDurable, true);
  });

  test('tells whoever waits when the vault locks first', async () => {
    const { disk, profile, time } = await createDisk();
    unwrap(await append(profile, messageOf(1)));
    const waiting = profile.durable();
    disk.media?.unplug();
    await time.advance(TICK_MS);
    assert.deepEqual(await waiting, { ok: false, error: { code: 'node/locked' } });
  });
});

test('a full volume is told, and changes nothing', async () => {
  const { profile, time } = await createDisk();
  let failure: Failure | undefined;
  for (let number = 0; failure === undefined && number < 200; number += 1) {
    const text = 'x'.repeat(16_000);
    const added = await append(profile, messageOf(number, { text, direction: 'out' }));
    if (added.ok) continue;
    if (added.error.code === 'node/vault-busy') await time.advance(TICK_MS);
    else failure = added.error;
  }
  assert.deepEqual(failure, { code: 'node/vault-full' });
  const before = (await profile.readMessages({ limit: 500 })).length;
  assert.ok(before > 20, `${before}`);
  unwrap(await append(profile, messageOf(1)));
});

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ok } from '@pars/base';
import { firstMailboxes, type ParcelId, type ParcelState, parcelIds } from '@pars/mesh';
import type { MailboxClient, ParcelProgress } from '../mailbox/mailbox-client.ts';
import { openOwnMailbox } from './own-mailbox.ts';
import { createPostOffice, type Person } from './post-office-fixture.ts';

const MINUTE_MS = 60_000;

/** A mailbox that does what the test says. */
function createMailbox(room: number) {
  const delivered: string[] = [];
  const withdrawn: string[] = [];
  const states = new Map<string, ParcelState>();
  const listeners = new Set<(progress: ParcelProgress) => void>();
  const modes: string[] = [];
  let left = room;
  const client: MailboxClient = {
    copies: firstMailboxes.copies,
    setMode: (mode) => void modes.push(mode),
    setWanted: () => undefined,
    deliver({ id }) {
      if (left === 0) return false;
      left -= 1;
      delivered.push(parcelIds.toText(id));
      return true;
    },
    stateOf: (id) => states.get(parcelIds.toText(id)),
    withdraw(id) {
      withdrawn.push(parcelIds.toText(id));
      left += 1;
    },
    onProgress(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    onNotKept: () => () => undefined,
  };
  function tell(text: string, state: ParcelState): void {
    states.set(text, state);
    const id = parcelIds.fromText(text);
    assert.ok(id.ok);
    for (const listener of listeners) listener({ id: id.value, state });
  }
  return { client, delivered, withdrawn, states, modes, tell };
}

/** Ana with letters that wait in parcels, and a mailbox beside the one of her fixture. */
async function meet(seed: string, letters: number) {
  const office = createPostOffice(seed);
  const ana = await office.createPerson('ana');
  const bob = await office.createPerson('bob');
  await office.introduce(ana, bob);
  for (let at = 0; at < letters; at += 1) await ana.write(bob, `letter ${at}`);
  await office.time.advance(MINUTE_MS);
  return { ...office, ana, bob };
}

function openFor({ carrier, deps, post, profile }: Person, client: MailboxClient | undefined) {
  const onNotKept = () => undefined;
  const mailbox = Promise.resolve(client);
  const { outbox } = post;
  return openOwnMailbox({ ...deps, carrier, outbox, onNotKept, mailbox }, profile);
}

const copiesOf = ({ profile }: Person) =>
  [...profile.outgoing.values()].map(({ storedBy }) => storedBy);

describe('the mailbox of a person', () => {
  test('takes what it had no room for when others have enough copies, or later', async () => {
    const { ana, time } = await meet('no room', 3);
    const { client, delivered, tell, withdrawn } = createMailbox(1);
    openFor(ana, client);
    await time.advance(1_000);
    assert.equal(delivered.length, 1);
    tell(delivered[0] ?? '', { type: 'stored', by: 2, wanted: 3 });
    await time.advance(1_000);
    assert.deepEqual(copiesOf(ana), [2, undefined, undefined]);
    assert.equal(delivered.length, 1);
    tell(delivered[0] ?? '', { type: 'stored', by: 3, wanted: 3 });
    await time.advance(1_000);
    assert.equal(delivered.length, 2);
    assert.deepEqual(withdrawn, delivered.slice(0, 1));
    // Somebody else's parcel has made room without a word.
    client.withdraw(parcelIdOf(delivered[1] ?? ''));
    await time.advance(2 * MINUTE_MS);
    assert.equal(delivered.length, 3);
  });

  test('shows what was proven after a lock and a restart, and never less', async () => {
    const { ana, time } = await meet('proven', 1);
    const first = createMailbox(9);
    openFor(ana, first.client);
    await time.advance(1_000);
    const [text = ''] = first.delivered;
    first.tell(text, { type: 'stored', by: 2, wanted: 3 });
    await time.advance(2 * MINUTE_MS);
    await ana.lock();
    assert.deepEqual(first.modes, ['own', 'dummies']);
    // Proven while nobody was there.
    first.states.set(text, { type: 'stored', by: 3, wanted: 3 });
    await ana.start();
    assert.deepEqual(copiesOf(ana), [2]);
    openFor(ana, first.client);
    await time.advance(2 * MINUTE_MS);
    assert.deepEqual(copiesOf(ana), [3]);

    await ana.start('killed');
    const second = createMailbox(9);
    openFor(ana, second.client);
    await time.advance(MINUTE_MS);
    assert.deepEqual(copiesOf(ana), [3]);
    assert.deepEqual(second.delivered, [], 'enough have it');
  });

  test('claims no copies of what is over', async () => {
    const { ana, time } = await meet('over', 1);
    const { client, delivered, tell } = createMailbox(9);
    openFor(ana, client);
    await time.advance(1_000);
    tell(delivered[0] ?? '', { type: 'stored', by: 1, wanted: 3 });
    tell(delivered[0] ?? '', { type: 'expired', storedBy: 1 });
    await time.advance(1_000);
    assert.deepEqual(copiesOf(ana), [undefined]);
  });

  test('goes on with receipts after a restart until enough have them; without a mailbox nobody waits', async () => {
    const { ana, bob, carry, time } = await meet('receipts', 1);
    // His receipts wait for a mailbox, which the one of the fixture does not have.
    const { client, delivered, tell } = createMailbox(9);
    await carry(ana, bob);
    await time.advance(2 * MINUTE_MS);
    assert.equal(bob.profile.sentNotes.size, 0, 'no mailbox');
    const [entry] = (await bob.carrier.open()).entries();
    assert.ok(entry);
    const own = [...(await bob.carrier.open()).entries()].map(({ id }) => id);
    const isOfAna = new Set(
      [...(await ana.carrier.open()).entries()].map(({ id }) => parcelIds.toText(id)),
    );
    const parcelId = own.find((id) => !isOfAna.has(parcelIds.toText(id)));
    assert.ok(parcelId);
    await bob.profile.transact(async (transaction) => {
      transaction.put({ type: 'sentNote', parcelId, createdAtMs: 1 });
      return ok(undefined);
    });
    openFor(bob, client);
    await time.advance(1_000);
    assert.deepEqual(delivered, [parcelIds.toText(parcelId)]);
    tell(delivered[0] ?? '', { type: 'stored', by: 3, wanted: 3 });
    await time.advance(1_000);
    assert.equal(bob.profile.sentNotes.size, 0);
  });
});

function parcelIdOf(text: string): ParcelId {
  const id = parcelIds.fromText(text);
  assert.ok(id.ok);
  return id.value;
}

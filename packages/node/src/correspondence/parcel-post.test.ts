import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ok, redact, unwrap } from '@pars/base';
import type { CrashMoment } from '@pars/base/fakes';
import { createParcel, decodeParcelHeader, parcelHeaderLength } from '@pars/mesh';
import { createLetterSender } from '../delivery/letter-sender.ts';
import { receiveLetter } from '../inbound/letter-service.ts';
import { addLane } from './lane.ts';
import { prepareParcel, releaseParcel } from './parcel-writer.ts';
import {
  createPostOffice,
  type Person,
  type PostOffice,
  TEST_NETWORK,
} from './post-office-fixture.ts';

const MINUTE_MS = 60_000;
const textsOf = async (person: Person) => (await person.messages()).map(({ text }) => text);
const statesOf = async (person: Person) => (await person.messages()).map(({ state }) => state);

/** Ana and Bob, who never have a link. */
async function meet(seed: string): Promise<PostOffice & { ana: Person; bob: Person }> {
  const office = createPostOffice(seed);
  const ana = await office.createPerson('ana');
  const bob = await office.createPerson('bob');
  await office.introduce(ana, bob);
  return { ...office, ana, bob };
}

describe('letters that nobody could hand over', () => {
  test('become parcels, are read in their order, and the receipts come back the same way', async () => {
    const { ana, bob, carry, time } = await meet('there and back');
    for (const text of ['one', 'two', 'three']) await ana.write(bob, text);
    await time.advance(MINUTE_MS);
    assert.equal((await ana.carrier.open()).count, 3);

    await carry(ana, bob);
    await time.advance(MINUTE_MS);
    assert.deepEqual(await textsOf(bob), ['one', 'two', 'three']);
    // All three receipts go in one parcel.
    assert.equal((await bob.carrier.open()).count, 4);

    await carry(bob, ana);
    await time.advance(MINUTE_MS);
    assert.deepEqual(await statesOf(ana), ['delivered', 'delivered', 'delivered']);
    assert.equal(ana.profile.outgoing.size, 0);

    // Everything once more changes nothing.
    await carry(ana, bob);
    await carry(bob, ana);
    await bob.start();
    await time.advance(MINUTE_MS);
    assert.deepEqual(await textsOf(bob), ['one', 'two', 'three']);
    assert.equal((await bob.carrier.open()).count, 4);
  });

  test('show a carrier a tag, a size and a time, and nothing that two of them share', async () => {
    const { ana, bob, time } = await meet('opaque');
    await ana.write(bob, 'a secret');
    await ana.write(bob, 'another');
    await time.advance(MINUTE_MS);
    const store = await ana.carrier.open();
    const parcels = await Promise.all(store.entries().map(({ id }) => store.get(id)));
    const [first, second] = parcels.map((bytes = new Uint8Array()) => ({
      header: unwrap(decodeParcelHeader(TEST_NETWORK, bytes.subarray(0, parcelHeaderLength))),
      text: Buffer.from(bytes).toString('latin1'),
      bytes,
    }));
    assert.ok(first !== undefined && second !== undefined);
    assert.notDeepEqual(first.header.tag, second.header.tag);
    assert.equal(first.header.expirySlot % 288, 0);
    assert.equal(first.header.shard, second.header.shard);
    for (const { text } of [first, second]) {
      for (const word of ['secret', 'another', 'node-of', ana.identity.sessionId]) {
        assert.ok(!text.includes(word), word);
      }
    }
  });

  test('wait for their reader to come back', async () => {
    const { ana, bob, carry, time } = await meet('away');
    await ana.write(bob, 'welcome back');
    await time.advance(MINUTE_MS);
    await bob.lock();
    bob.startLocked();
    await carry(ana, bob);
    await time.advance(MINUTE_MS);
    await bob.start();
    await time.advance(MINUTE_MS);
    assert.deepEqual(await textsOf(bob), ['welcome back']);
  });

  test('are one message when they came over a link as well, before or after', async () => {
    const { ana, bob, carry, time } = await meet('both ways');
    const handOver = async () => {
      const [outgoing] = [...ana.profile.outgoing.values()];
      const contact = ana.profile.contacts.get(bob.identity.sessionId);
      assert.ok(outgoing !== undefined && contact !== undefined);
      const letter = unwrap(
        await createLetterSender(ana.deps, ana.profile).seal(outgoing, contact),
      );
      const deps = { ...bob.deps, onOwed: bob.post.outbox.kick };
      return (await receiveLetter(deps, bob.profile, letter)).type;
    };
    await ana.write(bob, 'hello');
    await time.advance(MINUTE_MS);
    assert.equal(await handOver(), 'held');
    await carry(ana, bob);
    await time.advance(MINUTE_MS);
    assert.equal(await handOver(), 'stored');
    assert.deepEqual(await textsOf(bob), ['hello']);
  });

  test('are sent once more when half of their life is over, and read once', async () => {
    const { ana, bob, carry, passDays, time } = await meet('again');
    await ana.write(bob, 'patience');
    await time.advance(MINUTE_MS);
    await passDays(8);
    assert.equal((await ana.carrier.open()).count, 2);
    await carry(ana, bob);
    await time.advance(MINUTE_MS);
    assert.deepEqual(await textsOf(bob), ['patience']);
    // What the engine does every hour.
    ana.post.inbox.refresh();
    await time.advance(MINUTE_MS);
    await carry(bob, ana);
    await time.advance(MINUTE_MS);
    assert.deepEqual(await statesOf(ana), ['delivered']);
  });

  test('to a contact from before wait for a link', async () => {
    const office = createPostOffice('direct only');
    const ana = await office.createPerson('ana');
    const bob = await office.createPerson('bob');
    await office.introduce(ana, bob, true);
    await ana.write(bob, 'only directly');
    await office.time.advance(MINUTE_MS);
    const { signal } = new AbortController();
    const packed = unwrap(await office.during(ana.post.outbox.packAll(undefined, signal)));
    assert.deepEqual(packed, { parcels: 0, directOnly: [bob.identity.sessionId], left: 0 });
    assert.equal((await ana.carrier.open()).count, 0);
    assert.deepEqual(await statesOf(ana), ['queued']);
  });

  test('reach somebody who learnt of the newest introduction later', async () => {
    const { ana, bob, carry, suite, time } = await meet('two secrets');
    const newer = { secret: redact(new Uint8Array(32).fill(7)), role: 'newcomer' } as const;
    unwrap(
      await bob.profile.transact(async (transaction) => {
        const { sessionId } = ana.identity;
        transaction.put(addLane(bob.profile.correspondences.get(sessionId), sessionId, newer));
        return ok(undefined);
      }),
    );
    assert.ok(suite);
    await ana.write(bob, 'under the older one');
    await time.advance(MINUTE_MS);
    await carry(ana, bob);
    bob.post.inbox.refresh();
    await time.advance(MINUTE_MS);
    assert.deepEqual(await textsOf(bob), ['under the older one']);
  });
});

describe('hostile parcels', () => {
  test('a copy of the tag with other content does not keep the letter out', async () => {
    const { ana, bob, carry, during, random, suite, time } = await meet('jammed');
    await ana.write(bob, 'the real one');
    await time.advance(MINUTE_MS);
    const [entry] = (await ana.carrier.open()).entries();
    const real = entry && (await (await ana.carrier.open()).get(entry.id));
    const header = unwrap(
      decodeParcelHeader(TEST_NETWORK, (real ?? new Uint8Array()).subarray(0, parcelHeaderLength)),
    );
    const work = { symmetric: suite.symmetric, pause: async () => undefined };
    const store = await during(bob.carrier.open());
    for (const length of [512, 15_872, 15_872]) {
      const body = random.bytes(length);
      const jam = unwrap(await createParcel(work, TEST_NETWORK, header, body));
      unwrap(await during(store.put(jam.bytes, 'mallory')));
    }
    await time.advance(MINUTE_MS);
    assert.deepEqual(await textsOf(bob), []);
    await carry(ana, bob);
    await time.advance(MINUTE_MS);
    assert.deepEqual(await textsOf(bob), ['the real one']);
  });

  test('a contact who passes on the letter of another is not believed', async () => {
    const office = createPostOffice('passed on');
    const [ana, bob, mallory] = [
      await office.createPerson('ana'),
      await office.createPerson('bob'),
      await office.createPerson('mallory'),
    ];
    await office.introduce(ana, bob);
    await office.introduce(mallory, bob);
    await ana.write(bob, 'from ana');
    await mallory.write(bob, 'from mallory');
    const [ofAna] = [...ana.profile.outgoing.values()];
    const contact = ana.profile.contacts.get(bob.identity.sessionId);
    assert.ok(ofAna !== undefined && contact !== undefined);
    const stolen = await createLetterSender(ana.deps, ana.profile).seal(ofAna, contact);
    const { carrier, deps, profile } = mallory;
    const { signal } = new AbortController();
    const { sessionId: to } = bob.identity;
    const making = prepareParcel({ ...deps, carrier }, profile, to, async () => stolen, signal);
    unwrap(await office.during(releaseParcel(carrier, unwrap(await office.during(making)))));
    await office.carry(mallory, bob);
    await office.time.advance(MINUTE_MS);
    assert.ok(!(await textsOf(bob)).includes('from ana'));
  });
});

describe('a process that dies', () => {
  test('before the vault is written has let no parcel out whose tag could be used again', async () => {
    const { ana, bob, carry, time } = await meet('unsaved tag');
    await time.advance(2 * MINUTE_MS);
    // Just after a tick.
    while (ana.profile.isUnsaved) await time.advance(1_000);
    await time.advance(30_000 - (time.clock.monotonicMs() % 30_000) + 1_000);
    await ana.write(bob, 'forgotten');
    await time.advance(20_000);
    const [lane] = ana.profile.correspondences.get(bob.identity.sessionId)?.lanes ?? [];
    assert.equal(lane?.sent[0]?.next, 1, 'made, and waiting');
    assert.equal((await ana.carrier.open()).count, 0);
    await ana.start('killed');
    assert.deepEqual(await textsOf(ana), []);
    await ana.write(bob, 'under the same tag');
    await time.advance(2 * MINUTE_MS);
    assert.equal((await ana.carrier.open()).count, 1);
    await carry(ana, bob);
    await time.advance(MINUTE_MS);
    assert.deepEqual(await textsOf(bob), ['under the same tag']);
  });

  const crashes = async (
    seed: string,
    victim: 'ana' | 'bob',
    crash: { readonly write: number; readonly moment: CrashMoment } | undefined,
  ): Promise<number> => {
    const { ana, bob, carry, time } = await meet(seed);
    const person = victim === 'ana' ? ana : bob;
    const before = person.disk.writeCount;
    if (crash !== undefined) person.disk.crashAt(crash.write, crash.moment);
    const persist = async (step: () => Promise<void>) => {
      await step().catch(() => undefined);
      await time.advance(2 * MINUTE_MS);
      if (crash === undefined) return;
      await person.start('killed').catch(() => person.start('killed'));
      await time.advance(20 * MINUTE_MS);
    };
    await persist(async () => {
      await ana.write(bob, 'one');
      await ana.write(bob, 'two');
    });
    const written = await textsOf(ana);
    await persist(() => carry(ana, bob));
    if (crash !== undefined) await persist(() => carry(ana, bob));
    // A process that dies between two parcels has read the one that came, whichever that was.
    const read = await textsOf(bob);
    assert.deepEqual(crash === undefined ? read : read.toSorted(), written);
    await persist(() => carry(bob, ana));
    if (crash !== undefined) await persist(() => carry(bob, ana));
    assert.deepEqual(
      await statesOf(ana),
      written.map(() => 'delivered'),
    );
    return person.disk.writeCount - before;
  };

  for (const victim of ['ana', 'bob'] as const) {
    test(`at many a write of ${victim}'s disk loses nothing and doubles nothing`, async () => {
      const writes = await crashes(`crash ${victim}`, victim, undefined);
      assert.ok(writes >= 4, `${writes}`);
      // Every second one; the engine's own crash tests are in @pars/sim.
      const first = victim === 'ana' ? 1 : 2;
      for (let write = first; write <= writes; write += 2) {
        const moment = write % 4 < 2 ? 'before' : 'after';
        await crashes(`crash ${victim}`, victim, { write, moment });
      }
    });
  }
});

test('a lost key of the carried parcels costs those parcels, and nothing else', async () => {
  const { ana, bob, during, time } = await meet('lost key');
  await ana.write(bob, 'kept');
  await time.advance(MINUTE_MS);
  assert.equal((await ana.carrier.open()).count, 1);
  await ana.deps.blobs.replace('carrier-key', new Uint8Array(32));
  await ana.start();
  assert.equal((await during(ana.carrier.open())).count, 0);
  assert.deepEqual(await textsOf(ana), ['kept']);
  assert.ok(ana.log.entries.some(({ event }) => event === 'node/carried-parcels-lost'));
});

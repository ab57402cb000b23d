import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { BundleExported, BundleImported } from '@pars/api';
import { base64url, concatBytes, ok, unwrap } from '@pars/base';
import { createParcel, expirySlotFrom } from '@pars/mesh';
import {
  createPostOffice,
  type Person,
  type PostOffice,
  TEST_NETWORK,
} from '../correspondence/post-office-fixture.ts';
import { createBundleExport } from './bundle-export.ts';
import { bundleKeysOf, createBundleImport } from './bundle-intake.ts';
import { farSketchOf, forgetFarSketches } from './far-sketches.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const LEAST_BYTES = 262_144;
const { signal } = new AbortController();
const textsOf = async (person: Person) => (await person.messages()).map(({ text }) => text);
const statesOf = async (person: Person) => (await person.messages()).map(({ state }) => state);

/** Ana and Bob, and sticks between them. */
async function meet(seed: string, carried?: Parameters<PostOffice['createPerson']>[1]) {
  const office = createPostOffice(seed);
  const { during, random, suite, time } = office;
  const ana = await office.createPerson('ana', carried);
  const bob = await office.createPerson('bob');
  await office.introduce(ana, bob);

  async function exportTo(
    from: Person,
    to: readonly Person[],
    options: { readonly maxBytes?: number; readonly passphrase?: string } = {},
  ): Promise<{ readonly file: Uint8Array; readonly exported: BundleExported }> {
    const { maxBytes, passphrase } = options;
    const { post, profile } = from;
    const ids = to.map(({ identity }) => identity.sessionId);
    const request = { person: { profile, post }, packs: true, to: ids, passphrase, maxBytes };
    const one = createBundleExport(from.deps, from.carrier, request, signal);
    const pieces: Uint8Array[] = [];
    for (let isDone = false; !isDone; ) {
      const piece = unwrap(await during(one.read()));
      pieces.push(unwrap(base64url.decode(piece.data, { maxBytes: 2 ** 20 })));
      isDone = piece.done;
    }
    const exported = unwrap(await during(one.finish()));
    return { file: concatBytes(...pieces), exported };
  }

  async function importTo(
    person: Person,
    file: Uint8Array,
    lockAt: 'before' | 'during' | 'never' = 'never',
  ): Promise<BundleImported> {
    const { post, profile } = person;
    // As if a passphrase opened it.
    const keys = bundleKeysOf(profile, undefined);
    if (lockAt === 'before') {
      await person.lock();
      person.startLocked();
    }
    const opened = lockAt === 'before' ? undefined : { profile, post };
    const { carrier, deps } = person;
    const one = createBundleImport(deps, carrier, { keys, person: opened }, signal);
    for (let start = 0; start < file.length; start += LEAST_BYTES) {
      const data = base64url.encode(file.subarray(start, start + LEAST_BYTES));
      unwrap(await during(one.write(data)));
    }
    if (lockAt === 'during') await person.lock();
    return unwrap(await during(one.finish()));
  }

  /** Parcels of strangers. */
  async function addForeign(person: Person, count: number, bodyBytes = 512): Promise<void> {
    const store = await during(person.carrier.open());
    const work = { symmetric: suite.symmetric, pause: async () => undefined };
    for (let number = 0; number < count; number += 1) {
      const expirySlot = expirySlotFrom(time.clock.nowMs(), 14 * DAY_MS, 'normal');
      const label = { tag: random.bytes(32), shard: 0, expirySlot, priority: 'normal' } as const;
      const body = random.bytes(bodyBytes);
      const parcel = unwrap(await createParcel(work, TEST_NETWORK, label, body));
      unwrap(await during(store.put(parcel.bytes, `stranger ${number}`)));
    }
  }

  return { ...office, ana, bob, exportTo, importTo, addForeign };
}

describe('a bundle without room for everything', () => {
  test('hands over what is in it, and says what is not', async () => {
    const { ana, bob, exportTo, importTo } = await meet('no room');
    const texts = Array.from({ length: 12 }, (_, number) => `letter ${number}`);
    for (const text of texts) await ana.write(bob, text);
    const { exported, file } = await exportTo(ana, [bob], { maxBytes: LEAST_BYTES });
    assert.ok(exported.parcels > 0 && exported.omitted > 0, JSON.stringify(exported));
    assert.equal(exported.parcels + exported.omitted, texts.length);
    const states = await statesOf(ana);
    assert.equal(states.filter((state) => state === 'handed-over').length, exported.parcels);
    // The oldest come first.
    assert.deepEqual(
      states.slice(0, exported.parcels),
      Array(exported.parcels).fill('handed-over'),
    );
    const imported = await importTo(bob, file);
    assert.equal(imported.messages, exported.parcels);
    assert.deepEqual(await textsOf(bob), texts.slice(0, exported.parcels));
  });
});

describe('own letters', () => {
  test('are no part of the share of any neighbour', async () => {
    const { ana, bob, exportTo } = await meet('small store', {
      capacityBytes: 2_097_152,
      maxParcels: 1_000,
    });
    // More than one neighbour may bring.
    for (let number = 0; number < 18; number += 1) await ana.write(bob, `letter ${number}`);
    const { exported } = await exportTo(ana, [bob]);
    assert.deepEqual([exported.parcels, exported.omitted], [18, 0]);
  });

  test('that find no room are told of, and the others travel', async () => {
    const { ana, bob, exportTo, importTo } = await meet('tiny store', {
      capacityBytes: 2_097_152,
      maxParcels: 4,
    });
    for (let number = 0; number < 7; number += 1) await ana.write(bob, `letter ${number}`);
    const { exported, file } = await exportTo(ana, [bob]);
    assert.ok(exported.parcels >= 1 && exported.parcels <= 4, JSON.stringify(exported));
    assert.equal(exported.parcels + exported.omitted, 7);
    const states = await statesOf(ana);
    assert.equal(states.filter((state) => state === 'handed-over').length, exported.parcels);
    assert.equal((await importTo(bob, file)).messages, exported.parcels);
  });

  test('whose parcel is gone from the store are made into another', async () => {
    const { ana, bob, during, exportTo, importTo, time } = await meet('gone');
    await ana.write(bob, 'still here');
    await time.advance(MINUTE_MS);
    await ana.deps.blobs.replace('carrier-key', new Uint8Array(32));
    await ana.start();
    assert.equal((await during(ana.carrier.open())).count, 0);
    const { exported, file } = await exportTo(ana, [bob]);
    assert.equal(exported.parcels, 1);
    await importTo(bob, file);
    assert.deepEqual(await textsOf(bob), ['still here']);
  });

  test('whose parcel is gone are made anew within two days without anybody asking', async () => {
    const { ana, bob, during, passDays, time } = await meet('gone quietly');
    await ana.write(bob, 'still here');
    await time.advance(MINUTE_MS);
    await ana.deps.blobs.replace('carrier-key', new Uint8Array(32));
    await ana.start();
    await passDays(2);
    assert.equal((await during(ana.carrier.open())).count, 1);
  });
});

describe('a second bundle for a contact', () => {
  test('holds just what is missing there', async () => {
    const { addForeign, ana, bob, exportTo, importTo, time } = await meet('just the rest');
    await addForeign(ana, 30);
    await ana.write(bob, 'hello');
    const first = await exportTo(ana, [bob]);
    assert.equal(first.exported.parcels, 31);
    await importTo(bob, first.file);
    await time.advance(MINUTE_MS);
    await addForeign(bob, 5);
    await bob.write(ana, 'hello back');
    // 5 of others, the letter, and the receipt for Ana's.
    const second = await exportTo(bob, [ana]);
    assert.equal(second.exported.parcels, 7);
    const imported = await importTo(ana, second.file);
    assert.deepEqual([imported.stored, imported.known], [7, 0]);
    assert.deepEqual([imported.messages, imported.delivered], [1, 1]);
  });

  test('is whole when others can open it, and when what was known is over', async () => {
    const { addForeign, ana, bob, exportTo, importTo, passDays, time } = await meet('whole');
    await addForeign(ana, 10);
    await importTo(bob, (await exportTo(ana, [bob])).file);
    assert.equal((await exportTo(bob, [ana])).exported.parcels, 0);
    const passphrase = 'everybody knows this one';
    assert.equal((await exportTo(bob, [ana], { passphrase })).exported.parcels, 10);
    assert.equal(bob.profile.farSketches.size, 1);
    await bob.start();
    assert.equal((await exportTo(bob, [ana])).exported.parcels, 0);
    await passDays(15);
    await addForeign(bob, 3);
    assert.equal((await exportTo(bob, [ana])).exported.parcels, 3);
    const nowMs = time.clock.nowMs();
    assert.equal(farSketchOf(bob.profile, ana.identity.sessionId, nowMs), undefined);
    await forgetFarSketches(bob.profile, nowMs);
    await bob.start();
    assert.equal(bob.profile.farSketches.size, 0);
  });

  test('holds letters that wait, whatever the far side says that it holds', async () => {
    const { addForeign, ana, bob, carry, createPerson, exportTo, importTo, introduce, time } =
      await meet('lying');
    const carol = await createPerson('carol');
    await introduce(carol, bob);
    await addForeign(bob, 3);
    await bob.write(ana, 'never read');
    await time.advance(MINUTE_MS);
    await carry(bob, carol);
    await importTo(bob, (await exportTo(carol, [bob])).file);
    // As if Ana's node had said that it holds all of it.
    const [known] = [...bob.profile.farSketches.values()];
    assert.ok(known !== undefined);
    const say = (symbols: Uint8Array) =>
      bob.profile.transact(async (transaction) => {
        transaction.put({ ...known, sessionId: ana.identity.sessionId, symbols });
        return ok(undefined);
      });
    unwrap(await say(known.symbols));
    const { exported, file } = await exportTo(bob, [ana]);
    assert.equal(exported.parcels, 1);
    assert.equal((await importTo(ana, file)).messages, 1);
    // What is no sketch of anything is no reason to leave something out.
    unwrap(await say(known.symbols.map((byte) => byte ^ 0x5a)));
    assert.equal((await exportTo(bob, [ana])).exported.parcels, 4);
  });

  test('knows nothing from a sketch that the contact did not mark', async () => {
    const { addForeign, ana, bob, createPerson, exportTo, importTo, introduce } =
      await meet('not theirs');
    const carol = await createPerson('carol');
    await introduce(carol, bob);
    await addForeign(carol, 4);
    await importTo(bob, (await exportTo(carol, [bob])).file);
    assert.deepEqual([...bob.profile.farSketches.keys()], [carol.identity.sessionId]);
    // Carol's sketch says nothing about Ana.
    assert.equal((await exportTo(bob, [ana])).exported.parcels, 4);
    assert.equal((await exportTo(bob, [carol])).exported.parcels, 0);
    assert.equal((await exportTo(bob, [carol, ana])).exported.parcels, 4);
  });
});

test('a disk that refuses anywhere in an import costs nothing that the same file does not bring again', async () => {
  const { ana, bob, exportTo, importTo, time } = await meet('refusing disk');
  const texts = ['one', 'two', 'three'];
  for (const text of texts) await ana.write(bob, text);
  const { file } = await exportTo(ana, [bob]);
  for (let write = 1; write <= 7; write += 1) {
    bob.disk.crashAt(write, write % 2 === 0 ? 'before' : 'after');
    await importTo(bob, file).catch(() => undefined);
    await time.advance(MINUTE_MS);
    await bob.start();
  }
  await importTo(bob, file);
  await time.advance(MINUTE_MS);
  assert.deepEqual(await textsOf(bob), texts);
  await importTo(ana, (await exportTo(bob, [ana])).file);
  assert.deepEqual(await statesOf(ana), ['delivered', 'delivered', 'delivered']);
});

describe('an import of somebody who is away', () => {
  for (const lockAt of ['before', 'during'] as const) {
    test(`says nothing about messages when it was locked ${lockAt} it, and they are read at the next unlock`, async () => {
      const { ana, bob, exportTo, importTo, time } = await meet(`locked ${lockAt}`);
      for (const text of ['one', 'two']) await ana.write(bob, text);
      const { file } = await exportTo(ana, [bob]);
      const imported = await importTo(bob, file, lockAt);
      assert.deepEqual(
        [imported.stored, imported.messages, imported.delivered],
        [2, undefined, undefined],
      );
      await bob.start();
      await time.advance(MINUTE_MS);
      assert.deepEqual(await textsOf(bob), ['one', 'two']);
    });
  }
});

test('the static key opens bundles, however many prekeys a wrong clock has made', () => {
  const keys = Array.from({ length: 40 }, (_, number) => ({ privateKey: number }));
  const profile = { letterKeys: keys } as unknown as Person['profile'];
  const { contacts = [] } = bundleKeysOf(profile, undefined);
  assert.equal(contacts.length, 16);
  // The static one, then the newest.
  assert.deepEqual(contacts.slice(0, 3) as unknown, [0, 39, 38]);
});

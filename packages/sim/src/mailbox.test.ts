import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { ChatMessage } from '@pars/api';
import { unwrap } from '@pars/base';
import { createTown, KEEPER_PROTOCOL, type Town, type WireLine } from './town-fixture.ts';
import { ALL_PASSWORDS, type SimulatedNode } from './world.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/** Hours cost seconds: the long way is asked for by name. */
const isLong = process.env['PARS_SIM_LONG'] === '1';
const { signal } = new AbortController();

async function messageOf(node: SimulatedNode, id: string): Promise<ChatMessage | undefined> {
  return (await node.read()).find(({ messageId }) => messageId === id);
}

/** Lets time pass until it is so, and gives the minutes; fails after `most`. */
async function minutesUntil(
  { world }: Town,
  most: number,
  isSo: () => Promise<boolean>,
): Promise<number> {
  for (let passed = 0; passed <= most; passed += 1) {
    if (await isSo()) return passed;
    await world.time.advance(MINUTE_MS);
  }
  throw new Error(`not within ${most} minutes`);
}

async function textsOf(node: SimulatedNode): Promise<readonly string[]> {
  return (await node.read()).map(({ text }) => text);
}

/** Names of the keepers that carry something. */
async function holders({ keepers }: Town): Promise<readonly SimulatedNode[]> {
  const all: SimulatedNode[] = [];
  for (const keeper of keepers) {
    const status = unwrap(await keeper.engine.methods['node.status']({}, { signal }));
    if ((status.carrying?.parcels ?? 0) > 0) all.push(keeper);
  }
  return all;
}

describe('two people who are never there at the same time', () => {
  test('read each other once, and what is shown on the way is proven', async (t) => {
    const town = await createTown('absent');
    const { ana, bob, linkedSince, world } = town;
    const { time } = world;
    await bob.stop();
    const apartMs = time.clock.monotonicMs();
    const shown: string[] = [];
    ana.engine.subscribe((event) => {
      if (event.type === 'message') shown.push(`${event.message.state} ${event.message.storedBy}`);
    });
    const sent = await ana.send('bob', 'until later');
    await minutesUntil(town, 2, async () => (await messageOf(ana, sent))?.storedBy === 3);
    assert.deepEqual(shown, [
      'queued undefined',
      'handed-over 1',
      'handed-over 2',
      'handed-over 3',
    ]);
    assert.equal((await holders(town)).length, 3);

    await ana.lock();
    await ana.unlock();
    assert.equal((await messageOf(ana, sent))?.storedBy, 3, 'after a lock');
    await ana.stop();
    await time.advance(isLong ? 6 * HOUR_MS : 40 * MINUTE_MS);

    await bob.start();
    await bob.unlock();
    const readMin = await minutesUntil(town, 60, async () => (await bob.read()).length > 0);
    // The receipt leaves with the next flush; nobody waits for it.
    await time.advance(2 * MINUTE_MS);
    assert.deepEqual(await textsOf(bob), ['until later']);
    await bob.stop();
    await time.advance(10 * MINUTE_MS);

    await ana.start();
    await ana.unlock();
    const { state, storedBy } = (await messageOf(ana, sent)) ?? {};
    assert.deepEqual({ state, storedBy }, { state: 'handed-over', storedBy: 3 }, 'after a restart');
    const deliveredMin = await minutesUntil(
      town,
      60,
      async () => (await messageOf(ana, sent))?.state === 'delivered',
    );
    assert.equal((await messageOf(ana, sent))?.storedBy, undefined);
    for (const [one, other] of [
      [ana, bob],
      [bob, ana],
    ] as const) {
      assert.ok(!linkedSince(one, apartMs).has(other.name), 'never linked');
    }
    await bob.start();
    await bob.unlock();
    await time.advance(5 * MINUTE_MS);
    assert.deepEqual(await textsOf(bob), ['until later'], 'once');
    t.diagnostic(
      `read ${readMin} min after the return, delivered ${deliveredMin} min after that of Ana`,
    );
  });

  test('one is there and locked: what was fetched as a dummy is read at the unlock, past gone and lying keepers', async (t) => {
    const town = await createTown('locked', { keepers: 7, roleOfBob: 'phone' });
    const { ana, bob, keepers, liars, world } = town;
    const { time } = world;
    await bob.stop();
    const sent = await ana.send('bob', 'for whenever');
    await minutesUntil(town, 2, async () => (await messageOf(ana, sent))?.storedBy === 3);
    await ana.stop();
    const holding = await holders(town);
    const [liar, gone] = holding;
    const other = keepers.find((keeper) => !holding.includes(keeper));
    assert.ok(liar !== undefined && gone !== undefined && other !== undefined);
    liars.add(liar.name);
    await gone.stop();
    await other.stop();

    await bob.start();
    await time.advance(isLong ? 24 * HOUR_MS : HOUR_MS);
    await bob.unlock();
    const readMin = await minutesUntil(town, 60, async () => (await bob.read()).length > 0);
    await time.advance(2 * MINUTE_MS);
    assert.deepEqual(await textsOf(bob), ['for whenever']);
    // Locked before the receipt has its copies: it goes on to its keepers all the same.
    await bob.lock();
    await time.advance(5 * MINUTE_MS);
    await bob.stop();
    await ana.start();
    await ana.unlock();
    const deliveredMin = await minutesUntil(
      town,
      90,
      async () => (await messageOf(ana, sent))?.state === 'delivered',
    );
    t.diagnostic(
      `read ${readMin} min after the unlock, delivered ${deliveredMin} min after the return of Ana`,
    );
  });
});

test('whom a node visits, when and with how many bytes is the same with the hidden profile open, the decoy open and locked', async (t) => {
  const visits: Record<string, readonly string[]> = {};
  for (const mode of ['hidden', 'decoy', 'locked'] as const) {
    const town = await createTown('alike', {
      roleOfBob: 'phone',
      async prepareBob(bob) {
        const request = { tier: 'S', ...ALL_PASSWORDS } as const;
        unwrap(await bob.engine.methods['vault.create'](request, { signal }));
        await bob.unlock(ALL_PASSWORDS.hidden);
      },
    });
    const { ana, bob, wireOf, world } = town;
    const { time } = world;
    await bob.lock();
    await bob.unlock(ALL_PASSWORDS.decoy);
    await bob.create();
    await time.advance(2 * MINUTE_MS);
    await bob.lock();
    const sent = await ana.send('bob', 'to the hidden one');
    await minutesUntil(town, 2, async () => (await messageOf(ana, sent))?.storedBy === 3);
    await ana.stop();
    const fromMs = time.clock.monotonicMs();
    if (mode !== 'locked') await bob.unlock(ALL_PASSWORDS[mode]);
    await time.advance(isLong ? 6 * HOUR_MS : 20 * MINUTE_MS);
    const asked = wireOf(bob).filter(
      ({ atMs, protocol }) => protocol === KEEPER_PROTOCOL && atMs >= fromMs,
    );
    visits[mode] = asked.filter(isVisit).map(({ atMs, read, to, written }) => {
      return `${atMs} ${to} ${written} ${read}`;
    });
    // What somebody sends, receipts too, is brought when it is made (PIP-1006, Security Considerations).
    const brought = asked.filter((line) => !isVisit(line)).length;
    if (mode === 'hidden') assert.deepEqual(await textsOf(bob), ['to the hidden one']);
    else assert.equal(brought, 0);
    t.diagnostic(`${mode}: ${visits[mode].length} visits, ${brought} parcels brought`);
  }
  assert.ok((visits['locked']?.length ?? 0) >= 12);
  assert.deepEqual(visits['hidden'], visits['locked']);
  assert.deepEqual(visits['decoy'], visits['locked']);
});

/** A question of 92 bytes behind its length: a visit for eight pieces. */
function isVisit({ written }: WireLine): boolean {
  return written === 96;
}

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { VaultStatus } from '@pars/api';
import { unwrap } from '@pars/base';
import { ALL_PASSWORDS, type SimulatedNode, type World } from './world.ts';
import { createTestWorld, readVolume } from './world-fixture.ts';

const { signal } = new AbortController();
const MINUTE_MS = 60_000;
type Kind = keyof typeof ALL_PASSWORDS;

/** A vault with everything, locked. */
async function createOwner(world: World, name = 'ana'): Promise<SimulatedNode> {
  const node = await world.createNode(name);
  const request = { tier: 'S', ...ALL_PASSWORDS } as const;
  unwrap(await node.engine.methods['vault.create'](request, { signal }));
  return node;
}

async function statusOf(node: SimulatedNode): Promise<VaultStatus> {
  return unwrap(await node.engine.methods['vault.status']({}, { signal }));
}

const slots = (world: World, node: SimulatedNode): Promise<readonly string[]> =>
  readVolume(world, node, (sql) =>
    sql
      .all('SELECT tag, key FROM check_in_slot ORDER BY number')
      .map(({ key, tag }) => Buffer.concat([tag as Uint8Array, key as Uint8Array]).toString('hex')),
  );

describe('whichever password opens a vault', () => {
  test('the profile behind it is whole, and none shows in another', async () => {
    const world = createTestWorld('profiles', { vaultWindows: 64 });
    const ana = await createOwner(world);
    const ids: Record<string, string> = {};
    for (const kind of ['hidden', 'decoy'] as const) {
      await ana.unlock(ALL_PASSWORDS[kind]);
      ids[kind] = await ana.create();
      const friend = await world.createNode(`friend-of-${kind}`);
      await friend.create();
      unwrap(await world.during(friend.add(await ana.invite())));
      await world.time.advance(100_000);
      await friend.send('ana', `to the ${kind} one`);
      await world.time.advance(2 * MINUTE_MS);
      assert.equal((await friend.read())[0]?.state, 'delivered');
      await ana.lock();
    }
    assert.notEqual(ids['hidden'], ids['decoy']);
    for (const [kind, whose] of [
      ['decoy', 'decoy'],
      ['hidden', 'hidden'],
      ['duress', 'decoy'],
      ['decoy', 'decoy'],
    ] as const) {
      await ana.unlock(ALL_PASSWORDS[kind]);
      const shown = unwrap(await ana.engine.methods['id.show']({}, { signal }));
      assert.equal(shown.sessionId, ids[whose], kind);
      assert.deepEqual(
        (await ana.read()).map(({ text }) => text),
        [`to the ${whose} one`],
      );
      await ana.stop();
      await ana.start();
    }
    const { methods } = ana.engine;
    const gone = await methods['vault.unlock']({ password: ALL_PASSWORDS.hidden }, { signal });
    assert.equal(
      gone.ok ? '' : gone.error.code,
      'vault/wrong-password',
      'duress destroyed the way',
    );
  });

  test('decoy and duress answer every question alike', async () => {
    const seen: Partial<Record<Kind, unknown>> = {};
    for (const kind of ['decoy', 'duress'] as const) {
      const world = createTestWorld('alike');
      const ana = await createOwner(world);
      await ana.unlock();
      await ana.create();
      await world.time.advance(2 * MINUTE_MS);
      await ana.lock();
      const events: string[] = [];
      ana.engine.subscribe((event) => events.push(JSON.stringify(event)));
      const before = ana.vaultDisk.operationCount;
      const writtenBefore = ana.vaultDisk.secret.written.length;
      await ana.unlock(ALL_PASSWORDS[kind]);
      const { methods } = ana.engine;
      const states = [await statusOf(ana)];
      const checks = unwrap(await methods['vault.check']({}, { signal }));
      await world.time.advance(MINUTE_MS);
      states.push(await statusOf(ana));
      const diagnosis = unwrap(await methods['node.diagnose']({}, { signal }));
      await ana.lock();
      seen[kind] = {
        states,
        checks,
        diagnosis,
        events,
        status: await statusOf(ana),
        operations: (ana.vaultDisk.media?.operations ?? []).slice(before),
        secrets: ana.vaultDisk.secret.written.length - writtenBefore,
        log: ana.log.entries,
      };
    }
    assert.deepEqual(seen.duress, seen.decoy);
  });

  test('there are five check-in slots, and only duress turns their keys', async () => {
    const world = createTestWorld('slots');
    const ana = await createOwner(world);
    const openAs = async (kind: Kind) => {
      await ana.unlock(ALL_PASSWORDS[kind]);
      await world.time.advance(MINUTE_MS);
      await ana.stop();
      const found = await slots(world, ana);
      await ana.start();
      return found;
    };
    // The hidden password comes first, and the decoy's slots are there.
    const first = await openAs('hidden');
    assert.equal(first.length, 5);
    assert.equal(new Set(first).size, 5);
    assert.deepEqual(await openAs('decoy'), first);
    assert.deepEqual(await openAs('hidden'), first);
    const turned = await openAs('duress');
    const tags = (all: readonly string[]) => all.map((slot) => slot.slice(0, 64));
    assert.deepEqual(tags(turned), tags(first));
    for (const [at, slot] of turned.entries()) assert.notEqual(slot, first[at]);
    assert.deepEqual(await openAs('decoy'), turned);
  });

  test('a duress password in a change of passwords does what it does everywhere', async () => {
    const world = createTestWorld('duress change');
    const ana = await createOwner(world);
    await ana.unlock();
    await ana.lock();
    await ana.stop();
    const before = await slots(world, ana);
    await ana.start();
    const { methods } = ana.engine;
    const next = { decoy: 'new', duress: 'newer' };
    const refused = await methods['vault.passwd'](
      { current: ALL_PASSWORDS.duress, next },
      { signal },
    );
    assert.equal(refused.ok ? '' : refused.error.code, 'vault/hidden-password-needed');
    const hidden = await methods['vault.unlock']({ password: ALL_PASSWORDS.hidden }, { signal });
    assert.equal(hidden.ok ? '' : hidden.error.code, 'vault/wrong-password');
    await ana.stop();
    assert.notDeepEqual(await slots(world, ana), before);
  });

  test('passwords and size are changed, and everything is still there', async () => {
    const world = createTestWorld('changes');
    const ana = await createOwner(world);
    await ana.unlock(ALL_PASSWORDS.hidden);
    const sessionId = await ana.create();
    const { methods } = ana.engine;
    const next = { decoy: 'one', hidden: 'two' };
    const change = { current: ALL_PASSWORDS.hidden, next };
    unwrap(await methods['vault.passwd'](change, { signal }));
    assert.equal((await statusOf(ana)).state, 'locked');
    const grow = { current: 'two', next, tier: 'L' } as const;
    assert.deepEqual(unwrap(await methods['vault.grow'](grow, { signal })), { oldDestroyed: true });
    assert.deepEqual([(await statusOf(ana)).state, (await statusOf(ana)).tier], ['locked', 'L']);
    await ana.unlock('two');
    assert.equal(unwrap(await methods['id.show']({}, { signal })).sessionId, sessionId);
    const { checks } = unwrap(await methods['vault.check']({}, { signal }));
    assert.deepEqual(
      checks.map(({ name, ok }) => `${name} ${ok}`),
      ['place', 'pages', 'database', 'references', 'slots', 'margin'].map((name) => `${name} true`),
    );
  });
});

describe('what a person did', () => {
  test('shows in no list of peers and no log once the vault is locked', async () => {
    const world = createTestWorld('traces', { vaultWindows: 64 });
    const ana = await createOwner(world);
    const friend = await world.createNode('friend');
    await friend.create();
    await ana.unlock(ALL_PASSWORDS.hidden);
    await ana.create();
    const before = ana.log.entries.length;
    unwrap(await world.during(ana.add(await friend.invite())));
    await world.time.advance(100_000);
    await ana.send('friend', 'over a link');
    await friend.send('ana', 'and back');
    await world.time.advance(2 * MINUTE_MS);
    assert.deepEqual(
      (await ana.read()).map(({ state }) => state),
      ['delivered', 'delivered'],
    );
    assert.equal(ana.mesh.peers().length, 1);
    await friend.lock();
    await ana.send('friend', 'to somebody who is away');
    await world.time.advance(2 * MINUTE_MS);
    await ana.lock();
    assert.deepEqual(ana.mesh.peers(), [], 'the link was hers alone');
    await ana.unlock(ALL_PASSWORDS.decoy);
    await world.time.advance(MINUTE_MS);
    assert.deepEqual(ana.mesh.peers(), []);
    const said = ana.log.entries.slice(before).filter(({ level }) => level !== 'debug');
    assert.deepEqual(said, []);
  });
});

describe('who knows the person of one password', () => {
  test('gets the answers of a locked node while another password is open', async () => {
    const world = createTestWorld('answers', { vaultWindows: 64 });
    const ana = await createOwner(world);
    await ana.unlock(ALL_PASSWORDS.hidden);
    await ana.create();
    await ana.lock();
    await ana.unlock(ALL_PASSWORDS.decoy);
    await ana.create();
    const [friend, eve] = [await world.createNode('friend'), await world.createNode('eve')];
    await friend.create();
    await eve.create();
    unwrap(await world.during(friend.add(await ana.invite())));
    await world.time.advance(100_000);
    // She writes and locks: the receipt comes when the other password is open.
    await ana.send('friend', 'and locks');
    const openInvite = await ana.invite();
    await world.time.advance(1_000);
    await ana.lock();
    const heard: string[] = [];
    for (const kind of [undefined, 'hidden'] as const) {
      if (kind !== undefined) await ana.unlock(ALL_PASSWORDS[kind]);
      const before = [friend.log.entries.length, eve.log.entries.length] as const;
      await friend.send('ana', 'to the decoy');
      const added = await world.during(eve.add(openInvite));
      assert.equal(added.ok ? '' : added.error.code, 'node/peer-later', String(kind));
      await world.time.advance(30_000);
      const said = [
        ...friend.log.entries.slice(before[0]),
        ...eve.log.entries.slice(before[1]),
      ].map(({ event, fields }) => `${event} ${JSON.stringify(fields)}`);
      heard.push([...new Set(said)].sort().join('\n'));
    }
    assert.match(heard[0] ?? '', /letter-not-accepted \{"answer":"later"\}/);
    assert.equal(heard[1], heard[0]);
  });
});

describe('a vault that nobody uses', () => {
  for (const kind of ['decoy', 'hidden', 'duress'] as const) {
    test(`locks itself after its minutes, opened as ${kind}`, async () => {
      const world = createTestWorld('idle', { idleLockMinutes: 5 });
      const ana = await createOwner(world);
      await ana.unlock(ALL_PASSWORDS[kind]);
      await ana.create();
      await world.time.advance(4 * MINUTE_MS);
      await ana.read();
      for (let minute = 0; minute < 4; minute += 1) {
        await world.time.advance(MINUTE_MS);
        // Looking at the node is no use of it.
        assert.equal((await statusOf(ana)).state, 'open');
        unwrap(await ana.engine.methods['mesh.peers']({}, { signal }));
      }
      await world.time.advance(MINUTE_MS);
      assert.equal((await statusOf(ana)).state, 'locked');
      await ana.unlock(ALL_PASSWORDS[kind]);
      const leaving = new AbortController();
      const watching = await ana.engine.subscriptions['chat.watch']({}, { signal: leaving.signal });
      assert.ok(watching.ok);
      await world.time.advance(20 * MINUTE_MS);
      assert.equal((await statusOf(ana)).state, 'open', 'somebody watches');
      leaving.abort();
      await world.time.advance(5 * MINUTE_MS + 1);
      assert.equal((await statusOf(ana)).state, 'locked');
      await ana.stop();
      assert.equal(world.time.pendingCount, 0);
    });
  }
});

describe('a panic', () => {
  for (const everything of [false, true]) {
    test(`${everything ? 'of everything' : 'of the secret alone'} drops the keys at once and ends the node`, async () => {
      const world = createTestWorld('panic');
      const ana = await createOwner(world);
      await ana.unlock(ALL_PASSWORDS.hidden);
      await ana.create();
      const { methods } = ana.engine;
      // What is under way does not hold it up, and opens nothing afterwards.
      const unlocking = methods['vault.unlock']({ password: ALL_PASSWORDS.hidden }, { signal });
      const outcome = unwrap(await methods['vault.panic']({ everything }, { signal }));
      assert.deepEqual(outcome, { secretDestroyed: true, erased: everything });
      assert.equal((await unlocking).ok, false);
      assert.equal((await methods['id.show']({}, { signal })).ok, false);
      const again = await methods['vault.unlock']({ password: ALL_PASSWORDS.decoy }, { signal });
      assert.equal(again.ok ? '' : again.error.code, 'node/stopped');
      await ana.stop();
      assert.equal(world.time.pendingCount, 0);
      await ana.start();
      const unlock = async (password: string) => {
        const opened = await ana.engine.methods['vault.unlock']({ password }, { signal });
        return opened.ok ? 'open' : opened.error.code;
      };
      const expected = everything ? ['vault/none', 'vault/none'] : ['vault/wrong-password', 'open'];
      const { hidden, decoy } = ALL_PASSWORDS;
      assert.deepEqual([await unlock(hidden), await unlock(decoy)], expected);
    });
  }
});

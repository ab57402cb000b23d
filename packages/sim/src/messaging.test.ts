import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { ChatMessage } from '@pars/api';
import { unwrap } from '@pars/base';
import {
  ALL_PASSWORDS,
  PASSWORD,
  type SimulatedNode,
  type World,
  type WorldOptions,
} from './world.ts';
import { createTestWorld, readVolume } from './world-fixture.ts';

const world = (seed: string, options: Partial<WorldOptions> = {}): World =>
  createTestWorld(seed, options);
const { signal } = new AbortController();
const texts = (messages: readonly ChatMessage[]) => messages.map(({ text }) => text);
/** Longer than a tick, and than the receipts need after it. */
const SAVED_MS = 40_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

async function stateOf(node: SimulatedNode, messageId: string): Promise<string | undefined> {
  return (await node.read()).find((message) => message.messageId === messageId)?.state;
}

/** A vault that is open, and nobody in it. */
async function makeVault(node: SimulatedNode): Promise<void> {
  const { methods } = node.engine;
  unwrap(await methods['vault.create']({ tier: 'S', decoy: PASSWORD }, { signal }));
  await node.unlock();
}

describe('two people', () => {
  test('meet through an invite and write to each other', async () => {
    const { time, createFriends } = world('two people');
    const [ana, bob] = await createFriends('ana', 'bob');
    const [contactOfAna] = await ana.contacts();
    const [contactOfBob] = await bob.contacts();
    assert.deepEqual([contactOfAna?.name, contactOfAna?.state], ['bob', 'confirmed']);
    assert.deepEqual([contactOfBob?.name, contactOfBob?.state], ['ana', 'confirmed']);

    const sent = await bob.send('ana', 'سلام');
    await time.advance(100);
    assert.deepEqual(texts(await ana.read()), ['سلام'], 'there at once');
    assert.equal(await stateOf(bob, sent), 'handed-over');
    await time.advance(SAVED_MS);
    assert.equal(await stateOf(bob, sent), 'delivered');
    await ana.send(contactOfAna?.sessionId ?? '', 'خوبی؟');
    await time.advance(100);
    assert.deepEqual(texts(await ana.read()), ['سلام', 'خوبی؟']);
    assert.deepEqual(texts(await bob.read()), ['سلام', 'خوبی؟']);
    const [received] = await ana.read();
    assert.equal(received?.direction, 'in');
    assert.equal((received?.sentAtMs ?? 1) % 300_000, 0);
    assert.deepEqual(
      (await ana.read()).map(({ sequence }) => sequence),
      [1, 2],
    );
    await ana.stop();
    await bob.stop();
  });

  test('see messages as they come and as their state changes', async () => {
    const { time, createFriends } = world('watch');
    const [ana, bob] = await createFriends('ana', 'bob');
    const seen: string[] = [];
    const watching = unwrap(await ana.engine.subscriptions['chat.watch']({}, { signal }));
    const watcher = (async () => {
      for await (const { text, state } of watching) seen.push(`${text} ${state}`);
    })();
    await bob.send('ana', 'one');
    await time.advance(100);
    await ana.send('bob', 'two');
    await time.advance(100);
    assert.deepEqual(seen, ['one delivered', 'two queued', 'two handed-over']);
    await time.advance(SAVED_MS);
    assert.deepEqual(seen.slice(3), ['two delivered']);
    await ana.lock();
    await watcher;
  });

  test('read a conversation in pieces', async () => {
    const { time, createFriends } = world('pieces');
    const [ana, bob] = await createFriends('ana', 'bob');
    for (let index = 1; index <= 5; index += 1) await bob.send('ana', `${index}`);
    await time.advance(1_000);
    const read = async (range: { after?: number; limit: number; with?: string }) =>
      texts(unwrap(await ana.engine.methods['chat.read'](range, { signal })).messages);
    assert.deepEqual(await read({ limit: 2 }), ['4', '5']);
    assert.deepEqual(await read({ limit: 2, after: 0 }), ['1', '2']);
    assert.deepEqual(await read({ limit: 9, after: 3 }), ['4', '5']);
    assert.deepEqual(await read({ limit: 9, with: 'bob', after: 4 }), ['5']);
  });
});

describe('three people', () => {
  test('have conversations of their own', async () => {
    const { time, createFriends, createNode, during } = world('three people');
    const [ana, bob] = await createFriends('ana', 'bob');
    const cyrus = await createNode('cyrus');
    await cyrus.create();
    unwrap(await during(ana.add(await cyrus.invite())));
    await ana.send('bob', 'to bob');
    await ana.send('cyrus', 'to cyrus');
    await time.advance(100_000);
    assert.deepEqual(texts(await bob.read()), ['to bob']);
    assert.deepEqual(texts(await cyrus.read()), ['to cyrus']);
  });

  test('cannot share one invite, and the third learns nothing', async () => {
    const { createFriends, createNode, during } = world('shared invite');
    const [ana] = await createFriends('ana', 'bob');
    const [cyrus, dara] = [await createNode('cyrus'), await createNode('dara')];
    await cyrus.create();
    await dara.create();
    const invite = await ana.invite();
    unwrap(await during(cyrus.add(invite)));
    const refused = await during(dara.add(invite));
    assert.equal(refused.ok ? '' : refused.error.code, 'session/invite-refused');
    assert.equal((await ana.contacts()).length, 2);
  });
});

describe('absence', () => {
  test('a message waits until the other node is back', async () => {
    const { time, createFriends } = world('absence');
    const [ana, bob] = await createFriends('ana', 'bob');
    await ana.stop();
    const sent = await bob.send('ana', 'are you there?');
    await time.advance(HOUR_MS);
    assert.equal(await stateOf(bob, sent), 'queued');
    await ana.start();
    await ana.unlock();
    await time.advance(400_000);
    assert.deepEqual(texts(await ana.read()), ['are you there?']);
    assert.equal(await stateOf(bob, sent), 'delivered');
  });

  test('a message waits through a restart of its own node', async () => {
    const { time, createFriends } = world('own restart');
    const [ana, bob] = await createFriends('ana', 'bob');
    await ana.stop();
    await bob.send('ana', 'first');
    await bob.send('ana', 'second');
    await time.advance(10_000);
    await bob.stop();
    await ana.start();
    await ana.unlock();
    await bob.start();
    await bob.unlock();
    await time.advance(10_000);
    assert.deepEqual(texts(await ana.read()), ['first', 'second']);
  });

  test('a new link is used at once', async () => {
    const { time, createFriends } = world('new link');
    const [ana, bob] = await createFriends('ana', 'bob');
    await ana.stop();
    const sent = await bob.send('ana', 'hello');
    await time.advance(2 * HOUR_MS);
    await ana.start();
    await ana.unlock();
    unwrap(await ana.engine.methods['mesh.dial']({ address: bob.address }, { signal }));
    await time.advance(2_100);
    assert.equal(await stateOf(bob, sent), 'handed-over');
    await time.advance(SAVED_MS);
    assert.equal(await stateOf(bob, sent), 'delivered');
  });

  test('a node that moved tells its contacts where it is', async () => {
    const moved = world('moved');
    const { time } = moved;
    const [ana, bob] = await moved.createFriends('ana', 'bob');
    await ana.stop();
    const sent = await bob.send('ana', 'where are you?');
    await time.advance(HOUR_MS);
    await ana.start('elsewhere');
    await ana.unlock();
    await time.advance(100_000);
    assert.equal(await stateOf(bob, sent), 'delivered');
    const waiting = async () => {
      await ana.stop();
      return await readVolume(moved, ana, (sql) =>
        sql.all("SELECT key FROM record WHERE key LIKE 'outgoing%'"),
      );
    };
    assert.deepEqual(await waiting(), []);
    // At the same place nobody has to be told anything.
    await ana.start('elsewhere');
    await ana.unlock();
    await bob.stop();
    assert.deepEqual(await waiting(), []);
    await ana.start('again-elsewhere');
    await ana.unlock();
    assert.equal((await waiting()).length, 1);
  });

  test('a locked person gets nothing, keeps nothing open, and gets it later', async () => {
    const { time, createFriends } = world('locked');
    const [ana, bob] = await createFriends('ana', 'bob');
    await ana.lock();
    const sent = await bob.send('ana', 'later');
    await time.advance(60_000);
    assert.equal(await stateOf(bob, sent), 'queued');
    for (const method of ['id.show', 'contact.list', 'contact.invite'] as const) {
      const result = await ana.engine.methods[method]({}, { signal });
      assert.equal(result.ok ? '' : result.error.code, 'node/locked');
    }
    await ana.unlock();
    await time.advance(120_000);
    assert.deepEqual(texts(await ana.read()), ['later']);
  });

  test('who comes back after a long time with the link open waits half a minute at most', async () => {
    const { time, createFriends } = world('long locked');
    const [ana, bob] = await createFriends('ana', 'bob');
    await ana.lock();
    await bob.send('ana', 'later');
    await time.advance(20 * 60_000);
    await ana.unlock();
    await time.advance(40_000);
    assert.deepEqual(texts(await ana.read()), ['later']);
  });

  test('after 14 days a message has failed', async () => {
    const { time, createFriends } = world('fourteen days');
    const [ana, bob] = await createFriends('ana', 'bob');
    await ana.stop();
    const sent = await bob.send('ana', 'too late');
    await bob.stop();
    time.jumpWallClock(14 * DAY_MS);
    await bob.start();
    await bob.unlock();
    assert.equal(await stateOf(bob, sent), 'failed');
  });
});

describe('keys', () => {
  test('rotate every 7 days, reach the contact and are destroyed after 45', async () => {
    const here = world('rotation');
    const { time } = here;
    const [ana, bob] = await here.createFriends('ana', 'bob');
    const rows = () =>
      readVolume(here, ana, (sql) =>
        Number(
          sql.get(
            'SELECT (SELECT count(*) FROM record) + (SELECT count(*) FROM message) AS total',
          )?.['total'],
        ),
      );
    const counts: number[] = [];
    for (let week = 0; week < 10; week += 1) {
      for (const node of [ana, bob]) await node.stop();
      time.jumpWallClock(7 * DAY_MS);
      counts.push(await rows());
      for (const node of [ana, bob]) {
        await node.start();
        await node.unlock();
      }
      await time.advance(100_000);
      await ana.send('bob', `week ${week}`);
      await bob.send('ana', `week ${week}`);
      await time.advance(100_000);
    }
    // Ten weeks are longer than a prekey lives: every card in use is a later one.
    assert.equal(
      (await ana.read()).every(({ state }) => state === 'delivered'),
      true,
    );
    assert.equal((await bob.read()).length, 20);
    for (const node of [ana, bob]) {
      assert.equal(node.log.entriesOf('node/letter-to-static-key').length, 0);
    }
    // Two rows a week are messages; prekeys stop growing once the first ones are destroyed.
    const growth = counts.slice(1).map((count, index) => count - (counts[index] ?? 0));
    assert.deepEqual(growth.slice(-2), [2, 2]);
  });

  test('of a contact who was away for 44 days are replaced by the static key', async () => {
    const { time, createFriends } = world('static key');
    const [ana, bob] = await createFriends('ana', 'bob');
    await ana.stop();
    await bob.stop();
    time.jumpWallClock(50 * DAY_MS);
    // Ana's prekey is destroyed now, and Bob has no newer card of hers.
    await bob.start();
    await bob.unlock();
    await ana.start();
    await ana.unlock();
    await bob.send('ana', 'long time');
    await time.advance(30_000);
    assert.deepEqual(texts(await ana.read()), ['long time']);
    assert.ok(bob.log.entriesOf('node/letter-to-static-key').length > 0);
    await time.advance(100_000);
    // Their new cards have crossed: the next letter is sealed to a prekey again.
    const before = bob.log.entriesOf('node/letter-to-static-key').length;
    await bob.send('ana', 'well again');
    await time.advance(30_000);
    assert.equal(bob.log.entriesOf('node/letter-to-static-key').length, before);
    assert.equal((await ana.read()).length, 2);
  });

  test('do not pile up when the clock was ahead and is set back', async () => {
    const here = world('clock set back', { tickMs: HOUR_MS });
    const { time } = here;
    const ana = await here.createNode('ana');
    await ana.create();
    const prekeys = async () => {
      await ana.stop();
      const kept = await readVolume(here, ana, (sql) =>
        sql.all("SELECT key FROM record WHERE key LIKE 'prekey%' ORDER BY key"),
      );
      await ana.start();
      await ana.unlock();
      return kept;
    };
    time.jumpWallClock(20 * DAY_MS);
    await time.advance(2 * HOUR_MS);
    time.jumpWallClock(-20 * DAY_MS);
    await time.advance(2 * HOUR_MS);
    const before = await prekeys();
    assert.equal(before.length, 2);
    await time.advance(48 * HOUR_MS);
    assert.deepEqual(await prekeys(), before);
  });
});

describe('person', () => {
  test('is made once, shown, and opened with the right password only', async () => {
    const { createNode } = world('person');
    const ana = await createNode('ana');
    const { methods } = ana.engine;
    const code = (result: { ok: boolean; error?: { code: string } }) => result.error?.code ?? 'ok';
    const states = async () => {
      const { identity, vault } = unwrap(await methods['node.status']({}, { signal }));
      return [vault, identity];
    };
    const unlock = async (password: string) =>
      await methods['vault.unlock']({ password }, { signal });
    assert.deepEqual(await states(), ['none', 'locked']);
    assert.equal(code(await unlock('x')), 'vault/none');
    assert.equal(code(await methods['vault.lock']({}, { signal })), 'vault/none');
    assert.equal(code(await methods['id.show']({}, { signal })), 'node/locked');
    assert.equal(code(await methods['id.create']({ name: 'ana' }, { signal })), 'node/locked');
    const tier = 'S';
    unwrap(await methods['vault.create']({ tier, decoy: PASSWORD }, { signal }));
    const again = await methods['vault.create']({ tier, ...ALL_PASSWORDS }, { signal });
    assert.equal(code(again), 'vault/exists');
    assert.deepEqual(await states(), ['locked', 'locked']);
    assert.deepEqual(unwrap(await unlock(PASSWORD)), { identity: 'none' });
    assert.deepEqual(await states(), ['open', 'none']);
    assert.equal(code(await methods['id.show']({}, { signal })), 'session/no-identity');
    assert.equal(
      code(await methods['id.create']({ name: 'a\u202eb' }, { signal })),
      'session/bad-name',
    );
    const sessionId = await ana.create();
    assert.equal(
      code(await methods['id.create']({ name: 'x' }, { signal })),
      'session/identity-exists',
    );
    const shown = unwrap(await methods['id.show']({}, { signal }));
    assert.equal(shown.sessionId, sessionId);
    assert.equal(shown.link, `pars://session/${sessionId}`);
    await ana.lock();
    assert.deepEqual(await states(), ['locked', 'locked']);
    assert.equal(code(await unlock('wrong')), 'vault/wrong-password');
    assert.deepEqual(unwrap(await unlock(PASSWORD)), { identity: 'open' });
    assert.equal(unwrap(await methods['id.show']({}, { signal })).sessionId, sessionId);
    const { checks } = unwrap(await methods['node.diagnose']({}, { signal }));
    assert.deepEqual(
      checks.filter(({ ok }) => !ok),
      [],
    );
    // A wrong password is one, open or not; what was open is locked before it is looked at.
    assert.equal(code(await unlock('wrong')), 'vault/wrong-password');
    assert.deepEqual(await states(), ['locked', 'locked']);
  });

  test('comes back from the phrase as the same person on a new device', async () => {
    const { createNode, createFriends, during, time } = world('restore');
    const [ana, bob] = await createFriends('ana', 'bob');
    const cyrus = await createNode('cyrus');
    await makeVault(cyrus);
    const made = unwrap(await cyrus.engine.methods['id.create']({ name: 'c' }, { signal }));
    unwrap(await during(cyrus.add(await ana.invite())));
    const again = await createNode('again');
    await makeVault(again);
    const { methods } = again.engine;
    const { phrase } = made;
    const bad = await methods['id.restore'](
      { name: 'c', phrase: phrase.replace(/ \w+$/, ' pars') },
      { signal },
    );
    assert.equal(bad.ok ? '' : bad.error.code, 'crypto/phrase-word');
    const restored = unwrap(await methods['id.restore']({ name: 'c', phrase }, { signal }));
    assert.equal(restored.sessionId, made.sessionId);
    assert.deepEqual(await again.contacts(), []);
    // Known to ana already: the newer card takes the place of the old one.
    await cyrus.stop();
    await time.advance(600_000);
    unwrap(await during(again.add(await ana.invite())));
    await ana.send('c', 'welcome back');
    await time.advance(10_000);
    assert.deepEqual(texts(await again.read()), ['welcome back']);
    assert.equal((await ana.contacts()).length, 2);
    await bob.stop();
  });
});

describe('contacts', () => {
  test('are meant by session id, prefix or name', async () => {
    const { createFriends, createNode, during } = world('names');
    const [ana, bob] = await createFriends('ana', 'bob');
    const send = async (to: string) => {
      const sent = await ana.engine.methods['chat.send']({ to, text: 'x' }, { signal });
      return sent.ok ? 'ok' : sent.error.code;
    };
    const id = (await ana.contacts())[0]?.sessionId ?? '';
    assert.equal(await send(id), 'ok');
    assert.equal(await send(id.slice(0, 8)), 'ok');
    assert.equal(await send(id.slice(0, 7)), 'session/no-contact');
    assert.equal(await send('bob'), 'ok');
    assert.equal(await send('nobody'), 'session/no-contact');
    assert.equal(await send(`05${'0'.repeat(64)}`), 'session/no-contact');
    const second = await createNode('bob-2');
    await makeVault(second);
    unwrap(await second.engine.methods['id.create']({ name: 'bob' }, { signal }));
    unwrap(await during(second.add(await ana.invite())));
    // A stranger's choice of name does not make an existing one ambiguous.
    assert.equal(await send('bob'), 'ok');
    assert.deepEqual((await ana.contacts()).filter(({ name }) => name === 'bob').length, 1);
    const taken = await during(ana.add(await second.invite(), 'bob'));
    assert.equal(taken.ok ? '' : taken.error.code, 'session/contact-name-taken');
    await bob.stop();
  });

  test('cannot be added from bad, own or unreachable invites', async () => {
    const { createFriends, createNode, during, time } = world('bad invites');
    const [ana, bob] = await createFriends('ana', 'bob');
    const code = async (node: SimulatedNode, invite: string) => {
      const added = await during(node.add(invite));
      return added.ok ? 'ok' : added.error.code;
    };
    assert.equal(await code(bob, 'pars://invite/abc'), 'session/invite-malformed');
    const own = await ana.invite();
    assert.equal(await code(ana, own), 'session/invite-own');
    const cyrus = await createNode('cyrus');
    await cyrus.create();
    const invite = await cyrus.invite();
    await cyrus.stop();
    assert.equal(await code(ana, invite), 'mesh/unreachable');
    await cyrus.start();
    assert.equal(await code(ana, invite), 'node/peer-later');
    await cyrus.unlock();
    time.jumpWallClock(8 * DAY_MS);
    assert.equal(await code(ana, invite), 'session/invite-expired');
  });

  test('32 invites may be open', async () => {
    const { createNode } = world('many invites');
    const ana = await createNode('ana');
    await ana.create();
    for (let count = 0; count < 32; count += 1) await ana.invite();
    const refused = await ana.engine.methods['contact.invite']({}, { signal });
    assert.equal(refused.ok ? '' : refused.error.code, 'session/too-many-invites');
  });
});

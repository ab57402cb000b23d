import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { unwrap } from '@pars/base';
import type { SimulatedNode } from './world.ts';
import { createTestWorld } from './world-fixture.ts';

const { signal } = new AbortController();
/** Long enough for more than a vault takes between two of them. */
const TICK_MS = 120_000;
const texts = async (node: SimulatedNode) => (await node.read()).map(({ text }) => text);

describe('a vault that cannot take more before its tick', () => {
  test('says so to its person, and nothing of the call is half done', async () => {
    const { createFriends, time } = createTestWorld('busy', { tickMs: TICK_MS });
    const [ana, bob] = await createFriends('ana', 'bob');
    await time.advance(2 * TICK_MS);
    await bob.stop();
    let sent = 0;
    let failure = 'none';
    for (; sent < 50 && failure === 'none'; sent += 1) {
      const message = { to: 'bob', text: `${sent} ${'x'.repeat(8_000)}` };
      const result = await ana.engine.methods['chat.send'](message, { signal });
      if (!result.ok) failure = result.error.code;
    }
    assert.equal(failure, 'node/vault-busy');
    assert.equal((await ana.read()).length, sent - 1);
    await time.advance(4 * TICK_MS);
    await ana.send('bob', 'and on it goes');
  });

  test('lets letters wait at their senders, and they arrive in their order', async () => {
    const { createFriends, time } = createTestWorld('busy inbox', { tickMs: TICK_MS });
    const [ana, bob] = await createFriends('ana', 'bob');
    await time.advance(2 * TICK_MS);
    // Ana writes as much as her vault takes before the tick.
    const message = { to: 'bob', text: 'x'.repeat(8_000) };
    while ((await ana.engine.methods['chat.send'](message, { signal })).ok);
    const expected = ['one', 'two', 'three'].map((text) => `${text} ${'x'.repeat(8_000)}`);
    for (const text of expected) await bob.send('ana', text);
    await time.advance(5_000);
    assert.ok(ana.log.entries.some(({ fields }) => fields['code'] === 'node/vault-busy'));
    assert.equal((await bob.read()).filter(({ state }) => state === 'queued').length, 3);
    await time.advance(10 * TICK_MS);
    const came = (await ana.read()).filter(({ direction }) => direction === 'in');
    assert.deepEqual(
      came.map(({ text }) => text),
      expected,
    );
    const states = (await bob.read()).map(({ state }) => state);
    assert.ok(states.every((state) => state === 'delivered'));
  });
});

describe('a medium that fails', () => {
  test('locks the vault, and what was durable is there when it is back', async () => {
    const { createFriends, time } = createTestWorld('unplugged');
    const [ana, bob] = await createFriends('ana', 'bob');
    const states: string[] = [];
    ana.engine.subscribe((event) => {
      if (event.type === 'identity') states.push(event.state);
    });
    await bob.send('ana', 'kept');
    await time.advance(60_000);
    ana.vaultDisk.media?.unplug();
    await time.advance(60_000);
    assert.deepEqual(states, ['locked']);
    const { methods } = ana.engine;
    const status = unwrap(await methods['node.status']({}, { signal }));
    assert.deepEqual([status.vault, status.identity], ['locked', 'locked']);
    await bob.send('ana', 'patience');
    await time.advance(10_000);
    assert.deepEqual(
      (await bob.read()).map(({ state }) => state),
      ['delivered', 'queued'],
    );
    ana.vaultDisk.media?.restart();
    await ana.unlock();
    await time.advance(120_000);
    assert.deepEqual(await texts(ana), ['kept', 'patience']);
    assert.deepEqual(
      (await bob.read()).map(({ state }) => state),
      ['delivered', 'delivered'],
    );
  });

  test('in the middle of an invite gives no invite that nobody could use', async () => {
    const { createFriends } = createTestWorld('invite unplugged');
    const [ana] = await createFriends('ana', 'bob');
    ana.vaultDisk.media?.unplug();
    const invited = await ana.engine.methods['contact.invite']({}, { signal });
    assert.deepEqual(invited, { ok: false, error: { code: 'node/locked' } });
  });
});

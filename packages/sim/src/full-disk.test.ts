import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { ParsError, type Store, unwrap } from '@pars/base';
import { createWorld, PASSWORD, type SimulatedNode } from './world.ts';

const { signal } = new AbortController();

/** A person on a disk that can be filled up, and a friend of theirs. */
async function createCrampedFriends(seed: string): Promise<{
  readonly cramped: SimulatedNode;
  readonly friend: SimulatedNode;
  readonly disk: { reason: string | undefined };
  readonly advance: (ms: number) => Promise<void>;
}> {
  const { createNode, during, time } = createWorld(seed, () => nextTurn());
  const disk: { reason: string | undefined } = { reason: undefined };
  const wrapStore = (store: Store): Store => ({
    get: (key) => store.get(key),
    list: (range) => store.list(range),
    close: () => store.close(),
    write: async (batch) => {
      const { reason } = disk;
      if (reason !== undefined) throw new ParsError('base/storage-failed', { reason });
      await store.write(batch);
    },
  });
  const cramped = await createNode('cramped', undefined, wrapStore);
  const friend = await createNode('friend');
  await cramped.create();
  await friend.create();
  unwrap(await during(friend.add(await cramped.invite())));
  return { cramped, friend, disk, advance: (ms) => time.advance(ms) };
}

describe('a full disk', () => {
  test('is told as what it is by everything that wants to store', async () => {
    const { cramped, disk } = await createCrampedFriends('told');
    disk.reason = 'full';
    const { methods } = cramped.engine;
    const attempts = [
      methods['chat.send']({ to: 'friend', text: 'x' }, { signal }),
      methods['contact.invite']({}, { signal }),
    ];
    for (const attempt of attempts) {
      const result = await attempt;
      assert.deepEqual(result.ok ? 'ok' : result.error, {
        code: 'node/storage-failed',
        meta: { reason: 'full' },
      });
    }
    assert.deepEqual(await cramped.read(), [], 'what was refused is not half there');
  });

  test('is found by the diagnosis, and a locked or absent person is no fault', async () => {
    const { cramped, disk } = await createCrampedFriends('diagnosis');
    const faults = async () => {
      const diagnosed = await cramped.engine.methods['node.diagnose']({}, { signal });
      return unwrap(diagnosed).checks.filter(({ ok }) => !ok);
    };
    assert.deepEqual(await faults(), []);
    unwrap(await cramped.engine.methods['id.lock']({}, { signal }));
    assert.deepEqual(await faults(), []);
    disk.reason = 'full';
    const [fault, ...others] = await faults();
    assert.equal(fault?.name, 'store');
    assert.match(fault?.detail ?? '', /full/);
    assert.deepEqual(others, []);
  });

  test('makes letters wait at their senders, and they arrive when there is room', async () => {
    const { cramped, friend, disk, advance } = await createCrampedFriends('waits');
    disk.reason = 'full';
    await friend.send('cramped', 'patience');
    await advance(10_000);
    assert.equal((await friend.read())[0]?.state, 'queued', 'the answer was: later');
    assert.ok(cramped.log.entries.some(({ event }) => event === 'node/storage-failed'));
    disk.reason = undefined;
    await advance(60_000);
    assert.equal((await friend.read())[0]?.state, 'delivered');
    assert.deepEqual(
      (await cramped.read()).map(({ text }) => text),
      ['patience'],
    );
  });

  test('does not lose the receipt of a letter that did arrive', async () => {
    const { cramped, friend, disk, advance } = await createCrampedFriends('receipt');
    await friend.stop();
    await cramped.send('friend', 'hello');
    disk.reason = 'full';
    await friend.start();
    await friend.unlock();
    await advance(60_000);
    assert.equal((await cramped.read())[0]?.state, 'queued');
    disk.reason = undefined;
    await advance(600_000);
    assert.equal((await cramped.read())[0]?.state, 'delivered');
    assert.equal((await friend.read()).length, 1);
  });
});

test('a damaged row is told as damage', async () => {
  const { cramped, friend, advance } = await createCrampedFriends('damage');
  await friend.send('cramped', 'hello');
  await advance(1_000);
  await cramped.stop();
  const store = cramped.storeDisk.open();
  for await (const { key, value } of store.list({})) {
    await store.write([{ key, value: value.map((byte) => byte ^ 1) }]);
  }
  await cramped.start();
  const unlocked = await cramped.engine.methods['id.unlock']({ password: PASSWORD }, { signal });
  assert.equal(unlocked.ok ? 'ok' : unlocked.error.code, 'node/row-damaged');
});

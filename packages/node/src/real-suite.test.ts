import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { createTestWorld } from './fakes/test-world.ts';
import { createToyCrypto } from './fakes/toy-suite.ts';

test('with the real KEM and signatures two people meet, write, lock and unlock', async () => {
  const { createFriends, time } = createTestWorld(
    'real suite',
    () => nextTurn(),
    (random) => createToyCrypto(random, { keepLattices: true }),
  );
  const [ana, bob] = await createFriends('ana', 'bob');
  await bob.send('ana', 'سلام');
  await time.advance(1_000);
  await ana.stop();
  await ana.start();
  await ana.unlock();
  assert.deepEqual(
    (await ana.read()).map(({ text }) => text),
    ['سلام'],
  );
  assert.deepEqual(
    (await bob.read()).map(({ state }) => state),
    ['delivered'],
  );
});

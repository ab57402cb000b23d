import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { RandomDep } from '@pars/base';
import { createJavaScriptProvider, createPasswordBox, createSuite } from '@pars/crypto';
import type { WorldCrypto } from './modelled-crypto.ts';
import { createWorld } from './world.ts';

/** Nothing modelled: the JavaScript provider with the seed's randomness. */
function createRealCrypto(random: RandomDep['random']): WorldCrypto {
  const deps = { provider: createJavaScriptProvider({ random }), random };
  return { suite: createSuite(deps), passwordBox: createPasswordBox(deps) };
}

test('with the whole suite real, two people meet, write, lock and unlock', async () => {
  const { createFriends, time } = createWorld('real suite', () => nextTurn(), createRealCrypto);
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

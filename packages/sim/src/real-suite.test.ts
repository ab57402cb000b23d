import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RandomDep } from '@pars/base';
import { createSuite } from '@pars/crypto';
import { createNodeCryptoProvider } from '@pars/platform-node';
import type { WorldCrypto } from './modelled-crypto.ts';
import { createTestWorld } from './world-fixture.ts';

/** Nothing modelled, Argon2id included: this platform's provider, with the seed's randomness where it takes any. */
function createRealCrypto(random: RandomDep['random']): WorldCrypto {
  return { suite: createSuite({ provider: createNodeCryptoProvider(), random }) };
}

test('with the whole suite real, two people meet, write, lock and unlock', async () => {
  const { createFriends, time } = createTestWorld('real suite', { createCrypto: createRealCrypto });
  const [ana, bob] = await createFriends('ana', 'bob');
  await bob.send('ana', 'سلام');
  await time.advance(60_000);
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

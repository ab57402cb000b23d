import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createVirtualTime } from '@pars/base/fakes';
import { createEphemeralKeys } from './ephemeral-keys.ts';
import { createLinkFixture } from './link-fixture.ts';

const { suite } = await createLinkFixture('ephemeral keys');

test('every key is handed out once, and a prepared one is not kept for long', async () => {
  const time = createVirtualTime();
  let madeCount = 0;
  const counting = {
    ...suite.kem,
    generateSeed: () => {
      madeCount += 1;
      return suite.kem.generateSeed();
    },
  };
  const keys = createEphemeralKeys(counting, time);
  const first = await keys.take();
  assert.equal(madeCount, 1);

  keys.prepare();
  keys.prepare();
  assert.equal(time.pendingCount, 1);
  await time.advance(10);
  assert.equal(madeCount, 2);
  const second = await keys.take();
  assert.equal(madeCount, 2, 'the prepared key was taken');
  const third = await keys.take();
  assert.equal(new Set([first, second, third].map((key) => key.publicKey.bytes.join())).size, 3);

  keys.prepare();
  await time.advance(10);
  await time.advance(60_000);
  assert.equal(madeCount, 4);
  await keys.take();
  assert.equal(madeCount, 5, 'the prepared key was too old');
});

test('two dials at once never share a key, also while one is prepared or fails', async () => {
  const time = createVirtualTime();
  let isBroken = false;
  const kem = {
    ...suite.kem,
    privateKeyFromSeed: (seed: Parameters<typeof suite.kem.privateKeyFromSeed>[0]) =>
      isBroken ? Promise.reject(new Error('no memory')) : suite.kem.privateKeyFromSeed(seed),
  };
  const keys = createEphemeralKeys(kem, time);
  keys.prepare();
  const early = keys.take();
  await time.advance(10);
  const taken = await Promise.all([early, keys.take(), keys.take(), keys.take()]);
  keys.prepare();
  await time.advance(10);
  isBroken = true;
  const prepared = await keys.take();
  await assert.rejects(keys.take());
  await assert.rejects(keys.take());
  isBroken = false;
  const all = [...taken, prepared, await keys.take()];
  assert.equal(new Set(all.map((key) => key.publicKey.bytes.join())).size, all.length);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLinkFixture } from './link-fixture.ts';
import { cacheVerifiers } from './verifier-cache.ts';

const { suite, alice, bob, carol } = await createLinkFixture('verifier cache');

test('keys that were read lately are not read again, within a bound', async () => {
  let readCount = 0;
  const counting = {
    ...suite.signature,
    verifierFromBytes: (bytes: Uint8Array) => {
      readCount += 1;
      return suite.signature.verifierFromBytes(bytes);
    },
  };
  const cached = cacheVerifiers(counting, suite.symmetric, 2);
  for (const key of [alice, alice, bob, alice, carol, alice, bob]) {
    const verifier = await cached.verifierFromBytes(key.publicKey.bytes.slice());
    assert.ok(verifier.ok);
    assert.deepEqual(verifier.value.bytes, key.publicKey.bytes);
  }
  assert.equal(readCount, 4, 'alice, bob, carol, and bob again');
});

test('a key that is none is refused every time', async () => {
  const cached = cacheVerifiers(suite.signature, suite.symmetric);
  for (let round = 0; round < 2; round += 1) {
    assert.equal((await cached.verifierFromBytes(new Uint8Array(2_624))).ok, false);
    assert.equal((await cached.verifierFromBytes(new Uint8Array(3))).ok, false);
  }
});

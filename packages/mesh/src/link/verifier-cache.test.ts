import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLinkFixture } from './link-fixture.ts';
import { cacheVerifiers } from './verifier-cache.ts';

const { suite, alice, bob, carol } = await createLinkFixture('verifier cache');

const message = Uint8Array.of(1, 2, 3);
const counts = { read: 0 };
const counting = {
  ...suite.signature,
  verifierFromBytes: (bytes: Uint8Array) => {
    counts.read += 1;
    return suite.signature.verifierFromBytes(bytes);
  },
};

test('keys that verified lately are not read again, within a bound', async () => {
  counts.read = 0;
  const cached = cacheVerifiers(counting, suite.symmetric, 2);
  for (const signer of [alice, alice, bob, alice, carol, alice, bob]) {
    const verifier = await cached.verifierFromBytes(signer.publicKey.bytes.slice());
    assert.ok(verifier.ok);
    assert.deepEqual(verifier.value.bytes, signer.publicKey.bytes);
    const signed = await suite.signature.sign(signer, 'pars/1 test', message);
    assert.ok(await cached.verify(verifier.value, 'pars/1 test', message, signed));
  }
  assert.equal(counts.read, 4, 'alice, bob, carol, and bob again');
});

test('a claim without its signature fills nothing, and costs the same for every key', async () => {
  const cached = cacheVerifiers(counting, suite.symmetric, 2);
  const claim = async (isSigned: boolean): Promise<number> => {
    counts.read = 0;
    const verifier = await cached.verifierFromBytes(alice.publicKey.bytes);
    assert.ok(verifier.ok);
    const signed = await suite.signature.sign(isSigned ? alice : bob, 'pars/1 test', message);
    const holds = await cached.verify(verifier.value, 'pars/1 test', message, signed);
    assert.equal(holds, isSigned);
    return counts.read;
  };
  assert.equal(await claim(false), 1);
  assert.equal(await claim(true), 1, 'the false claim brought it in');
  assert.equal(await claim(true), 0);
  assert.equal(await claim(false), 1, 'a refusal tells that the key is known');
});

test('a key that is none is refused every time', async () => {
  const cached = cacheVerifiers(suite.signature, suite.symmetric);
  for (let round = 0; round < 2; round += 1) {
    assert.equal((await cached.verifierFromBytes(new Uint8Array(2_624))).ok, false);
    assert.equal((await cached.verifierFromBytes(new Uint8Array(3))).ok, false);
  }
});

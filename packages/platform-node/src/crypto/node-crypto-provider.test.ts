import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createJavaScriptProvider } from '@pars/crypto/provider';
import { createNodeCryptoProvider } from './node-crypto-provider.ts';
import { systemRandom } from './system-random.ts';

const native = createNodeCryptoProvider();
const javaScript = createJavaScriptProvider({ random: systemRandom });
const empty = new Uint8Array(0);

describe('native provider', () => {
  test('takes no randomness and no determinism from outside', () => {
    assert.ok(!('encapsulateWith' in native.mlKem1024));
    assert.ok(!('signDeterministic' in native.mlDsa87));
    assert.ok(!('signDeterministic' in native.slhDsaShake256s));
  });

  test('derives keys with an info longer than Node allows', () => {
    const info = systemRandom.bytes(2000);
    assert.deepEqual(
      native.symmetric.hkdf(empty, empty, info, 100),
      javaScript.symmetric.hkdf(empty, empty, info, 100),
    );
  });

  test('hands out plain arrays that share no memory', async () => {
    const { publicKey } = await native.mlDsa87.signerFromSeed(systemRandom.bytes(32));
    const { ciphertext, sharedSecret } = await native.mlKem1024.encapsulate(
      (await native.mlKem1024.privateKeyFromSeed(systemRandom.bytes(64))).publicKey,
    );
    const sealed = native.symmetric.gcmSeal(new Uint8Array(32), new Uint8Array(12), empty, empty);
    const outputs = [
      native.symmetric.sha3(empty),
      native.symmetric.sha3(empty, empty),
      native.symmetric.hkdf(empty, empty, empty, 32),
      sealed,
      publicKey.bytes,
      ciphertext,
      sharedSecret,
      systemRandom.bytes(32),
    ];
    for (const bytes of outputs) {
      assert.equal(Object.getPrototypeOf(bytes), Uint8Array.prototype);
      assert.equal(bytes.buffer.byteLength, bytes.length);
    }
  });

  test('keeps a copy of imported key bytes', async () => {
    const { publicKey } = await native.ed25519.signerFromSeed(systemRandom.bytes(32));
    const bytes = Uint8Array.from(publicKey.bytes);
    const verifier = await native.ed25519.verifierFromBytes(bytes);
    bytes.fill(0);
    assert.deepEqual(verifier?.bytes, publicKey.bytes);
  });

  test('refuses handles of other providers and other primitives', async () => {
    const foreign = await javaScript.mlKem1024.privateKeyFromSeed(systemRandom.bytes(64));
    const otherKind = await native.x25519.privateKeyFromBytes(systemRandom.bytes(32));
    const bug = { code: 'crypto/foreign-key' };
    await assert.rejects(native.mlKem1024.decapsulate(foreign, new Uint8Array(1568)), bug);
    await assert.rejects(native.mlKem1024.decapsulate(otherKind, new Uint8Array(1568)), bug);
    await assert.rejects(native.mlKem1024.encapsulate(foreign.publicKey), bug);
  });

  test('treats wrong lengths as bugs of the caller', async () => {
    const bug = { code: 'crypto/argument-length' };
    const short = new Uint8Array(31);
    await assert.rejects(native.mlKem1024.privateKeyFromSeed(short), bug);
    await assert.rejects(native.mlKem1024.publicKeyFromBytes(short), bug);
    await assert.rejects(native.x25519.privateKeyFromBytes(short), bug);
    await assert.rejects(native.x25519.publicKeyFromBytes(short), bug);
    await assert.rejects(native.mlDsa87.signerFromSeed(short), bug);
    await assert.rejects(native.ed25519.signerFromSeed(short), bug);
    await assert.rejects(native.slhDsaShake256s.signerFromSeed(short), bug);
    await assert.rejects(native.slhDsaShake256s.verifierFromBytes(short), bug);
    await assert.rejects(native.xChaCha20Poly1305.seal(short, empty, empty, empty), bug);
    assert.throws(() => native.symmetric.gcmOpen(short, empty, empty, empty), bug);
    const range = { code: 'crypto/argument-range' };
    assert.throws(() => native.symmetric.hkdf(empty, empty, empty, 0), range);
    assert.throws(() => native.symmetric.hkdf(empty, empty, empty, 16_321), range);
  });

  test('prints no secret', async () => {
    const { inspect } = await import('node:util');
    const seed = new Uint8Array(64).fill(0xab);
    const key = await native.mlKem1024.privateKeyFromSeed(seed);
    assert.doesNotMatch(inspect(key, { depth: 9, showHidden: true }), /171, +171|KeyObject/);
  });

  test('leaves the event loop free during Argon2id', async () => {
    let turns = 0;
    const counting = setInterval(() => {
      turns += 1;
    }, 0);
    const parameters = { memoryKiB: 65_536, passes: 1, lanes: 1, tagLength: 32 };
    await native.argon2id(systemRandom.bytes(8), systemRandom.bytes(32), parameters);
    clearInterval(counting);
    assert.ok(turns > 0);
  });
});

test('SLH-DSA-SHAKE-256s: native and JavaScript agree on keys and signatures', async () => {
  const seed = systemRandom.bytes(96);
  let turns = 0;
  const counting = setInterval(() => {
    turns += 1;
  }, 0);
  const signer = await native.slhDsaShake256s.signerFromSeed(seed);
  const turnsAfterKey = turns;
  const message = systemRandom.bytes(100);
  const signature = await native.slhDsaShake256s.sign(signer, message);
  clearInterval(counting);
  assert.ok(turnsAfterKey > 0 && turns > turnsAfterKey, 'the event loop was blocked');
  const verifier = await javaScript.slhDsaShake256s.verifierFromBytes(signer.publicKey.bytes);
  assert.ok(verifier);
  assert.equal(signature.length, 29_792);
  assert.equal(await javaScript.slhDsaShake256s.verify(verifier, message, signature), true);
  assert.equal(await native.slhDsaShake256s.verify(signer.publicKey, message, signature), true);
  const flipped = signature.with(17, (signature[17] ?? 0) ^ 1);
  assert.equal(await native.slhDsaShake256s.verify(signer.publicKey, message, flipped), false);
});

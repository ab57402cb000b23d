import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type AeadPrimitive, createJavaScriptProvider } from '@pars/crypto/provider';
import { systemRandom } from '../system-random.ts';
import { probeAead, probeKem, probeSharedSecret, probeSignature } from './capability-probe.ts';

const right = createJavaScriptProvider({ random: systemRandom });
const { symmetric } = right;

describe('capability probe', () => {
  test('accepts primitives that give the right answers', async () => {
    assert.ok(await probeKem(right.mlKem1024, symmetric));
    assert.ok(await probeSharedSecret(right.x25519, symmetric));
    assert.ok(await probeSignature(right.mlDsa87, 'mlDsa87', symmetric));
    assert.ok(await probeSignature(right.ed25519, 'ed25519', symmetric));
    assert.ok(await probeAead(right.aes256Gcm, 'aes256Gcm', symmetric));
    assert.ok(await probeAead(right.xChaCha20Poly1305, 'xChaCha20Poly1305', symmetric));
  });

  test('refuses a KEM with other keys, as a draft would have', async () => {
    const draft = {
      ...right.mlKem1024,
      privateKeyFromSeed: (seed: Uint8Array) =>
        right.mlKem1024.privateKeyFromSeed(seed.with(0, (seed[0] ?? 0) ^ 1)),
    };
    assert.equal(await probeKem(draft, symmetric), false);
  });

  test('refuses a KEM whose ends disagree', async () => {
    const broken = { ...right.mlKem1024, decapsulate: async () => new Uint8Array(32) };
    assert.equal(await probeKem(broken, symmetric), false);
  });

  test('refuses another group, and one without an answer', async () => {
    const other = { ...right.x25519, sharedSecret: async () => new Uint8Array(32) };
    const silent = { ...right.x25519, sharedSecret: async () => undefined };
    assert.equal(await probeSharedSecret(other, symmetric), false);
    assert.equal(await probeSharedSecret(silent, symmetric), false);
  });

  test('refuses a signature scheme under the wrong name, and one that accepts everything', async () => {
    const credulous = { ...right.ed25519, verify: async () => true };
    assert.equal(await probeSignature(right.mlDsa87, 'ed25519', symmetric), false);
    assert.equal(await probeSignature(credulous, 'ed25519', symmetric), false);
  });

  test('refuses an AEAD that ignores the associated data, and one that opens nothing', async () => {
    const empty = new Uint8Array(0);
    const careless: AeadPrimitive = {
      seal: (key, nonce, plaintext) => right.aes256Gcm.seal(key, nonce, plaintext, empty),
      open: (key, nonce, sealed) => right.aes256Gcm.open(key, nonce, sealed, empty),
    };
    const closed = { ...right.aes256Gcm, open: async () => undefined };
    assert.equal(await probeAead(careless, 'aes256Gcm', symmetric), false);
    assert.equal(await probeAead(closed, 'aes256Gcm', symmetric), false);
  });

  test('takes a throw for a no', async () => {
    const missing = {
      ...right.mlKem1024,
      privateKeyFromSeed: () => Promise.reject(new TypeError('not a function')),
    };
    assert.equal(await probeKem(missing, symmetric), false);
  });
});

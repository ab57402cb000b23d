import assert from 'node:assert/strict';
import { test } from 'node:test';
import { redact, unwrap } from '@pars/base';
import * as fc from 'fast-check';
import { countingBytes, flipBit } from './conformance/expectations.ts';
import { createVectorRandom } from './conformance/seeded-random.ts';
import { createSuite } from './create-suite.ts';
import { createJavaScriptProvider } from './provider/javascript-provider.ts';
import { derivationInfo } from './suite-id.ts';

const random = createVectorRandom('secret box properties');
const provider = createJavaScriptProvider({ random });
const { secretBox } = createSuite({ provider, random });

const bytes = fc.uint8Array({ maxLength: 300 });
const keyBytes = fc.uint8Array({ minLength: 32, maxLength: 32 });
const context = fc.string({ minLength: 1, maxLength: 255, unit: 'grapheme-ascii' });
const OPEN_FAILED = { ok: false, error: { code: 'crypto/open-failed' } };

test('what was sealed opens under its key, context and associated data', async () => {
  await fc.assert(
    fc.asyncProperty(keyBytes, context, bytes, bytes, async (secret, name, plaintext, aad) => {
      const key = redact(secret);
      const sealed = await secretBox.seal({ key, context: name, plaintext, aad });
      assert.equal(sealed.length, plaintext.length + 41);
      const opened = await secretBox.open({ key, context: name, sealed, aad });
      assert.deepEqual(unwrap(opened), plaintext);
    }),
  );
});

test('another key, context or associated data opens nothing', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(keyBytes, { minLength: 2, maxLength: 2, selector: String }),
      fc.uniqueArray(context, { minLength: 2, maxLength: 2 }),
      fc.uniqueArray(bytes, { minLength: 2, maxLength: 2, selector: String }),
      bytes,
      async ([key, otherKey], [name = '', otherName = ''], [aad, otherAad], plaintext) => {
        assert.ok(key && otherKey && aad && otherAad);
        const sealed = await secretBox.seal({ key: redact(key), context: name, plaintext, aad });
        const right = { key: redact(key), context: name, sealed, aad };
        assert.equal((await secretBox.open(right)).ok, true);
        for (const wrong of [
          { ...right, key: redact(otherKey) },
          { ...right, context: otherName },
          { ...right, aad: otherAad },
        ]) {
          assert.deepEqual(await secretBox.open(wrong), OPEN_FAILED);
        }
      },
    ),
  );
});

test('any flipped bit fails, any other suite byte with its own code', async () => {
  const key = redact(countingBytes(32));
  await fc.assert(
    fc.asyncProperty(bytes, fc.nat(), fc.nat({ max: 255 }), async (plaintext, at, suiteId) => {
      const sealed = await secretBox.seal({ key, context: 'pars/1 test', plaintext });
      const bit = 8 + (at % ((sealed.length - 1) * 8));
      const altered = { key, context: 'pars/1 test', sealed: flipBit(sealed, bit) };
      assert.deepEqual(await secretBox.open(altered), OPEN_FAILED);
      sealed[0] = suiteId;
      const opened = await secretBox.open({ key, context: 'pars/1 test', sealed });
      assert.equal(opened.ok ? '' : opened.error.code, suiteId === 1 ? '' : 'crypto/unknown-suite');
    }),
  );
});

test('the layout is that of the proposal: suite id, nonce, body under the derived key', async () => {
  const secret = countingBytes(32, 9);
  const [plaintext, aad] = [countingBytes(50), countingBytes(7)];
  const sealed = await secretBox.seal({
    key: redact(secret),
    context: 'pars/1 test',
    plaintext,
    aad,
  });
  const info = derivationInfo('pars/1 secret box', 'pars/1 test');
  const key = provider.symmetric.hkdf(secret, new Uint8Array(0), info, 32);
  assert.equal(sealed[0], 1);
  const [nonce, body] = [sealed.subarray(1, 25), sealed.subarray(25)];
  assert.deepEqual(await provider.xChaCha20Poly1305.open(key, nonce, body, aad), plaintext);
});

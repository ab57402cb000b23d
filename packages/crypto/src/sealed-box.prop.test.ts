import assert from 'node:assert/strict';
import { test } from 'node:test';
import { expose, unwrap } from '@pars/base';
import * as fc from 'fast-check';
import { flipBit } from './conformance/expectations.ts';
import { createVectorRandom } from './conformance/seeded-random.ts';
import { createSuite } from './create-suite.ts';
import { createJavaScriptProvider } from './provider/javascript-provider.ts';
import { derivationInfo } from './suite-id.ts';

const random = createVectorRandom('sealed box properties');
const { kem, signature, box } = createSuite({
  provider: createJavaScriptProvider({ random }),
  random,
});
const recipient = await kem.privateKeyFromSeed(kem.generateSeed());
const sender = await signature.signerFromSeed(signature.generateSeed());

const bytes = fc.uint8Array({ maxLength: 300 });
const context = fc.string({ minLength: 1, maxLength: 255, unit: 'grapheme-ascii' });

test('what was sealed opens to the same plaintext and sender', async () => {
  await fc.assert(
    fc.asyncProperty(
      bytes,
      bytes,
      context,
      fc.boolean(),
      async (plaintext, aad, name, isSigned) => {
        const request = { recipient: recipient.publicKey, context: name, plaintext, aad };
        const sealed = unwrap(await box.seal(isSigned ? { ...request, sender } : request));
        const opened = unwrap(await box.open({ recipient, context: name, sealed, aad }));
        assert.deepEqual(opened.plaintext, plaintext);
        assert.deepEqual(opened.sender?.bytes, isSigned ? sender.publicKey.bytes : undefined);
      },
    ),
    { numRuns: 25 },
  );
});

test('any flipped bit fails, the suite byte with its own code', async () => {
  const plaintext = new TextEncoder().encode('a short message');
  const request = { recipient: recipient.publicKey, context: 'pars/1 test', plaintext };
  for (const sealed of [
    unwrap(await box.seal(request)),
    unwrap(await box.seal({ ...request, sender })),
  ]) {
    await fc.assert(
      fc.asyncProperty(fc.nat({ max: sealed.length * 8 - 1 }), async (bit) => {
        const opened = await box.open({
          recipient,
          context: 'pars/1 test',
          sealed: flipBit(sealed, bit),
        });
        assert.equal(opened.ok, false);
        if (!opened.ok && bit < 8) assert.equal(opened.error.code, 'crypto/unknown-suite');
      }),
      { numRuns: 60 },
    );
  }
});

test('a proof of the sender cannot be moved to another recipient, context or aad', async () => {
  // The recipient of an authenticated box re-seals its content for a third person.
  const third = await kem.privateKeyFromSeed(kem.generateSeed());
  const plaintext = new TextEncoder().encode('only for you');
  const sealed = unwrap(
    await box.seal({ recipient: recipient.publicKey, context: 'pars/1 test', plaintext, sender }),
  );
  const forwarded = await resealFor(third, sealed);
  const opened = await box.open({ recipient: third, context: 'pars/1 test', sealed: forwarded });
  assert.deepEqual(opened, { ok: false, error: { code: 'crypto/bad-sender' } });
});

/** What a dishonest recipient can do: keep the signed inner content, encrypt it anew. */
async function resealFor(third: typeof recipient, sealed: Uint8Array): Promise<Uint8Array> {
  const provider = createJavaScriptProvider({ random });
  const keysOf = (secret: Uint8Array) => {
    const info = derivationInfo('pars/1 box key', 'pars/1 test');
    const okm = provider.symmetric.hkdf(secret, new Uint8Array(0), info, 56);
    return [okm.subarray(0, 32), okm.subarray(32)] as const;
  };
  const none = new Uint8Array(0);
  const secret = expose(unwrap(await kem.decapsulate(recipient, sealed.subarray(1, 1601))));
  const [key, nonce] = keysOf(secret);
  const content = await provider.xChaCha20Poly1305.open(key, nonce, sealed.subarray(1601), none);
  assert.ok(content !== undefined);
  const fresh = unwrap(await kem.encapsulate(third.publicKey));
  const [newKey, newNonce] = keysOf(expose(fresh.sharedSecret));
  const body = await provider.xChaCha20Poly1305.seal(newKey, newNonce, content, none);
  return Uint8Array.of(1, ...fresh.ciphertext, ...body);
}

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { expose, redact, unwrap } from '@pars/base';
import { createVectorRandom } from './conformance/seeded-random.ts';
import { createSuite } from './create-suite.ts';
import { createPasswordBox } from './password-box.ts';
import { passwordFromText } from './password-hash.ts';
import type { Argon2idParameters, CryptoProvider } from './provider/crypto-provider.ts';
import { createJavaScriptProvider } from './provider/javascript-provider.ts';

const random = createVectorRandom('passwords');
const full = createJavaScriptProvider({ random });
const asked: Argon2idParameters[] = [];
/** Notes the cost that was asked for, and pays less. */
const provider: CryptoProvider = {
  ...full,
  argon2id(password, salt, cost) {
    asked.push(cost);
    return full.argon2id(password, salt, { ...cost, memoryKiB: 64, passes: 1 });
  },
};
const box = createPasswordBox({ provider, random });
const password = passwordFromText('a password');
const context = 'pars/1 test';
const plaintext = new Uint8Array(100).fill(9);

describe('password box', () => {
  test('the two profiles cost what PIP-2000 says, and the blob names its own', async () => {
    for (const [profile, memoryKiB] of [
      ['standard', 131_072],
      ['phone', 65_536],
    ] as const) {
      asked.length = 0;
      const sealed = unwrap(await box.sealWithPassword({ password, context, plaintext, profile }));
      assert.equal(sealed.length, plaintext.length + 82);
      assert.deepEqual(
        unwrap(await box.openWithPassword({ password, context, sealed })),
        plaintext,
      );
      const cost = { memoryKiB, passes: 3, lanes: 1, tagLength: 32 };
      assert.deepEqual(asked, [cost, cost]);
    }
  });

  test('tells a wrong password from damaged content', async () => {
    const sealed = unwrap(
      await box.sealWithPassword({ password, context, plaintext, profile: 'phone' }),
    );
    const codeOf = async (bytes: Uint8Array, typed = password, name = context) => {
      const result = await box.openWithPassword({ password: typed, context: name, sealed: bytes });
      return result.ok ? undefined : result.error.code;
    };
    assert.equal(await codeOf(sealed, passwordFromText('a passwort')), 'crypto/wrong-password');
    assert.equal(await codeOf(sealed, password, 'pars/1 other'), 'crypto/wrong-password');
    assert.equal(await codeOf(sealed.with(10, 1)), 'crypto/wrong-password');
    assert.equal(await codeOf(sealed.with(70, 1)), 'crypto/open-failed');
    assert.equal(await codeOf(sealed.subarray(0, -1)), 'crypto/open-failed');
    assert.equal(await codeOf(sealed.with(0, 2)), 'crypto/unknown-suite');
    const none = redact(new Uint8Array(0));
    assert.equal(await codeOf(sealed.with(0, 2), none), 'crypto/unknown-suite');
    assert.equal(await codeOf(sealed, none), 'crypto/password-length');
    assert.equal(await codeOf(sealed.with(1, 1)), 'crypto/wrong-password');
    assert.equal(await codeOf(sealed.subarray(0, 81)), 'crypto/bad-length');
    assert.equal(await codeOf(new Uint8Array(0)), 'crypto/bad-length');
    assert.equal(await codeOf(new Uint8Array(1_048_659).fill(1)), 'crypto/too-long');
  });

  test('an unknown profile is refused before any work', async () => {
    asked.length = 0;
    const sealed = new Uint8Array(100).fill(1, 0, 1);
    for (const profile of [0, 3, 255]) {
      const result = await box.openWithPassword({
        password,
        context,
        sealed: sealed.with(1, profile),
      });
      assert.deepEqual(result, { ok: false, error: { code: 'crypto/password-profile' } });
    }
    assert.equal(asked.length, 0);
  });

  test('limits of password and content', async () => {
    const request = { password, context, plaintext, profile: 'phone' } as const;
    for (const length of [0, 1025]) {
      const sealed = await box.sealWithPassword({
        ...request,
        password: redact(new Uint8Array(length)),
      });
      assert.deepEqual(sealed, { ok: false, error: { code: 'crypto/password-length' } });
    }
    const tooLong = await box.sealWithPassword({
      ...request,
      plaintext: new Uint8Array(1_048_577),
    });
    assert.deepEqual(tooLong, { ok: false, error: { code: 'crypto/too-long' } });
  });

  test('the suite derives with the same profiles; bad lengths are bugs', async () => {
    asked.length = 0;
    const { password: hash } = createSuite({ provider, random });
    const salt = new Uint8Array(32);
    assert.equal(expose(await hash.derive(password, salt, 'standard')).length, 32);
    assert.equal(asked[0]?.memoryKiB, 131_072);
    await assert.rejects(
      () => hash.derive(password, new Uint8Array(16), 'phone'),
      /argument-length/,
    );
    const empty = redact(new Uint8Array(0));
    await assert.rejects(() => hash.derive(empty, salt, 'phone'), /argument-range/);
  });

  test('one password typed two ways is one password', () => {
    const [composed, decomposed] = ['caf\u00e9', 'cafe\u0301'].map(passwordFromText);
    assert.deepEqual(composed && expose(composed), decomposed && expose(decomposed));
  });
});

import { err, expose, ok, type RandomDep, type Redacted } from '@pars/base';
import { assertLength, assertRange } from './errors.ts';
import type { CryptoProvider } from './provider/crypto-provider.ts';
import type { SecretBox } from './suite.ts';
import { derivationInfo, isSuite1, SUITE_ID } from './suite-id.ts';

/** Largest plaintext of a secret box: 16 MiB (PIP-2000 §12.1). */
export const MAX_SECRET_BOX_PLAINTEXT = 16_777_216;
/** Largest associated data of a secret box: 64 KiB (PIP-2000 §12.1). */
export const MAX_SECRET_BOX_AAD = 65_536;
/** Bytes that a secret box adds to its plaintext (PIP-2000 §12.1). */
export const SECRET_BOX_OVERHEAD = 41;

const KEY_LENGTH = 32;
const NONCE_LENGTH = 24;
const BODY_OFFSET = 1 + NONCE_LENGTH;
const KEY_LABEL = 'pars/1 secret box';
const EMPTY = new Uint8Array(0);

/** Secret boxes over a provider (PIP-2000 §12). */
export function createSecretBox(
  deps: RandomDep & { readonly provider: CryptoProvider },
): SecretBox {
  const { random } = deps;
  const { symmetric, xChaCha20Poly1305: aead } = deps.provider;
  let latest: { readonly context: string; readonly info: Uint8Array } | undefined;

  return Object.freeze({
    async seal(request: Parameters<SecretBox['seal']>[0]) {
      const { key, context, plaintext, aad = EMPTY } = request;
      assertRange(plaintext.length, 0, MAX_SECRET_BOX_PLAINTEXT, 'plaintext length');
      assertRange(aad.length, 0, MAX_SECRET_BOX_AAD, 'aad length');
      const boxKey = deriveKey(key, infoFor(context));
      const nonce = random.bytes(NONCE_LENGTH);
      const body = await aead.seal(boxKey, nonce, plaintext, aad);
      boxKey.fill(0);
      const sealed = new Uint8Array(BODY_OFFSET + body.length);
      sealed[0] = SUITE_ID;
      sealed.set(nonce, 1);
      sealed.set(body, BODY_OFFSET);
      return sealed;
    },

    async open(request: Parameters<SecretBox['open']>[0]) {
      const { key, context, sealed, aad = EMPTY } = request;
      const info = infoFor(context);
      assertLength(expose(key), KEY_LENGTH, 'secret box key');
      if (sealed.length === 0) return err('crypto/bad-length');
      if (!isSuite1(sealed)) return err('crypto/unknown-suite');
      if (sealed.length < SECRET_BOX_OVERHEAD) return err('crypto/bad-length');
      if (sealed.length > SECRET_BOX_OVERHEAD + MAX_SECRET_BOX_PLAINTEXT) {
        return err('crypto/too-long', { what: 'box' });
      }
      if (aad.length > MAX_SECRET_BOX_AAD) return err('crypto/too-long', { what: 'aad' });
      const boxKey = deriveKey(key, info);
      const nonce = sealed.subarray(1, BODY_OFFSET);
      const plaintext = await aead.open(boxKey, nonce, sealed.subarray(BODY_OFFSET), aad);
      boxKey.fill(0);
      return plaintext === undefined ? err('crypto/open-failed') : ok(plaintext);
    },
  });

  /** A store seals row after row in one context: remembering the latest saves a tenth of the cost. */
  function infoFor(context: string): Uint8Array {
    if (latest?.context !== context) {
      latest = { context, info: derivationInfo(KEY_LABEL, context) };
    }
    return latest.info;
  }

  /** The key of all boxes under one key and context (PIP-2000 §12.2). Derived anew each time: nothing outlives an erased key. */
  function deriveKey(key: Redacted<Uint8Array>, info: Uint8Array): Uint8Array {
    const secret = expose(key);
    assertLength(secret, KEY_LENGTH, 'secret box key');
    return symmetric.hkdf(secret, EMPTY, info, KEY_LENGTH);
  }
}

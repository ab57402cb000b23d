import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { unwrap } from '../pars-error.ts';
import { base32, base58, base64url, hex } from './text-encoding.ts';

const ascii = (text: string) => new TextEncoder().encode(text);

describe('known texts', () => {
  const cases = [
    // RFC 4648 §10, in our alphabets.
    [hex, 'foobar', '666f6f626172'],
    [base32, 'f', 'my'],
    [base32, 'fo', 'mzxq'],
    [base32, 'foo', 'mzxw6'],
    [base32, 'foob', 'mzxw6yq'],
    [base32, 'fooba', 'mzxw6ytb'],
    [base32, 'foobar', 'mzxw6ytboi'],
    [base64url, 'f', 'Zg'],
    [base64url, 'fo', 'Zm8'],
    [base64url, 'foobar', 'Zm9vYmFy'],
    [base64url, '\u00fb\u00ff', 'w7vDvw'],
    // draft-msporny-base58 §5.
    [base58, 'Hello World!', '2NEpo7TZRRrLZSi2U'],
    [base58, '\0\0', '11'],
    [base58, '', ''],
  ] as const;
  for (const [encoding, plain, text] of cases) {
    test(`${encoding.name} ${JSON.stringify(plain)}`, () => {
      assert.equal(encoding.encode(ascii(plain)), text);
      assert.deepEqual(unwrap(encoding.decode(text, { maxBytes: 12 })), ascii(plain));
    });
  }
});

describe('refused texts', () => {
  const cases = [
    [hex, 'AB', 'a capital'],
    [hex, 'abc', 'half a byte'],
    [hex, 'zz', 'a foreign letter'],
    [hex, '0x12', 'a prefix'],
    [base32, 'MY', 'capitals'],
    [base32, 'my======', 'padding'],
    [base32, 'mz', 'spare bits set'],
    [base32, 'm', 'a lonely letter'],
    [base32, 'm1', 'a foreign digit'],
    [base32, 'mzxw6ytb\u017f', 'a letter that folds to s'],
    [base58, '0', 'zero'],
    [base58, 'l', 'a small L'],
    [base58, ' 2N', 'a space'],
    [base64url, 'Zg==', 'padding'],
    [base64url, 'Zh', 'spare bits set'],
    [base64url, 'Z', 'a lonely letter'],
    [base64url, '+/+/', 'the other alphabet'],
    [base64url, 'Zm 9v', 'a space'],
    [base64url, 'Zm9v\n', 'a newline'],
  ] as const;
  for (const [encoding, text, why] of cases) {
    test(`${encoding.name}: ${why}`, () => {
      assert.deepEqual(encoding.decode(text, { maxBytes: 100 }), {
        ok: false,
        error: { code: 'base/encoding-malformed', meta: { encoding: encoding.name } },
      });
    });
  }
});

test('every limit holds, for the longest texts of a size as well', () => {
  for (const encoding of [hex, base32, base58, base64url]) {
    for (const fill of [0, 255]) {
      for (const size of [0, 1, 2, 3, 5, 32, 64]) {
        const text = encoding.encode(new Uint8Array(size).fill(fill));
        assert.ok(encoding.decode(text, { maxBytes: size }).ok, `${encoding.name} ${size}`);
        if (size === 0) continue;
        assert.deepEqual(encoding.decode(text, { maxBytes: size - 1 }), {
          ok: false,
          error: { code: 'base/encoding-too-long', meta: { encoding: encoding.name } },
        });
      }
    }
  }
});

test('a megabyte of base58 is refused before the work', () => {
  const result = base58.decode('z'.repeat(1_000_000), { maxBytes: 64 });
  assert.equal(result.ok, false);
});

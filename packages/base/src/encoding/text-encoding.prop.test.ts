import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { unwrap } from '../pars-error.ts';
import { base32, base58, base64url, hex } from './text-encoding.ts';

for (const encoding of [hex, base32, base58, base64url]) {
  test(`${encoding.name}: bytes go there and back`, () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
        const text = encoding.encode(bytes);
        assert.deepEqual(unwrap(encoding.decode(text, { maxBytes: 80 })), bytes);
      }),
    );
  });

  test(`${encoding.name}: any text is refused or the only one for its bytes`, () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 40 }),
      fc.string({ unit: fc.constantFrom(...'abcdefZY234567019-_=+ '.split('')), maxLength: 40 }),
    );
    fc.assert(
      fc.property(text, (given) => {
        const result = encoding.decode(given, { maxBytes: 40 });
        if (result.ok) assert.equal(encoding.encode(result.value), given);
      }),
      { numRuns: 500 },
    );
  });
}

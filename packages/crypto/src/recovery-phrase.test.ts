import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { expose, type Failure, redact, unwrap } from '@pars/base';
import * as fc from 'fast-check';
import { createVectorRandom } from './conformance/seeded-random.ts';
import { javaScriptSymmetric } from './provider/javascript/symmetric.ts';
import {
  entropyFromPhrase,
  generateRecoveryPhrase,
  phraseFromEntropy,
  rootSeedFromEntropy,
} from './recovery-phrase.ts';

/** The all-zero example of BIP-39. */
const ZERO_PHRASE = `${'abandon '.repeat(23)}art`;

describe('recovery phrase', () => {
  test('is the BIP-39 phrase of its entropy', () => {
    assert.equal(expose(phraseFromEntropy(redact(new Uint8Array(32)))), ZERO_PHRASE);
    const highest = `${'zoo '.repeat(23)}vote`;
    assert.equal(expose(phraseFromEntropy(redact(new Uint8Array(32).fill(255)))), highest);
  });

  test('round trips for any entropy, however it was typed', () => {
    const separator = fc.constantFrom(' ', '  ', '\n', '\t', '\u00a0', '\u3000');
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 32, maxLength: 32 }),
        fc.array(separator, { minLength: 26, maxLength: 26 }),
        fc.boolean(),
        (entropy, gaps, isUpper) => {
          const words = expose(phraseFromEntropy(redact(entropy))).split(' ');
          const spaced = `${words.map((word, index) => `${gaps[index]}${word}`).join('')}${gaps[25]}`;
          const typed = isUpper ? spaced.toUpperCase() : spaced;
          assert.deepEqual(expose(unwrap(entropyFromPhrase(redact(typed)))), entropy);
        },
      ),
    );
  });

  test('full-width letters are the same letters', () => {
    const wide = ZERO_PHRASE.replaceAll('abandon', 'ａｂａｎｄｏｎ');
    assert.deepEqual(expose(unwrap(entropyFromPhrase(redact(wide)))), new Uint8Array(32));
  });

  test('failures have codes, and never the word', () => {
    assert.deepEqual(failure(''), { code: 'crypto/phrase-length', meta: { words: 0 } });
    const twelve = `${'abandon '.repeat(11)}about`;
    assert.deepEqual(failure(twelve), { code: 'crypto/phrase-length', meta: { words: 12 } });
    assert.deepEqual(failure('a '.repeat(600)), { code: 'crypto/phrase-length' });
    const unknown = ZERO_PHRASE.replace('abandon abandon', 'abandon secretword');
    assert.deepEqual(failure(unknown), { code: 'crypto/phrase-word', meta: { index: 1 } });
    const swapped = ZERO_PHRASE.replace('art', 'zoo');
    assert.deepEqual(failure(swapped), { code: 'crypto/phrase-checksum' });
  });

  test('a fresh one is accepted and hides itself when printed', () => {
    const phrase = generateRecoveryPhrase({ random: createVectorRandom('phrase') });
    assert.equal(String(phrase), '[redacted]');
    const entropy = unwrap(entropyFromPhrase(phrase));
    const seed = rootSeedFromEntropy(javaScriptSymmetric, entropy);
    assert.equal(expose(seed).length, 64);
  });
});

function failure(phrase: string): Failure | undefined {
  const result = entropyFromPhrase(redact(phrase));
  return result.ok ? undefined : result.error;
}

import {
  err,
  expose,
  type Failure,
  ok,
  type RandomDep,
  type Redacted,
  type Result,
  redact,
} from '@pars/base';
import { entropyToMnemonic, mnemonicToEntropy } from '@scure/bip39';
import { wordlist } from '@scure/bip39/wordlists/english.js';
import { assertLength } from './errors.ts';
import type { SymmetricPrimitives } from './provider/crypto-provider.ts';
import { derivationInfo } from './suite-id.ts';

/** Words of a recovery phrase (PIP-2000 §10). */
export const PHRASE_WORDS = 24;
/** Bytes of entropy behind a recovery phrase (PIP-2000 §10). */
export const PHRASE_ENTROPY_LENGTH = 32;
/** Bytes of a root seed (PIP-2000 §10.2). */
export const ROOT_SEED_LENGTH = 64;

const EMPTY = new Uint8Array(0);
const MAX_PHRASE_CHARACTERS = 1024;
const knownWords: ReadonlySet<string> = new Set(wordlist);

/** A new phrase of 24 English words over 32 random bytes (PIP-2000 §10.1). */
export function generateRecoveryPhrase(deps: RandomDep): Redacted<string> {
  const entropy = deps.random.bytes(PHRASE_ENTROPY_LENGTH);
  const phrase = entropyToMnemonic(entropy, wordlist);
  entropy.fill(0);
  return redact(phrase);
}

/** The phrase of 32 bytes of entropy; words in lower case, one space between (PIP-2000 §10.1). */
export function phraseFromEntropy(entropy: Redacted<Uint8Array>): Redacted<string> {
  const bytes = expose(entropy);
  assertLength(bytes, PHRASE_ENTROPY_LENGTH, 'phrase entropy');
  return redact(entropyToMnemonic(bytes, wordlist));
}

/**
 * The 32 bytes of entropy behind a phrase as a person typed it: case, extra
 * white space and compatibility forms do not matter (PIP-2000 §10.1).
 *
 * Fails with `crypto/phrase-length`, `crypto/phrase-word` (with the index of
 * the first unknown word, never the word) or `crypto/phrase-checksum`.
 */
export function entropyFromPhrase(phrase: Redacted<string>): Result<Redacted<Uint8Array>, Failure> {
  const typed = expose(phrase);
  if (typed.length > MAX_PHRASE_CHARACTERS) return err('crypto/phrase-length');
  const words = typed
    .normalize('NFKD')
    .toLowerCase()
    .split(/\s+/u)
    .filter((word) => word !== '');
  if (words.length !== PHRASE_WORDS) return err('crypto/phrase-length', { words: words.length });
  const unknown = words.findIndex((word) => !knownWords.has(word));
  if (unknown !== -1) return err('crypto/phrase-word', { index: unknown });
  try {
    return ok(redact(mnemonicToEntropy(words.join(' '), wordlist)));
  } catch {
    // Count and words are right: the checksum alone is left to fail.
    return err('crypto/phrase-checksum');
  }
}

/**
 * The root seed, 64 bytes, from which a person's keys descend (PIP-2000 §10.2).
 * HKDF and no password hash: 256 bits of entropy cannot be searched.
 */
export function rootSeedFromEntropy(
  symmetric: SymmetricPrimitives,
  entropy: Redacted<Uint8Array>,
): Redacted<Uint8Array> {
  const bytes = expose(entropy);
  assertLength(bytes, PHRASE_ENTROPY_LENGTH, 'phrase entropy');
  const info = derivationInfo('pars/1 root seed', 'recovery phrase');
  return redact(symmetric.hkdf(bytes, EMPTY, info, ROOT_SEED_LENGTH));
}

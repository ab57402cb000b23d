import { ParsError } from '@pars/base';

/**
 * Every code this package returns or throws. Codes in {@link CryptoFailureCode}
 * are expected and come back in a `Result`; {@link CryptoBugCode} is thrown.
 */
export type CryptoFailureCode =
  /** The first byte names a suite other than 1. Update Pars, or refuse the sender: there is no fallback. */
  | 'crypto/unknown-suite'
  /** A key, ciphertext or blob does not have its only possible length. Refuse it. */
  | 'crypto/bad-length'
  /** The content exceeds the limit of its format. Use file encryption (PIP-2000 §8) or refuse. */
  | 'crypto/too-long'
  /** A public key is non-canonical, off the curve or of small order. Refuse it and whoever sent it. */
  | 'crypto/bad-public-key'
  /** An X25519 exchange gave the all-zero result. The other end is hostile: refuse. */
  | 'crypto/low-order-point'
  /** Decryption failed: other key, other context, other associated data, or damaged. Nothing more can be learnt. */
  | 'crypto/open-failed'
  /** The box opened, but the signature of its claimed sender does not hold. Refuse; show no content. */
  | 'crypto/bad-sender'
  /** The password is empty or longer than 1,024 bytes. Ask for another one. */
  | 'crypto/password-length'
  /** The password is wrong (or the salt was damaged, which looks the same). Ask again. */
  | 'crypto/wrong-password'
  /** A blob names a password profile that does not exist. Update Pars, or refuse the blob. */
  | 'crypto/password-profile'
  /** The phrase does not have 24 words. `meta.words` says how many. Ask again. */
  | 'crypto/phrase-length'
  /** Word number `meta.index` (from 0) is not in the list. Ask for this word again. */
  | 'crypto/phrase-word'
  /** All words exist but the checksum does not fit: a wrong or swapped word. Ask to compare with the paper. */
  | 'crypto/phrase-checksum'
  /** The file key or context does not belong to this file. Refuse the file. */
  | 'crypto/file-wrong-key'
  /** The file ends before its last chunk. Fetch the rest. */
  | 'crypto/file-truncated'
  /** Chunk number `meta.chunk` is damaged, moved, repeated or not from this file. Fetch it again from elsewhere. */
  | 'crypto/file-damaged'
  /** Share number `meta.index` in the given list cannot be read. Ask for it again. */
  | 'crypto/share-malformed'
  /** The shares belong to different secrets or splittings. Sort out the odd ones by set id. */
  | 'crypto/share-mixed'
  /** The same share was given twice. Ask for a different one. */
  | 'crypto/share-duplicate'
  /** Fewer shares than `meta.threshold`. Collect more. */
  | 'crypto/share-too-few'
  /** A share was altered: the shares do not rebuild the secret they were made from. Try other combinations. */
  | 'crypto/share-damaged';

/** A wrong argument from our own code. Thrown as a `ParsError`; fix the caller. */
export type CryptoBugCode =
  /** An array of a length that the caller could have known to be wrong. */
  | 'crypto/argument-length'
  /** A context that is not 1 to 255 bytes of printable ASCII. */
  | 'crypto/argument-context'
  /** A number outside its documented range. */
  | 'crypto/argument-range'
  /** A key handle made by another provider or suite. */
  | 'crypto/foreign-key';

/** Throws `crypto/argument-length` unless `bytes` has exactly `length` bytes. */
export function assertLength(bytes: Uint8Array, length: number, what: string): void {
  if (bytes.length === length) return;
  throw new ParsError('crypto/argument-length' satisfies CryptoBugCode, {
    what,
    expected: length,
    actual: bytes.length,
  });
}

/** Throws `crypto/argument-range` unless `low <= value <= high` and `value` is an integer. */
export function assertRange(value: number, low: number, high: number, what: string): void {
  if (Number.isInteger(value) && value >= low && value <= high) return;
  throw new ParsError('crypto/argument-range' satisfies CryptoBugCode, { what, low, high });
}

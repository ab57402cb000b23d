import { equalBytes, expose, type Redacted } from '@pars/base';
import type { Suite } from '@pars/crypto';

/** Bytes of a receipt. */
export const RECEIPT_BYTES: number = 32;

/**
 * The receipt for a letter or introduction (PIP-5000 §8): 32 bytes that only
 * its two ends can make. `subject` is the message id, or the invite's card
 * hash for an introduction.
 */
export function computeReceipt(
  suite: Pick<Suite, 'symmetric'>,
  receiptKey: Redacted<Uint8Array>,
  subject: Uint8Array,
): Uint8Array {
  return suite.symmetric.hkdf(expose(receiptKey), subject, RECEIPT_LABEL, RECEIPT_BYTES);
}

/** Whether `receipt` is the right one, compared in constant time. */
export function isReceipt(
  suite: Pick<Suite, 'symmetric'>,
  receiptKey: Redacted<Uint8Array>,
  subject: Uint8Array,
  receipt: Uint8Array,
): boolean {
  return equalBytes(computeReceipt(suite, receiptKey, subject), receipt);
}

const RECEIPT_LABEL = new TextEncoder().encode('pars/1 receipt');

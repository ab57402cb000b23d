import { concatBytes, ParsError, utf8ToBytes } from '@pars/base';

/**
 * The id of the only suite (PIP-2000 §1): the first byte of every sealed
 * object, and part of every label.
 */
export const SUITE_ID = 1;

/** Why the first byte of a sealed object is refused, if it is (PIP-2000 §1). */
export function isSuite1(sealed: Uint8Array): boolean {
  return sealed[0] === SUITE_ID;
}

/**
 * The input `info` of a key derivation (PIP-2000 §2.3):
 * suite id ‖ len(label) ‖ label ‖ len(context) ‖ context, lengths in one byte.
 */
export function derivationInfo(label: string, context: string): Uint8Array {
  const encodedLabel = utf8ToBytes(label);
  return concatBytes(
    Uint8Array.of(SUITE_ID, encodedLabel.length),
    encodedLabel,
    bytesFromContext(context),
  );
}

/**
 * len(context) ‖ context (PIP-2000 §2.2). Throws `crypto/argument-context`
 * unless the context is 1 to 255 bytes of printable ASCII.
 */
export function bytesFromContext(context: string): Uint8Array {
  if (!/^[\x20-\x7e]{1,255}$/.test(context)) throw new ParsError('crypto/argument-context');
  return concatBytes(Uint8Array.of(context.length), utf8ToBytes(context));
}

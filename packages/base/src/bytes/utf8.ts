import type { TextFailureCode } from '../errors.ts';
import { ParsError } from '../pars-error.ts';
import { err, type Failure, ok, type Result } from '../result.ts';

/**
 * The UTF-8 of a well-formed text. A lone surrogate is a `ParsError`: encoders
 * replace it, and two different texts would get the same bytes. Check text
 * from a person with `text.isWellFormed()` first.
 */
export function utf8ToBytes(text: string): Uint8Array {
  if (!text.isWellFormed()) throw new ParsError('base/argument', { what: 'well-formed text' });
  return encoder.encode(text);
}

/** The text of well-formed UTF-8; a byte order mark is kept as a character. */
export function utf8FromBytes(bytes: Uint8Array): Result<string, Failure<TextFailureCode>> {
  try {
    return ok(decoder.decode(bytes));
  } catch {
    return err('base/text-not-utf8');
  }
}

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

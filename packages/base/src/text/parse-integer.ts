import type { TextFailureCode } from '../errors.ts';
import { err, type Failure, ok, type Result } from '../result.ts';

/**
 * The integer that a person typed, in ASCII, Persian or Arabic-Indic digits,
 * also mixed, with an optional sign and thousands separators (`٬` or `,`)
 * between digits. Surrounding spaces and bidi marks are ignored. At most 64
 * characters are looked at. For every field of a form or a command that takes a number.
 */
export function parseInteger(
  text: string,
  range: { readonly min: number; readonly max: number },
): Result<number, Failure<TextFailureCode>> {
  const { min, max } = range;
  if (text.length > 64) return err('base/number-malformed');
  const plain = toAsciiDigits(text).replace(INVISIBLE, '').trim().replace('\u2212', '-');
  if (!/^[+-]?[0-9]+(?:[,٬][0-9]{3})*$/.test(plain)) return err('base/number-malformed');
  const value = Number(plain.replace(/[,٬]/g, ''));
  if (!Number.isSafeInteger(value) || value < min || value > max) {
    return err('base/number-out-of-range', { min, max });
  }
  // There is no negative zero to a person.
  return ok(value === 0 ? 0 : value);
}

/** The same text with Persian and Arabic-Indic digits as 0-9; everything else unchanged. */
export function toAsciiDigits(text: string): string {
  return text.replace(/[٠-٩۰-۹]/g, (digit) => String((digit.codePointAt(0) ?? 0) & 15));
}

const INVISIBLE = /[\u061c\u200b-\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]/g;

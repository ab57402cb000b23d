import { type Branded, err, type Failure, ok, type Result } from '@pars/base';

/** A name that was checked: 1 to 64 code units, at most 192 bytes of UTF-8 (PIP-5000 §1). */
export type PersonName = Branded<string, 'PersonName'>;

/** Most bytes of UTF-8 that 64 code units can take. */
export const MAX_NAME_BYTES: number = 192;

/**
 * Checks a person's name. Control characters and direction overrides are
 * refused: with them a stranger's name could pass for another one on screen.
 * Code: `session/bad-name`.
 */
export function parsePersonName(text: string): Result<PersonName, Failure<'session/bad-name'>> {
  const fits =
    text.length >= 1 &&
    text.length <= 64 &&
    text.isWellFormed() &&
    text.trim() !== '' &&
    !FORBIDDEN.test(text);
  return fits ? ok(text as PersonName) : err('session/bad-name');
}

const FORBIDDEN = /[\p{Cc}\u202a-\u202e\u2066-\u2069]/u;

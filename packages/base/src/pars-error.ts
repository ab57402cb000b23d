import type { Failure, Result } from './result.ts';

/**
 * A bug or a broken promise of the platform: something no caller can be
 * expected to handle. It carries the same stable code as a {@link Failure}.
 *
 * The message is built from the code and `meta` alone, so that it can be
 * logged; `cause` is for a debugger and is never logged by the product.
 */
export class ParsError extends Error {
  readonly code: string;
  readonly meta: Readonly<Record<string, string | number | boolean>>;

  constructor(
    code: string,
    meta: Readonly<Record<string, string | number | boolean>> = {},
    options?: ErrorOptions,
  ) {
    const details = Object.entries(meta)
      .map(([key, value]) => `${key}=${value}`)
      .join(' ');
    super(details === '' ? code : `${code} (${details})`, options);
    this.name = 'ParsError';
    this.code = code;
    this.meta = meta;
  }
}

/**
 * Returns the value of a success and throws a {@link ParsError} with the
 * failure's code otherwise. For places where failure would be a bug, and tests.
 */
export function unwrap<T, E extends Failure>(result: Result<T, E>): T {
  if (result.ok) return result.value;
  throw new ParsError(result.error.code, result.error.meta);
}

/**
 * Expected failures are values. A function that can fail in a way its caller
 * must handle returns a {@link Result}; it never throws for that reason.
 */

/**
 * What went wrong, in a form that a program can act on.
 *
 * `code` is stable and namespaced by package (`crypto/bad-signature`): it is
 * what the UI translates and what the CLI maps to an exit code. `meta` holds
 * only values that may be logged: never a secret, plaintext or an identity.
 */
export interface Failure<Code extends string = string> {
  readonly code: Code;
  readonly meta?: Readonly<Record<string, string | number | boolean>>;
}

/** The success side of a {@link Result}. */
export interface Ok<T> {
  readonly ok: true;
  readonly value: T;
}

/** The failure side of a {@link Result}. */
export interface Err<E> {
  readonly ok: false;
  readonly error: E;
}

/** Either a value or an expected, coded failure. */
export type Result<T, E extends Failure = Failure> = Ok<T> | Err<E>;

/** Wraps a value as a success. */
export function ok<T>(value: T): Ok<T> {
  return { ok: true, value };
}

/** Wraps a coded failure; `meta` must be safe to log. */
export function err<const Code extends string>(
  code: Code,
  meta?: Readonly<Record<string, string | number | boolean>>,
): Err<Failure<Code>> {
  return { ok: false, error: meta === undefined ? { code } : { code, meta } };
}

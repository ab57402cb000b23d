/**
 * Holds a secret so that it cannot be printed, logged, serialised or compared
 * by accident. Reading it takes a deliberate {@link expose}.
 *
 * JSON, template strings, `console.log` and Node's inspector all show
 * `[redacted]`.
 */
export interface Redacted<T> {
  readonly [redactedBrand]: T;
  toString(): string;
  toJSON(): string;
}

declare const redactedBrand: unique symbol;

const SHOWN = '[redacted]';
const secretByHolder = new WeakMap<object, unknown>();
const inspect: unique symbol = Symbol.for('nodejs.util.inspect.custom') as never;

const holderPrototype = Object.freeze({
  toString: () => SHOWN,
  toJSON: () => SHOWN,
  [inspect]: () => SHOWN,
});

/** Wraps a secret. The value is not copied. */
export function redact<T>(secret: T): Redacted<T> {
  const holder = Object.freeze(Object.create(holderPrototype) as object);
  secretByHolder.set(holder, secret);
  return holder as Redacted<T>;
}

/** Returns the secret that was wrapped. Call it as late as possible. */
export function expose<T>(secret: Redacted<T>): T {
  if (!secretByHolder.has(secret)) throw new TypeError('not a redacted value, or erased');
  return secretByHolder.get(secret) as T;
}

/**
 * Overwrites the bytes with zeros and forgets them; later {@link expose} calls
 * throw. Copies that the engine or a provider made are out of reach.
 */
export function eraseBytes(secret: Redacted<Uint8Array>): void {
  const bytes = secretByHolder.get(secret);
  if (bytes instanceof Uint8Array) bytes.fill(0);
  secretByHolder.delete(secret);
}

import { ParsError } from '@pars/base';

/** Throws `crypto/argument-length` unless `bytes` is a `Uint8Array` of exactly `length` bytes: a bug of the caller. */
export function assertLength(what: string, bytes: Uint8Array, length: number): void {
  if (!(bytes instanceof Uint8Array)) throw new TypeError(`${what}: bytes expected`);
  if (bytes.length !== length) {
    throw new ParsError('crypto/argument-length', { what, expected: length, actual: bytes.length });
  }
}

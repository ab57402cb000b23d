import { ParsError } from '@pars/base';

/** Throws `crypto/argument-length` unless `bytes` is a `Uint8Array` of exactly `length` bytes: a bug of the caller. */
export function assertLength(what: string, bytes: Uint8Array, length: number): void {
  if (!(bytes instanceof Uint8Array)) throw new TypeError(`${what}: bytes expected`);
  if (bytes.length !== length) {
    throw new ParsError('crypto/argument-length', { what, expected: length, actual: bytes.length });
  }
}

/** The same memory without Node's `Buffer` methods. Only for buffers that own their memory, as those of `node:crypto` do. */
export function plainBytes(buffer: Buffer): Uint8Array {
  return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength);
}

import { ParsError } from '../pars-error.ts';

/** The parts one after another, in a new array. */
export function concatBytes(...parts: readonly Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    joined.set(part, offset);
    offset += part.length;
  }
  return joined;
}

/**
 * Whether both hold the same bytes. For equal lengths it looks at every byte
 * and never branches on one, so the time says nothing about where they differ;
 * lengths are not secret.
 */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  let difference = 0;
  for (let index = 0; index < a.length; index += 1) {
    difference |= (a[index] ?? 0) ^ (b[index] ?? 0);
  }
  return difference === 0;
}

/**
 * Orders as unsigned bytes, a prefix before what it begins: the order of keys
 * in a `Store`. Negative, 0 or positive. Not constant time.
 */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const shared = Math.min(a.length, b.length);
  for (let index = 0; index < shared; index += 1) {
    const difference = (a[index] ?? 0) - (b[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

/** Whether `bytes` begins with `prefix`. Not constant time. */
export function startsWithBytes(bytes: Uint8Array, prefix: Uint8Array): boolean {
  return (
    bytes.length >= prefix.length && compareBytes(bytes.subarray(0, prefix.length), prefix) === 0
  );
}

/** 4 bytes, big endian. `value` is 0 to 2^32-1, else a `ParsError`. */
export function uint32ToBytes(value: number): Uint8Array {
  if (!Number.isInteger(value) || value < 0 || value > 0xffff_ffff) {
    throw new ParsError('base/argument', { what: 'uint32' });
  }
  const bytes = new Uint8Array(4);
  viewOf(bytes).setUint32(0, value);
  return bytes;
}

/** The 4 bytes at `offset`, big endian. Beyond the end: a `ParsError`. */
export function uint32FromBytes(bytes: Uint8Array, offset = 0): number {
  requireRoom(bytes, offset, 4);
  return viewOf(bytes).getUint32(offset);
}

/** 8 bytes, big endian. `value` is 0 to 2^64-1, else a `ParsError`. */
export function uint64ToBytes(value: bigint): Uint8Array {
  if (value < 0n || value >= 2n ** 64n) throw new ParsError('base/argument', { what: 'uint64' });
  const bytes = new Uint8Array(8);
  viewOf(bytes).setBigUint64(0, value);
  return bytes;
}

/** The 8 bytes at `offset`, big endian. Beyond the end: a `ParsError`. */
export function uint64FromBytes(bytes: Uint8Array, offset = 0): bigint {
  requireRoom(bytes, offset, 8);
  return viewOf(bytes).getBigUint64(offset);
}

function requireRoom(bytes: Uint8Array, offset: number, length: number): void {
  if (!Number.isInteger(offset) || offset < 0 || offset + length > bytes.length) {
    throw new ParsError('base/argument', { what: 'offset' });
  }
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Bytes of a flush number or a version (PIP-3000 §3). */
export const UINT48_BYTES = 6;

/** Writes 6 bytes, big endian. */
export function writeUint48(target: Uint8Array, offset: number, value: number): void {
  let rest = value;
  for (let index = UINT48_BYTES - 1; index >= 0; index -= 1) {
    target[offset + index] = rest % 256;
    rest = Math.floor(rest / 256);
  }
}

/** Reads 6 bytes, big endian. */
export function readUint48(bytes: Uint8Array, offset: number): number {
  let value = 0;
  for (let index = 0; index < UINT48_BYTES; index += 1) {
    value = value * 256 + (bytes[offset + index] ?? 0);
  }
  return value;
}

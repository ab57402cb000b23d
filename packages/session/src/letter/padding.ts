import { err, type Failure, ok, type Result } from '@pars/base';

/** Total sizes of a letter: the parcel sizes of 1 to 256 KiB, each less 512 bytes (PIP-5000 §6). */
export const LETTER_SIZES: readonly number[] = [512, 3_584, 7_680, 15_872, 65_024, 261_632];

/** The smallest letter size of at least `length` bytes, or `undefined` above 261,632. */
export function letterSizeFor(length: number): number | undefined {
  return LETTER_SIZES.find((size) => size >= length);
}

/**
 * `u32(len) ‖ content ‖ zeros`, `size` bytes in all (PIP-5000 §6). Throws a
 * `RangeError` when the content does not fit.
 */
export function padContent(content: Uint8Array, size: number): Uint8Array {
  if (content.length + LENGTH_BYTES > size) throw new RangeError('content exceeds its size');
  const padded = new Uint8Array(size);
  new DataView(padded.buffer).setUint32(0, content.length);
  padded.set(content, LENGTH_BYTES);
  return padded;
}

/** The content of padded bytes. Code: `session/letter-malformed` for any other filling than zeros. */
export function unpadContent(
  padded: Uint8Array,
): Result<Uint8Array, Failure<'session/letter-malformed'>> {
  if (padded.length < LENGTH_BYTES) return err('session/letter-malformed', { rule: 'padding' });
  const length = new DataView(padded.buffer, padded.byteOffset, padded.length).getUint32(0);
  const end = LENGTH_BYTES + length;
  if (end > padded.length) return err('session/letter-malformed', { rule: 'padding' });
  const filling = padded.subarray(end);
  if (filling.some((byte) => byte !== 0)) {
    return err('session/letter-malformed', { rule: 'padding' });
  }
  return ok(padded.slice(LENGTH_BYTES, end));
}

/** Bytes in front of the content. */
export const LENGTH_BYTES: number = 4;

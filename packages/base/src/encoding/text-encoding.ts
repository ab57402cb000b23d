import { base32nopad, base64urlnopad, base58 as scureBase58, hex as scureHex } from '@scure/base';
import type { EncodingFailureCode } from '../errors.ts';
import { err, type Failure, ok, type Result } from '../result.ts';

/** A way to write bytes as text. Each byte string has exactly one accepted text. */
export interface TextEncoding {
  readonly name: string;
  encode(bytes: Uint8Array): string;
  /**
   * The bytes, at most `maxBytes` of them, or a coded failure; never throws.
   * Too long a text is refused before any work on it.
   */
  decode(
    text: string,
    limits: { readonly maxBytes: number },
  ): Result<Uint8Array, Failure<EncodingFailureCode>>;
}

/** Lowercase hexadecimal (RFC 4648 §8 in lowercase). */
export const hex: TextEncoding = createTextEncoding('hex', scureHex, (bytes) => bytes * 2);

/** Lowercase base32 without padding (RFC 4648 §6 in lowercase); unused bits are zero. */
export const base32: TextEncoding = createTextEncoding(
  'base32',
  {
    encode: (bytes) => base32nopad.encode(bytes).toLowerCase(),
    decode: (text) => base32nopad.decode(text.toUpperCase()),
  },
  (bytes) => Math.ceil((bytes * 8) / 5),
);

/** base58 with Bitcoin's alphabet. Its time grows with the square of the length: keep it short. */
export const base58: TextEncoding = createTextEncoding(
  'base58',
  scureBase58,
  // log(256) / log(58) is 1.3658.
  (bytes) => Math.ceil(bytes * 1.366) + 1,
);

/** base64url without padding (RFC 4648 §5); unused bits are zero. */
export const base64url: TextEncoding = createTextEncoding('base64url', base64urlnopad, (bytes) =>
  Math.ceil((bytes * 4) / 3),
);

interface Coder {
  encode(bytes: Uint8Array): string;
  decode(text: string): Uint8Array;
}

function createTextEncoding(
  name: string,
  coder: Coder,
  maxTextLength: (maxBytes: number) => number,
): TextEncoding {
  return Object.freeze({
    name,
    encode: (bytes: Uint8Array) => coder.encode(bytes),
    decode(text: string, { maxBytes }: { readonly maxBytes: number }) {
      if (text.length > maxTextLength(maxBytes)) {
        return err('base/encoding-too-long', { encoding: name });
      }
      const bytes = tryDecode(coder, text);
      // Writing it again refuses what a lenient decoder lets through: capitals, spare bits, spaces.
      if (bytes === undefined || coder.encode(bytes) !== text) {
        return err('base/encoding-malformed', { encoding: name });
      }
      if (bytes.length > maxBytes) return err('base/encoding-too-long', { encoding: name });
      return ok(bytes);
    },
  });
}

function tryDecode(coder: Coder, text: string): Uint8Array | undefined {
  try {
    return coder.decode(text);
  } catch {
    return undefined;
  }
}

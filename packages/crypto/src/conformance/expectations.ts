import { hex } from '@pars/base';

/** Throws with `message` unless `condition` holds. */
export function expect(condition: boolean, message: string): asserts condition {
  if (!condition) throw new Error(message);
}

/** Throws with both values in hex (of test data, never of secrets) unless the bytes are equal. */
export function expectBytes(
  actual: Uint8Array | undefined,
  expected: Uint8Array | string,
  what: string,
): void {
  const wanted = typeof expected === 'string' ? expected : hex.encode(expected);
  const got = actual === undefined ? 'undefined' : hex.encode(actual);
  expect(got === wanted, `${what}: got ${abbreviate(got)}, expected ${abbreviate(wanted)}`);
}

/** The code of a failed result; throws when it is a success. */
export function expectFailure(
  result: { readonly ok: boolean; readonly error?: { readonly code: string } },
  code: string,
  what: string,
): void {
  const got = result.ok ? 'success' : result.error?.code;
  expect(got === code, `${what}: got ${got}, expected ${code}`);
}

/** Throws unless the call throws or its promise is rejected. */
export async function expectThrow(run: () => unknown, what: string): Promise<void> {
  try {
    await run();
  } catch {
    return;
  }
  throw new Error(`${what}: expected a throw`);
}

const MAX_TEST_BYTES = 1_048_576;

/** The bytes of hexadecimal test data. */
export function bytesFromHex(text: string): Uint8Array {
  const decoded = hex.decode(text, { maxBytes: MAX_TEST_BYTES });
  if (!decoded.ok) throw new Error(`not hexadecimal: ${abbreviate(text)}`);
  return decoded.value;
}

/** A copy with one bit inverted; `bit` counts from the lowest bit of the first byte. */
export function flipBit(bytes: Uint8Array, bit: number): Uint8Array {
  const flipped = bytes.slice();
  const index = Math.floor(bit / 8);
  flipped[index] = (flipped[index] ?? 0) ^ (1 << (bit % 8));
  return flipped;
}

function abbreviate(text: string): string {
  return text.length <= 128 ? text : `${text.slice(0, 128)}… (${text.length / 2} bytes)`;
}

/** `first, first + 1, …`: test data that is easy to name. */
export function countingBytes(length: number, first = 0): Uint8Array {
  return Uint8Array.from({ length }, (_, index) => (first + index) % 256);
}

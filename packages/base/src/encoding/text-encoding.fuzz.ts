import type { FuzzTarget } from '../conformance/conformance-case.ts';
import { ParsError } from '../pars-error.ts';
import { base32, base58, base64url, hex } from './text-encoding.ts';

const SAMPLE = Uint8Array.from({ length: 32 }, (_, index) => index * 8);

/** Any text is refused, or is the only text of the bytes it gives. */
export const fuzzTargets: readonly FuzzTarget[] = [hex, base32, base58, base64url].map(
  (encoding) => ({
    name: `base/${encoding.name}`,
    corpus: async () => [
      new TextEncoder().encode(encoding.encode(SAMPLE)),
      new TextEncoder().encode(encoding.encode(SAMPLE.subarray(0, 3))),
    ],
    run(input) {
      const text = new TextDecoder().decode(input);
      const result = encoding.decode(text, { maxBytes: 64 });
      if (result.ok && encoding.encode(result.value) !== text) {
        throw new ParsError('base/does-not-conform', { expectation: 'one text for the bytes' });
      }
    },
  }),
);

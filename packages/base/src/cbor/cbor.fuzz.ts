import { compareBytes } from '../bytes/bytes.ts';
import type { FuzzTarget } from '../conformance/conformance-case.ts';
import { ParsError } from '../pars-error.ts';
import { type Codec, createCodec } from './codec.ts';
import { schema } from './schema.ts';
import type { Schema } from './schema-node.ts';

const address = schema.struct({
  city: [0, schema.text({ min: 1, maxBytes: 40 })],
  lines: [3, schema.array(schema.text({ maxBytes: 20 }), { max: 4 }), 'optional'],
});

/** A value of the rich schema. */
export type RichValue =
  | { readonly type: 'nothing' }
  | {
      readonly type: 'person';
      readonly id: Uint8Array;
      readonly photo?: Uint8Array;
      readonly balance: bigint;
      readonly height: number;
      readonly seen?: number;
      readonly trusted: boolean;
      readonly role: 'reader' | 'writer' | 'نگهبان';
      readonly version: 1;
      readonly kind: 'person';
      readonly addresses?: readonly { readonly city: string; readonly lines?: readonly string[] }[];
    }
  | { readonly type: 'list'; readonly grid: readonly (readonly number[])[] };

const richSchema: Schema<RichValue> = schema.union({
  nothing: [0, schema.struct({})],
  person: [
    1,
    schema.struct({
      id: [0, schema.bytes({ length: 8 })],
      photo: [1, schema.bytes({ min: 1, max: 64 }), 'optional'],
      balance: [2, schema.bigUint({ max: 2n ** 64n - 1n })],
      height: [3, schema.int({ min: -1000, max: 70_000 })],
      seen: [4, schema.uint(), 'optional'],
      trusted: [5, schema.bool()],
      role: [24, schema.oneOf(['reader', 'writer', 'نگهبان'])],
      version: [256, schema.literal(1)],
      kind: [257, schema.literal('person')],
      addresses: [60_000, schema.array(address, { min: 1, max: 3 }), 'optional'],
    }),
  ],
  list: [
    300,
    schema.struct({
      grid: [0, schema.array(schema.array(schema.int(), { max: 5 }), { max: 300 })],
    }),
  ],
});

/** A schema that uses every combinator; the property tests and the fuzz target share it. */
export const richCodec: Codec<RichValue> = createCodec('test/rich', richSchema, {
  maxBytes: 4096,
});

const SAMPLES: readonly RichValue[] = [
  { type: 'nothing' },
  {
    type: 'person',
    id: new Uint8Array(8).fill(7),
    photo: new Uint8Array(30),
    balance: 2n ** 63n,
    height: -24,
    seen: 1_700_000_000_000,
    trusted: true,
    role: 'نگهبان',
    version: 1,
    kind: 'person',
    addresses: [{ city: 'شیراز', lines: ['a', ''] }, { city: 'x' }],
  },
  { type: 'list', grid: [[0, 23, 24, 255, 256], [-1, -25, 65_536], [], [2 ** 32, -(2 ** 40)]] },
];

const anything: Schema<readonly string[]> = schema.array(schema.text({ maxBytes: 2 ** 30 }), {
  max: 2 ** 32 - 1,
});

/** A schema with limits far above any input, so that only the input bounds the work. */
const looseCodec: Codec<readonly string[]> = createCodec('test/loose', anything, {
  maxBytes: 2 ** 30,
});

/** Any bytes are refused with a code, or are the one encoding of the value they give. */
export const fuzzTargets: readonly FuzzTarget[] = [
  {
    name: 'base/cbor-rich',
    corpus: async () => SAMPLES.map((sample) => richCodec.encode(sample)),
    run: (input) => requireOneEncoding(richCodec, input),
  },
  {
    name: 'base/cbor-loose',
    corpus: async () => [looseCodec.encode(['', 'a', 'ب'.repeat(40), '\u{feff}'])],
    run: (input) => requireOneEncoding(looseCodec, input),
  },
];

function requireOneEncoding<T>(codec: Codec<T>, input: Uint8Array): void {
  const result = codec.decode(input);
  if (!result.ok) return;
  if (compareBytes(codec.encode(result.value), input) !== 0) {
    throw new ParsError('base/does-not-conform', { expectation: 'one encoding of the value' });
  }
}

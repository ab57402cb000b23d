import { decode, encode, rfc8949EncodeOptions } from 'cborg';
import type { Benchmark, BenchRow } from '../bench/benchmark.ts';
import { measureRates } from '../bench/measure-rates.ts';
import { unwrap } from '../pars-error.ts';
import { type Codec, createCodec } from './codec.ts';
import { schema } from './schema.ts';

interface Envelope {
  readonly id: Uint8Array;
  readonly parents: readonly Uint8Array[];
  readonly sentAtMs: number;
  readonly body: Uint8Array;
}

const envelopeCodec: Codec<Envelope> = createCodec(
  'bench/envelope',
  schema.struct({
    id: [0, schema.bytes({ length: 32 })],
    parents: [1, schema.array(schema.bytes({ length: 32 }), { max: 16 })],
    sentAtMs: [2, schema.uint()],
    body: [3, schema.bytes({ max: 4096 })],
  }),
  { maxBytes: 8192 },
);

/**
 * What the schema layer costs beside cborg alone on the same bytes, and what
 * checking canonicity by encoding again would have cost instead.
 */
export const benchmarks: readonly Benchmark[] = [
  {
    name: 'base/cbor',
    async run() {
      const value: Envelope = {
        id: new Uint8Array(32).fill(1),
        parents: [1, 2, 3, 4].map((fill) => new Uint8Array(32).fill(fill)),
        sentAtMs: 1_767_225_600_000,
        body: new Uint8Array(1024).fill(7),
      };
      const bytes = envelopeCodec.encode(value);
      const plain: unknown = decode(bytes, STRICT);
      const rates = await measureRates({
        decode: () => envelopeCodec.decode(bytes),
        'decode-and-encode': () => envelopeCodec.encode(unwrap(envelopeCodec.decode(bytes))),
        'cborg-decode': () => decode(bytes, STRICT),
        encode: () => envelopeCodec.encode(value),
        'cborg-encode': () => encode(plain, rfc8949EncodeOptions),
      });
      return [
        row('decode', rates.decode, 'cborg-decode', rates['cborg-decode']),
        row('decode-and-encode', rates['decode-and-encode'], 'decode', rates.decode),
        row('encode', rates.encode, 'cborg-encode', rates['cborg-encode']),
      ];
    },
  },
];

const STRICT = { strict: true, useMaps: true, rejectDuplicateMapKeys: true };

function row(name: string, value: number, peerName: string, peerValue: number): BenchRow {
  return {
    name: `base/cbor-${name}/1KiB-envelope`,
    value,
    unit: 'ops/s',
    peer: { name: peerName, value: peerValue },
    ratio: peerValue / value,
  };
}

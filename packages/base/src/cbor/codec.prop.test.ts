import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decode as decodeWithCborg, encode as encodeWithCborg, rfc8949EncodeOptions } from 'cborg';
import * as fc from 'fast-check';
import { unwrap } from '../pars-error.ts';
import { fuzzTargets, richCodec } from './cbor.fuzz.ts';

const address = fc.record(
  {
    city: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 5 }).filter(fitsIn(40)),
    lines: fc.array(fc.string({ unit: 'grapheme', maxLength: 3 }).filter(fitsIn(20)), {
      maxLength: 4,
    }),
  },
  { requiredKeys: ['city'] },
);
const person = fc.record(
  {
    type: fc.constant('person' as const),
    id: fc.uint8Array({ minLength: 8, maxLength: 8 }),
    photo: fc.uint8Array({ minLength: 1, maxLength: 64 }),
    balance: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
    height: fc.integer({ min: -1000, max: 70_000 }),
    seen: fc.nat({ max: Number.MAX_SAFE_INTEGER }),
    trusted: fc.boolean(),
    role: fc.constantFrom('reader' as const, 'writer' as const, 'نگهبان' as const),
    version: fc.constant(1 as const),
    kind: fc.constant('person' as const),
    addresses: fc.array(address, { minLength: 1, maxLength: 3 }),
  },
  {
    requiredKeys: ['type', 'id', 'balance', 'height', 'trusted', 'role', 'version', 'kind'],
    noNullPrototype: true,
  },
);
const list = fc.record(
  {
    type: fc.constant('list' as const),
    grid: fc.array(fc.array(fc.maxSafeInteger(), { maxLength: 5 }), { maxLength: 30 }),
  },
  { noNullPrototype: true },
);
const rich = fc.oneof(fc.constant({ type: 'nothing' as const }), person, list);

test('every value comes back', () => {
  fc.assert(
    fc.property(rich, (value) => {
      const back = unwrap(richCodec.decode(richCodec.encode(value)));
      assert.deepEqual(plain(back), plain(value));
    }),
    { numRuns: 500 },
  );
});

test('our bytes are what cborg writes in RFC 8949 order for the same data', () => {
  fc.assert(
    fc.property(rich, (value) => {
      const bytes = richCodec.encode(value);
      const data: unknown = decodeWithCborg(bytes, { strict: true, useMaps: true });
      assert.deepEqual(bytes, new Uint8Array(encodeWithCborg(data, rfc8949EncodeOptions)));
    }),
    { numRuns: 500 },
  );
});

test('every mutation of an encoding is refused or is itself an encoding', async () => {
  let accepted = 0;
  for (const target of fuzzTargets) {
    const corpus = await target.corpus();
    fc.assert(
      fc.property(
        fc.constantFrom(...corpus),
        fc.array(fc.tuple(fc.nat(), fc.nat({ max: 255 }), fc.nat({ max: 3 })), {
          minLength: 1,
          maxLength: 4,
        }),
        (seed, edits) => {
          const input = edits.reduce(mutate, seed);
          void target.run(input);
          if (target.name === 'base/cbor-rich' && richCodec.decode(input).ok) accepted += 1;
        },
      ),
      { numRuns: 3000 },
    );
  }
  assert.ok(accepted > 50, `only ${accepted} mutants were accepted: the property tested nothing`);
});

test('random bytes never throw', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), (input) => {
      for (const target of fuzzTargets) void target.run(input);
    }),
    { numRuns: 2000 },
  );
});

test('every prefix of an encoding is refused', async () => {
  for (const bytes of await (fuzzTargets[0]?.corpus() ?? [])) {
    for (let length = 0; length < bytes.length; length += 1) {
      assert.ok(!richCodec.decode(bytes.subarray(0, length)).ok);
    }
  }
});

type Edit = [position: number, value: number, kind: number];

function mutate(bytes: Uint8Array, [position, value, kind]: Edit): Uint8Array {
  const at = bytes.length === 0 ? 0 : position % bytes.length;
  const copy = [...bytes];
  if (kind === 0) copy[at] = value;
  if (kind === 1) copy[at] = (copy[at] ?? 0) ^ (1 << (value % 8));
  if (kind === 2) copy.splice(at, 0, value);
  if (kind === 3) copy.splice(at, 1);
  return new Uint8Array(copy);
}

function fitsIn(maxBytes: number): (text: string) => boolean {
  return (text) => text.isWellFormed() && new TextEncoder().encode(text).length <= maxBytes;
}

/** Zero has two signs to the generator and one on the wire; prototypes do not matter. */
function plain(value: unknown): unknown {
  if (Object.is(value, -0)) return 0;
  if (value instanceof Uint8Array || typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(plain);
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, plain(part)]));
}

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Branded } from '../brand.ts';
import { ParsError, unwrap } from '../pars-error.ts';
import { createCodec } from './codec.ts';
import { schema } from './schema.ts';
import type { Infer, Schema } from './schema-node.ts';

type PersonId = Branded<Uint8Array, 'PersonId'>;

const person = schema.struct({
  name: [1, schema.text({ min: 1, maxBytes: 64 })],
  id: [0, schema.branded<Uint8Array, PersonId>(schema.bytes({ length: 4 }))],
  age: [2, schema.uint({ max: 200 }), 'optional'],
});
const message = schema.union({
  text: [0, schema.struct({ body: [0, schema.text({ maxBytes: 100 })] })],
  people: [7, schema.struct({ people: [0, schema.array(person, { min: 1, max: 3 })] })],
});
const codec = createCodec('test/message', message, { maxBytes: 200 });
const id = new Uint8Array([1, 2, 3, 4]) as PersonId;

describe('codec', () => {
  test('writes the documented bytes and reads them back', () => {
    const value: Infer<typeof message> = { type: 'people', people: [{ id, name: 'آ', age: 30 }] };
    const bytes = codec.encode(value);
    assert.equal(toHex(bytes), '8207a10081a30044010203040162d8a202181e');
    assert.deepEqual(unwrap(codec.decode(bytes)), value);
  });

  test('an absent optional field is an absent property', () => {
    const value = { type: 'people', people: [{ id, name: 'x' }] } as const;
    const back = unwrap(codec.decode(codec.encode(value)));
    assert.deepEqual(back, value);
    assert.ok(back.type === 'people' && back.people[0] && !('age' in back.people[0]));
  });

  test('says where a value does not fit, without showing it', () => {
    const bytes = codec.encode({ type: 'people', people: [{ id, name: 'x' }] });
    const result = codec.decode(patched(bytes, bytes.length - 1, 0xff));
    assert.deepEqual(result, {
      ok: false,
      error: {
        code: 'base/cbor-malformed',
        meta: { codec: 'test/message', path: 'people.people[0].name' },
      },
    });
  });

  test('the decoded value shares no memory with the input, a Node Buffer included', () => {
    const one = createCodec('test/bytes', schema.bytes({ max: 10 }), { maxBytes: 20 });
    const input = Buffer.from(one.encode(new Uint8Array([1, 2, 3])));
    const value = unwrap(one.decode(input));
    input.fill(0);
    assert.deepEqual(value, new Uint8Array([1, 2, 3]));
  });

  test('refuses oversize before reading', () => {
    assertRefused(codec.decode(new Uint8Array(201)), 'base/cbor-too-large');
  });
});

describe('decoding refuses', () => {
  const u = schema.uint();
  const point = schema.struct({ x: [0, u], y: [1, u], z: [2, u, 'optional'] });
  const MiB64 = '5a04000000';
  const cases: readonly [string, Schema<unknown>, string, string][] = [
    ['no bytes', u, '', 'base/cbor-malformed'],
    ['trailing bytes', u, '0000', 'base/cbor-malformed'],
    ['1 byte more than needed', u, '1817', 'base/cbor-not-canonical'],
    ['2 bytes where 1 does', u, '1900ff', 'base/cbor-not-canonical'],
    ['4 bytes where 2 do', u, '1a0000ffff', 'base/cbor-not-canonical'],
    ['8 bytes where 4 do', u, '1b00000000ffffffff', 'base/cbor-not-canonical'],
    ['a cut integer', u, '19ff', 'base/cbor-malformed'],
    ['2^53', u, '1b0020000000000000', 'base/cbor-schema'],
    ['a negative integer', u, '20', 'base/cbor-schema'],
    ['a long negative form', schema.int(), '3800', 'base/cbor-not-canonical'],
    ['-2^64', schema.int(), '3bffffffffffffffff', 'base/cbor-schema'],
    ['a negative big integer', schema.bigUint({ max: 9n }), '20', 'base/cbor-schema'],
    ['a reserved head', u, '1c', 'base/cbor-malformed'],
    ['a tag', u, 'c100', 'base/cbor-not-canonical'],
    ['a half float', u, 'f93c00', 'base/cbor-not-canonical'],
    ['a single float', u, 'fa3f800000', 'base/cbor-not-canonical'],
    ['a double float', u, 'fb3ff0000000000000', 'base/cbor-not-canonical'],
    ['null', u, 'f6', 'base/cbor-not-canonical'],
    ['undefined', u, 'f7', 'base/cbor-not-canonical'],
    ['a simple value', u, 'f820', 'base/cbor-not-canonical'],
    ['a break', u, 'ff', 'base/cbor-not-canonical'],
    ['an indefinite array', schema.array(u, { max: 3 }), '9f00ff', 'base/cbor-not-canonical'],
    ['an indefinite map', point, 'bf00000101ff', 'base/cbor-not-canonical'],
    ['indefinite bytes', schema.bytes({ max: 9 }), '5f4100ff', 'base/cbor-not-canonical'],
    ['a long length', schema.bytes({ max: 9 }), '580100', 'base/cbor-not-canonical'],
    ['a hostile byte length', schema.bytes({ max: 2 ** 30 }), MiB64, 'base/cbor-malformed'],
    ['a 64-bit byte length', schema.bytes({ max: 9 }), '5bffffffffffffffff', 'base/cbor-malformed'],
    ['a 64-bit text length', u, '7bffffffffffffffff', 'base/cbor-malformed'],
    ['a count over the limit', schema.array(u, { max: 2 }), '83000000', 'base/cbor-schema'],
    ['a count under the limit', schema.array(u, { min: 1, max: 2 }), '80', 'base/cbor-schema'],
    ['a hostile count', schema.array(u, { max: 2 ** 32 - 1 }), '9affffffff', 'base/cbor-malformed'],
    ['a 64-bit count', schema.array(u, { max: 9 }), '9bffffffffffffffff', 'base/cbor-malformed'],
    ['a cut array', schema.array(u, { max: 9 }), '8218ff', 'base/cbor-malformed'],
    ['an unknown key', point, 'a3000101020303', 'base/cbor-schema'],
    ['a key of another type', point, 'a2613000610101', 'base/cbor-schema'],
    ['a key twice', point, 'a200010001', 'base/cbor-not-canonical'],
    ['keys out of order', point, 'a201010001', 'base/cbor-not-canonical'],
    ['a missing key', point, 'a200010201', 'base/cbor-schema'],
    ['a long key', point, 'a200011801', 'base/cbor-not-canonical'],
    ['bad UTF-8', schema.text({ maxBytes: 9 }), '61ff', 'base/cbor-malformed'],
    ['an encoded surrogate', schema.text({ maxBytes: 9 }), '63eda080', 'base/cbor-malformed'],
    ['overlong UTF-8', schema.text({ maxBytes: 9 }), '62c080', 'base/cbor-malformed'],
    ['long text', schema.text({ maxBytes: 2 }), '63616161', 'base/cbor-schema'],
    ['short text', schema.text({ min: 1, maxBytes: 2 }), '60', 'base/cbor-schema'],
    ['bytes of another length', schema.bytes({ length: 2 }), '4100', 'base/cbor-schema'],
    ['bytes for text', schema.text({ maxBytes: 9 }), '4161', 'base/cbor-schema'],
    ['text for bytes', schema.bytes({ max: 9 }), '6161', 'base/cbor-schema'],
    ['an integer for a boolean', schema.bool(), '01', 'base/cbor-schema'],
    ['a boolean for an integer', u, 'f5', 'base/cbor-schema'],
    ['another literal', schema.literal('a'), '6162', 'base/cbor-schema'],
    ['another number', schema.literal(1), '02', 'base/cbor-schema'],
    ['an unlisted text', schema.oneOf(['a', 'b']), '6163', 'base/cbor-schema'],
    ['an unknown variant', message, '8203a0', 'base/cbor-schema'],
    ['a variant without a body', message, '8100', 'base/cbor-schema'],
    ['more depth than the schema has', schema.array(u, { max: 9 }), '818100', 'base/cbor-schema'],
  ];
  for (const [name, shape, hex, code] of cases) {
    test(name, () => {
      const one = createCodec('test/refuses', shape, { maxBytes: 1000 });
      assertRefused(one.decode(fromHex(hex)), code);
    });
  }

  test('10,000 levels, without touching the stack', () => {
    const deep = createCodec('test/deep', schema.array(u, { max: 9 }), { maxBytes: 20_000 });
    assertRefused(deep.decode(new Uint8Array(10_000).fill(0x81)), 'base/cbor-schema');
  });
});

describe('decoding accepts', () => {
  const cases: readonly [string, Schema<unknown>, string, unknown][] = [
    ['2^53-1', schema.uint(), '1b001fffffffffffff', Number.MAX_SAFE_INTEGER],
    ['-(2^53-1)', schema.int(), '3b001ffffffffffffe', Number.MIN_SAFE_INTEGER],
    ['2^64-1', schema.bigUint({ max: 2n ** 64n - 1n }), '1bffffffffffffffff', 2n ** 64n - 1n],
    ['a small big integer', schema.bigUint({ max: 9n }), '05', 5n],
    ['empty text', schema.text({ maxBytes: 9 }), '60', ''],
    ['a byte order mark', schema.text({ maxBytes: 9 }), '64efbbbf61', '\u{feff}a'],
    ['empty bytes', schema.bytes({ max: 9 }), '40', new Uint8Array()],
    ['an empty array', schema.array(schema.uint(), { max: 9 }), '80', []],
    ['an empty struct', schema.struct({}), 'a0', {}],
    ['a large key', schema.struct({ a: [500, schema.bool()] }), 'a11901f4f5', { a: true }],
    ['a negative literal', schema.literal(-5), '24', -5],
  ];
  for (const [name, shape, hex, value] of cases) {
    test(name, () => {
      const one = createCodec('test/accepts', shape, { maxBytes: 1000 });
      assert.deepEqual(unwrap(one.decode(fromHex(hex))), value);
      assert.equal(toHex(one.encode(value)), hex);
    });
  }
});

describe('encoding throws a ParsError for', () => {
  const u = schema.uint({ max: 9 });
  const cases: readonly [string, Schema<unknown>, unknown][] = [
    ['a fraction', u, 1.5],
    ['NaN', u, Number.NaN],
    ['an integer over its limit', u, 10],
    ['a bigint for a number', u, 1n],
    ['a number for a bigint', schema.bigUint({ max: 9n }), 1],
    ['a negative bigint', schema.bigUint({ max: 9n }), -1n],
    ['a truthy boolean', schema.bool(), 1],
    ['a lone surrogate', schema.text({ maxBytes: 9 }), '\u{d800}'],
    ['long text in bytes', schema.text({ maxBytes: 3 }), 'آآ'],
    ['short bytes', schema.bytes({ length: 3 }), new Uint8Array(2)],
    ['an array for bytes', schema.bytes({ max: 3 }), [1]],
    ['too many items', schema.array(u, { max: 1 }), [1, 2]],
    ['a missing field', schema.struct({ a: [0, u] }), {}],
    ['an unknown property', schema.struct({ a: [0, u] }), { a: 1, b: 2 }],
    ['an unknown variant', message, { type: 'constructor' }],
    ['null', message, null],
    ['an unlisted text', schema.oneOf(['a']), 'toString'],
    ['another literal', schema.literal('a'), 'b'],
  ];
  for (const [name, shape, value] of cases) {
    test(name, () => {
      const one = createCodec('test/throws', shape, { maxBytes: 1000 });
      assert.throws(() => one.encode(value), isParsError('base/cbor-schema'));
    });
  }

  test('a value larger than the codec', () => {
    const one = createCodec('test/large', schema.bytes({ max: 100 }), { maxBytes: 10 });
    assert.throws(() => one.encode(new Uint8Array(50)), isParsError('base/cbor-too-large'));
  });
});

describe('schemas with a mistake are refused when made', () => {
  const u = schema.uint();
  const mistakes: Readonly<Record<string, () => unknown>> = {
    'two fields with one key': () => schema.struct({ a: [0, u], b: [0, u] }),
    'a negative key': () => schema.struct({ a: [-1, u] }),
    'a field called __proto__': () => schema.struct({ ['__proto__']: [0, u] }),
    'two variants with one tag': () =>
      schema.union({ a: [0, schema.struct({})], b: [0, schema.struct({})] }),
    'a body with a field `type`': () => schema.union({ a: [0, schema.struct({ type: [0, u] })] }),
    'an empty choice': () => schema.oneOf([]),
    'min over max': () => schema.array(u, { min: 2, max: 1 }),
    'too large an integer': () => schema.bigUint({ max: 2n ** 64n }),
    'too deep a schema': () => {
      let shape: Schema<unknown> = u;
      for (let level = 0; level < 24; level += 1) shape = schema.array(shape, { max: 1 });
      return createCodec('test/deep', shape, { maxBytes: 10 });
    },
  };
  for (const [name, make] of Object.entries(mistakes)) {
    test(name, () => assert.throws(make, TypeError));
  }
});

function assertRefused(result: ReturnType<typeof codec.decode> | object, code: string): void {
  assert.ok('ok' in result && !result.ok && 'error' in result, 'was accepted');
  assert.equal((result.error as { code: string }).code, code);
}

function isParsError(code: string): (error: unknown) => boolean {
  return (error) => error instanceof ParsError && error.code === code;
}

function patched(bytes: Uint8Array, index: number, value: number): Uint8Array {
  const copy = bytes.slice();
  copy[index] = value;
  return copy;
}

function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

function fromHex(hex: string): Uint8Array {
  return new Uint8Array(Buffer.from(hex, 'hex'));
}

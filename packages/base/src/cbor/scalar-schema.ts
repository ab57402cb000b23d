import { CborRefusal } from './cbor-reader.ts';
import { SchemaBreach } from './cbor-writer.ts';
import type { Schema } from './schema-node.ts';

export function uint(options: { readonly max?: number } = {}): Schema<number> {
  return int({ min: 0, ...options });
}

export function int(
  options: { readonly min?: number; readonly max?: number } = {},
): Schema<number> {
  const { min = Number.MIN_SAFE_INTEGER, max = Number.MAX_SAFE_INTEGER } = options;
  requireRange(min, max);
  const fits = (value: number) => Number.isSafeInteger(value) && value >= min && value <= max;
  return {
    depth: 1,
    read(reader) {
      const value = reader.integer();
      if (typeof value === 'bigint' || !fits(value)) throw new CborRefusal('base/cbor-schema');
      return value;
    },
    write(value, writer) {
      if (!fits(value)) throw new SchemaBreach();
      // -0 is a float to most encoders; on the wire there is one zero.
      writer.integer(value === 0 ? 0 : value);
    },
  };
}

export function bigUint(options: { readonly max: bigint }): Schema<bigint> {
  const { max } = options;
  if (max < 0n || max > MAX_UINT64) throw new TypeError('bigUint: max is 0 to 2^64-1');
  return {
    depth: 1,
    read(reader) {
      const value = BigInt(reader.integer());
      if (value < 0n || value > max) throw new CborRefusal('base/cbor-schema');
      return value;
    },
    write(value, writer) {
      if (typeof value !== 'bigint' || value < 0n || value > max) throw new SchemaBreach();
      writer.integer(value);
    },
  };
}

export function bool(): Schema<boolean> {
  return {
    depth: 1,
    read: (reader) => reader.boolean(),
    write(value, writer) {
      if (typeof value !== 'boolean') throw new SchemaBreach();
      writer.boolean(value);
    },
  };
}

export function bytes(
  options: { readonly length: number } | { readonly min?: number; readonly max: number },
): Schema<Uint8Array> {
  const min = 'length' in options ? options.length : (options.min ?? 0);
  const max = 'length' in options ? options.length : options.max;
  requireSize(min, max);
  return {
    depth: 1,
    read: (reader) => reader.bytes(min, max),
    write(value, writer) {
      if (!(value instanceof Uint8Array)) throw new SchemaBreach();
      if (value.length < min || value.length > max) throw new SchemaBreach();
      writer.bytes(value);
    },
  };
}

export function text(options: {
  readonly min?: number;
  readonly maxBytes: number;
}): Schema<string> {
  const { min = 0, maxBytes } = options;
  requireSize(min, maxBytes);
  return {
    depth: 1,
    read: (reader) => reader.text(min, maxBytes),
    write(value, writer) {
      // The encoder would replace a lone surrogate, and the text would come back changed.
      if (typeof value !== 'string' || !value.isWellFormed()) throw new SchemaBreach();
      if (value.length > maxBytes) throw new SchemaBreach();
      const utf8 = utf8Encoder.encode(value);
      if (utf8.length < min || utf8.length > maxBytes) throw new SchemaBreach();
      writer.text(value, utf8);
    },
  };
}

export function literal<const V extends string | number>(value: V): Schema<V> {
  const inner = (typeof value === 'string' ? exactText(value) : uintOrInt(value)) as Schema<V>;
  return {
    depth: 1,
    read(reader) {
      if (inner.read(reader) !== value) throw new CborRefusal('base/cbor-schema');
      return value;
    },
    write(given, writer) {
      if (given !== value) throw new SchemaBreach();
      inner.write(value, writer);
    },
  };
}

export function oneOf<const V extends string>(values: readonly V[]): Schema<V> {
  const known = new Set<string>(values);
  if (known.size === 0 || known.size !== values.length) {
    throw new TypeError('oneOf: give one or more different values');
  }
  const sizes = values.map(utf8Length);
  const inner = text({ min: Math.min(...sizes), maxBytes: Math.max(...sizes) });
  return {
    depth: 1,
    read(reader) {
      const value = inner.read(reader);
      if (!known.has(value)) throw new CborRefusal('base/cbor-schema');
      return value as V;
    },
    write(value, writer) {
      if (!known.has(value)) throw new SchemaBreach();
      inner.write(value, writer);
    },
  };
}

export function branded<T, B extends T>(schema: Schema<T>): Schema<B> {
  return schema as Schema<B>;
}

function exactText(value: string): Schema<string> {
  const size = utf8Length(value);
  return text({ min: size, maxBytes: size });
}

function uintOrInt(value: number): Schema<number> {
  return int({ min: value, max: value });
}

function utf8Length(value: string): number {
  if (!value.isWellFormed()) throw new TypeError('schema text must be well-formed');
  return utf8Encoder.encode(value).length;
}

function requireRange(min: number, max: number): void {
  if (!Number.isSafeInteger(min) || !Number.isSafeInteger(max) || min > max) {
    throw new TypeError('schema range: safe integers, min up to max');
  }
}

function requireSize(min: number, max: number): void {
  requireRange(min, max);
  if (min < 0) throw new TypeError('schema size: 0 or more');
}

const MAX_UINT64 = 2n ** 64n - 1n;
const utf8Encoder = new TextEncoder();

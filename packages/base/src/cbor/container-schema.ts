import { type CborReader, CborRefusal } from './cbor-reader.ts';
import { type CborWriter, SchemaBreach } from './cbor-writer.ts';
import type { Infer, Schema } from './schema-node.ts';

/** The fields of a struct: name to map key (0 to 65,535), schema and whether it may be absent. */
export type StructFields = Readonly<
  Record<string, readonly [key: number, schema: Schema<unknown>, presence?: 'optional']>
>;

/** The value of a struct with these fields. An absent optional field is an absent property. */
export type StructValue<F extends StructFields> = {
  readonly [K in keyof F as F[K] extends readonly [number, unknown, 'optional'] ? never : K]: Infer<
    F[K][1]
  >;
} & {
  readonly [K in keyof F as F[K] extends readonly [number, unknown, 'optional']
    ? K
    : never]?: Infer<F[K][1]>;
};

/** The schema of a struct; only these can be the body of a union's variant. */
export interface StructSchema<T> extends Schema<T> {
  readonly fieldNames: readonly string[];
}

/** The variants of a union: the value's `type` to tag (0 to 65,535) and body. */
export type UnionVariants = Readonly<
  Record<string, readonly [tag: number, body: StructSchema<unknown>]>
>;

/** One of the bodies, with its variant's name as `type`. */
export type UnionValue<V extends UnionVariants> = {
  [K in keyof V & string]: { readonly type: K } & Infer<V[K][1]>;
}[keyof V & string];

export function array<T>(
  item: Schema<T>,
  options: { readonly min?: number; readonly max: number },
): Schema<readonly T[]> {
  const { min = 0, max } = options;
  if (!isCount(min) || !isCount(max) || min > max) {
    throw new TypeError('array: counts are 0 to 2^32-1, min up to max');
  }
  return {
    depth: 1 + item.depth,
    read(reader) {
      const count = reader.arrayCount(min, max);
      const items: T[] = [];
      for (let index = 0; index < count; index += 1) items.push(readAt(reader, index, item));
      return items;
    },
    write(items, writer) {
      if (!Array.isArray(items) || items.length < min || items.length > max) {
        throw new SchemaBreach();
      }
      writer.arrayHead(items.length);
      for (const [index, value] of items.entries()) writeAt(writer, index, item, value as T);
    },
  };
}

export function struct<const F extends StructFields>(fields: F): StructSchema<StructValue<F>> {
  const ordered = orderFields(fields);
  const fieldByKey = new Map(ordered.map((field) => [field.key, field]));
  const names = new Set(ordered.map((field) => field.name));
  const requiredCount = ordered.filter((field) => field.required).length;

  function read(reader: CborReader): StructValue<F> {
    const count = reader.mapCount(requiredCount, ordered.length);
    const value: Record<string, unknown> = {};
    let previous = -1;
    let seenRequired = 0;
    for (let index = 0; index < count; index += 1) {
      const key = Number(reader.integer());
      if (key <= previous) throw new CborRefusal('base/cbor-not-canonical');
      previous = key;
      const field = fieldByKey.get(key);
      if (field === undefined) throw new CborRefusal('base/cbor-schema');
      if (field.required) seenRequired += 1;
      value[field.name] = readAt(reader, field.name, field.schema);
    }
    if (seenRequired < requiredCount) throw new CborRefusal('base/cbor-schema');
    return value as StructValue<F>;
  }

  function write(given: StructValue<F>, writer: CborWriter): void {
    const value: unknown = given;
    if (!isRecord(value)) throw new SchemaBreach();
    // An unknown property would be lost silently: the reader would see less than the writer meant.
    for (const name of Object.keys(value)) if (!names.has(name)) throw new SchemaBreach();
    const present = ordered.filter((field) => value[field.name] !== undefined);
    if (present.filter((field) => field.required).length < requiredCount) throw new SchemaBreach();
    writer.mapHead(present.length);
    for (const field of present) {
      writer.integer(field.key);
      writeAt(writer, field.name, field.schema, value[field.name]);
    }
  }

  return { depth: 1 + deepest(ordered), fieldNames: [...names], read, write };
}

export function union<const V extends UnionVariants>(variants: V): Schema<UnionValue<V>> {
  const listed = Object.entries(variants).map(([type, [tag, body]]) => ({ type, tag, body }));
  const variantByTag = new Map(listed.map((variant) => [variant.tag, variant]));
  const variantByType = new Map(listed.map((variant) => [variant.type, variant]));
  if (listed.length === 0 || variantByTag.size !== listed.length) {
    throw new TypeError('union: one or more variants with different tags');
  }
  for (const { tag, body } of listed) {
    if (!isKey(tag)) throw new TypeError('union: tags are 0 to 65,535');
    if (body.fieldNames.includes('type')) throw new TypeError('union: no body has a field `type`');
  }

  function read(reader: CborReader): UnionValue<V> {
    reader.arrayCount(2, 2);
    const variant = variantByTag.get(Number(reader.integer()));
    if (variant === undefined) throw new CborRefusal('base/cbor-schema');
    const body = readAt(reader, variant.type, variant.body) as object;
    return { type: variant.type, ...body } as unknown as UnionValue<V>;
  }

  function write(value: UnionValue<V>, writer: CborWriter): void {
    if (!isRecord(value)) throw new SchemaBreach();
    const { type, ...body } = value;
    const variant = variantByType.get(type as string);
    if (variant === undefined) throw new SchemaBreach();
    writer.arrayHead(2);
    writer.integer(variant.tag);
    writeAt(writer, variant.type, variant.body, body);
  }

  return { depth: 1 + deepest(listed.map(({ body }) => ({ schema: body }))), read, write };
}

interface Field {
  readonly name: string;
  readonly key: number;
  readonly schema: Schema<unknown>;
  readonly required: boolean;
}

/** In ascending order of keys, which is the order of RFC 8949 §4.2.1 for unsigned integers. */
function orderFields(fields: StructFields): readonly Field[] {
  const ordered = Object.entries(fields)
    .map(([name, [key, schema, presence]]) => ({
      name,
      key,
      schema,
      required: presence !== 'optional',
    }))
    .sort((a, b) => a.key - b.key);
  if (new Set(ordered.map((field) => field.key)).size !== ordered.length) {
    throw new TypeError('struct: two fields have the same key');
  }
  for (const { key, name } of ordered) {
    if (!isKey(key)) throw new TypeError('struct: keys are 0 to 65,535');
    if (!/^[a-z][A-Za-z0-9]*$/.test(name)) throw new TypeError('struct: names are camelCase');
  }
  return ordered;
}

// The path is left as it is on failure: `createCodec` reads it then.
function readAt<T>(reader: CborReader, step: string | number, schema: Schema<T>): T {
  reader.path.push(step);
  const value = schema.read(reader);
  reader.path.pop();
  return value;
}

function writeAt<T>(writer: CborWriter, step: string | number, schema: Schema<T>, value: T): void {
  writer.path.push(step);
  schema.write(value, writer);
  writer.path.pop();
}

function deepest(parts: readonly { readonly schema: Schema<unknown> }[]): number {
  return Math.max(1, ...parts.map(({ schema }) => schema.depth));
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isKey(value: number): boolean {
  return Number.isInteger(value) && value >= 0 && value <= 65_535;
}

function isCount(value: number): boolean {
  return Number.isInteger(value) && value >= 0 && value <= 2 ** 32 - 1;
}

import {
  array,
  type StructFields,
  type StructSchema,
  type StructValue,
  struct,
  type UnionValue,
  type UnionVariants,
  union,
} from './container-schema.ts';
import { bigUint, bool, branded, bytes, int, literal, oneOf, text, uint } from './scalar-schema.ts';
import type { Schema } from './schema-node.ts';

/** The functions that make schemas. Wrong options throw a `TypeError` at once. */
export interface SchemaBuilders {
  /** An unsigned integer, 0 to 2^53-1 or `max`. */
  uint(options?: { readonly max?: number }): Schema<number>;
  /** An integer, -(2^53-1) to 2^53-1 or the given range. */
  int(options?: { readonly min?: number; readonly max?: number }): Schema<number>;
  /** An unsigned integer as `bigint`, 0 to `max`, at most 2^64-1. */
  bigUint(options: { readonly max: bigint }): Schema<bigint>;
  /** `true` or `false`. */
  bool(): Schema<boolean>;
  /** A byte string of exactly `length` bytes, or of `min` (default 0) to `max` bytes. */
  bytes(
    options: { readonly length: number } | { readonly min?: number; readonly max: number },
  ): Schema<Uint8Array>;
  /** Text of `min` (default 0) to `maxBytes` bytes of well-formed UTF-8. Not normalised. */
  text(options: { readonly min?: number; readonly maxBytes: number }): Schema<string>;
  /** Exactly this text or integer. */
  literal<const V extends string | number>(value: V): Schema<V>;
  /** One of these texts. */
  oneOf<const V extends string>(values: readonly V[]): Schema<V>;
  /** An array of `min` (default 0) to `max` items. */
  array<T>(
    item: Schema<T>,
    options: { readonly min?: number; readonly max: number },
  ): Schema<readonly T[]>;
  /**
   * A map from integer keys to the fields, in ascending order of keys. Unknown
   * keys and missing required fields are refused, when encoding as well.
   */
  struct<const F extends StructFields>(fields: F): StructSchema<StructValue<F>>;
  /**
   * One of several structs: on the wire the array `[tag, struct]`, in the
   * program the struct's fields beside `type`, the variant's name.
   */
  union<const V extends UnionVariants>(variants: V): Schema<UnionValue<V>>;
  /** The same schema for a narrower type, such as a branded id that needs no other check. */
  branded<T, B extends T>(schema: Schema<T>): Schema<B>;
}

/** Makes schemas: the one way in which Pars describes what crosses a wire or rests on a disk. */
export const schema: SchemaBuilders = {
  uint,
  int,
  bigUint,
  bool,
  bytes,
  text,
  literal,
  oneOf,
  array,
  struct,
  union,
  branded,
};

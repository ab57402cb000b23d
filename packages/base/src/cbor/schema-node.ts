import type { CborReader } from './cbor-reader.ts';
import type { CborWriter } from './cbor-writer.ts';

/**
 * The shape of a value on the wire, with every limit that a decoder needs.
 * Made by the functions of `schema`; the members are for this package only.
 */
export interface Schema<T> {
  /** Levels of nesting: 1 for a scalar, 1 + the deepest part for containers. */
  readonly depth: number;
  /** Reads one value or throws a `CborRefusal`. */
  read(reader: CborReader): T;
  /** Writes one value or throws a `SchemaBreach`. */
  write(value: T, writer: CborWriter): void;
}

/** The type of the values of a schema. */
export type Infer<S> = S extends Schema<infer T> ? T : never;

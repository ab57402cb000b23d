import type { CborFailureCode } from '../errors.ts';
import { ParsError } from '../pars-error.ts';
import { err, type Failure, ok, type Result } from '../result.ts';
import { CborReader, CborRefusal } from './cbor-reader.ts';
import { CborWriter, SchemaBreach } from './cbor-writer.ts';
import type { Schema } from './schema-node.ts';

/** The failure of a decoding; `meta` names the codec and the path, never content. */
export type CborFailure = Failure<CborFailureCode>;

/** Turns values of one schema into bytes and back; each value has exactly one encoding. */
export interface Codec<T> {
  /** Stands in failures, e.g. `session/contact-card`. */
  readonly name: string;
  /** No encoding is larger, in bytes. */
  readonly maxBytes: number;
  /** The encoding. Throws a {@link ParsError} when the value breaks its own schema: a bug. */
  encode(value: T): Uint8Array;
  /**
   * The value, or a coded failure for any other bytes; never throws. The value
   * shares no memory with `bytes`, and encoding it gives the same bytes again.
   */
  decode(bytes: Uint8Array): Result<T, CborFailure>;
}

/**
 * The codec of a schema: deterministic CBOR (RFC 8949 §4.2.1) of integers,
 * booleans, byte and text strings, arrays and maps with integer keys, up to
 * `maxBytes` and {@link MAX_DEPTH} levels.
 */
export function createCodec<T>(
  name: string,
  schema: Schema<T>,
  limits: { readonly maxBytes: number },
): Codec<T> {
  const { maxBytes } = limits;
  if (!Number.isSafeInteger(maxBytes) || maxBytes < 1) throw new TypeError('maxBytes: 1 or more');
  if (schema.depth > MAX_DEPTH) throw new TypeError(`a schema has at most ${MAX_DEPTH} levels`);

  function encode(value: T): Uint8Array {
    const writer = new CborWriter();
    try {
      schema.write(value, writer);
    } catch (error) {
      if (!(error instanceof SchemaBreach)) throw error;
      throw new ParsError('base/cbor-schema', { codec: name, path: showPath(writer.path) });
    }
    const bytes = writer.toBytes();
    if (bytes.length > maxBytes) throw new ParsError('base/cbor-too-large', { codec: name });
    return bytes;
  }

  function decode(bytes: Uint8Array): Result<T, CborFailure> {
    if (bytes.length > maxBytes) return err('base/cbor-too-large', { codec: name });
    const reader = new CborReader(bytes);
    try {
      const value = schema.read(reader);
      if (reader.done()) return ok(value);
      return err('base/cbor-malformed', { codec: name, path: 'end' });
    } catch (error) {
      if (!(error instanceof CborRefusal)) throw error;
      return err(error.code, { codec: name, path: showPath(reader.path) });
    }
  }

  return Object.freeze({ name, maxBytes, encode, decode });
}

/** Levels of nesting that a schema may have: it bounds the stack. */
export const MAX_DEPTH = 24;

/** `members[3].name`: made of the schema's own names and of positions, so it can be logged. */
function showPath(path: readonly (string | number)[]): string {
  return path
    .map((step) => (typeof step === 'number' ? `[${step}]` : `.${step}`))
    .join('')
    .replace(/^\./, '');
}

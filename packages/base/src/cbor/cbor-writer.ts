import { encode, Token, Type } from 'cborg';

/** Thrown when a value breaks its own schema; `createCodec` turns it into a `ParsError`. */
export class SchemaBreach extends Error {}

/**
 * Collects the tokens of one CBOR item in the order of the encoding. cborg
 * writes them with the shortest integers and lengths (RFC 8949 §4.2.1); the
 * schema is what puts map keys in ascending order.
 */
export class CborWriter {
  /** Where the schema is, for the error's `path`. */
  readonly path: (string | number)[] = [];
  readonly #tokens: Token[] = [];

  integer(value: number | bigint): void {
    this.#tokens.push(new Token(value < 0 ? Type.negint : Type.uint, value));
  }

  boolean(value: boolean): void {
    this.#tokens.push(new Token(value ? Type.true : Type.false, value));
  }

  bytes(value: Uint8Array): void {
    this.#tokens.push(new Token(Type.bytes, value));
  }

  /** `utf8` is the encoding of `value`, which the caller measured. */
  text(value: string, utf8: Uint8Array): void {
    const token = new Token(Type.string, value);
    token.encodedBytes = utf8;
    this.#tokens.push(token);
  }

  arrayHead(count: number): void {
    this.#tokens.push(new Token(Type.array, count));
  }

  mapHead(count: number): void {
    this.#tokens.push(new Token(Type.map, count));
  }

  /** The encoding of everything written. */
  toBytes(): Uint8Array {
    // The array encoder hands our tokens through, so that cborg adds no structure of its own.
    const encoded = encode(this.#tokens, { typeEncoders: { Array: (tokens: Token[]) => tokens } });
    // On Node cborg may give a Buffer inside the shared pool: whoever got its `buffer` would see strangers' bytes.
    return new Uint8Array(encoded);
  }
}

import { type Token, Tokenizer, Type } from 'cborg';
import type { CborFailureCode } from '../errors.ts';

/** Why a decoding stopped; it never leaves `createCodec`. */
export class CborRefusal extends Error {
  readonly code: CborFailureCode;

  constructor(code: CborFailureCode) {
    super(code);
    this.code = code;
  }
}

/**
 * Walks the tokens of one CBOR item for a schema. The schema asks for what it
 * expects, so lengths and counts meet their limits before anything is built.
 *
 * cborg's strict tokenizer refuses integers and lengths that are not in their
 * shortest form; this class refuses everything else outside our subset by its
 * first byte: tags, floats, null, undefined, simple values, indefinite lengths.
 */
export class CborReader {
  /** Where the schema is, for the failure's `path`. */
  readonly path: (string | number)[] = [];
  readonly #bytes: Uint8Array;
  readonly #tokens: Tokenizer;

  constructor(bytes: Uint8Array) {
    // A plain view: on a Node Buffer, cborg's `slice` would alias the input.
    this.#bytes = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#tokens = new Tokenizer(this.#bytes, STRICT);
  }

  /** Whether every byte was read. */
  done(): boolean {
    return this.#tokens.done();
  }

  /** An integer from -2^64 to 2^64-1; a number when that is exact. */
  integer(): number | bigint {
    const { type, value } = this.#next();
    if (type !== Type.uint && type !== Type.negint) throw new CborRefusal('base/cbor-schema');
    return value as number | bigint;
  }

  boolean(): boolean {
    const { type } = this.#next();
    if (type !== Type.true && type !== Type.false) throw new CborRefusal('base/cbor-schema');
    return type === Type.true;
  }

  /** A copy of a byte string of `min` to `max` bytes. */
  bytes(min: number, max: number): Uint8Array {
    const start = this.#tokens.pos();
    const token = this.#next();
    if (token.type !== Type.bytes) throw new CborRefusal('base/cbor-schema');
    const length = (token.encodedLength ?? 0) - this.#headLength(start);
    if (length < min || length > max) throw new CborRefusal('base/cbor-schema');
    return token.value as Uint8Array;
  }

  /** A text string of `min` to `max` bytes of well-formed UTF-8. */
  text(min: number, max: number): string {
    const start = this.#tokens.pos();
    const { type, encodedLength = 0 } = this.#next();
    if (type !== Type.string) throw new CborRefusal('base/cbor-schema');
    const head = this.#headLength(start);
    const length = encodedLength - head;
    if (length < min || length > max) throw new CborRefusal('base/cbor-schema');
    try {
      // cborg's own text would be lossy: it replaces bad UTF-8 and drops a byte order mark.
      return strictUtf8.decode(this.#bytes.subarray(start + head, start + encodedLength));
    } catch {
      throw new CborRefusal('base/cbor-malformed');
    }
  }

  /** The number of items of an array, `min` to `max`. */
  arrayCount(min: number, max: number): number {
    return this.#count(Type.array, min, max);
  }

  /** The number of pairs of a map, `min` to `max`. */
  mapCount(min: number, max: number): number {
    return this.#count(Type.map, min, max);
  }

  #count(expected: Type, min: number, max: number): number {
    const { type, value } = this.#next();
    if (type !== expected) throw new CborRefusal('base/cbor-schema');
    const count = value as number;
    if (count < min || count > max) throw new CborRefusal('base/cbor-schema');
    // Every item takes at least one byte, so a larger count cannot be honest.
    if (count > this.#bytes.length - this.#tokens.pos()) {
      throw new CborRefusal('base/cbor-malformed');
    }
    return count;
  }

  #next(): Token {
    const start = this.#tokens.pos();
    const first = this.#bytes[start];
    if (first === undefined) throw new CborRefusal('base/cbor-malformed');
    this.#refuseForeign(first);
    try {
      return this.#tokens.next();
    } catch {
      throw new CborRefusal(
        this.#isWellFormedAt(start) ? 'base/cbor-not-canonical' : 'base/cbor-malformed',
      );
    }
  }

  #refuseForeign(first: number): void {
    const major = first >> 5;
    const minor = first & 31;
    if (minor >= 28 && minor <= 30) throw new CborRefusal('base/cbor-malformed');
    if (minor === 31 || major === 6) throw new CborRefusal('base/cbor-not-canonical');
    if (major === 7 && first !== FALSE && first !== TRUE) {
      throw new CborRefusal('base/cbor-not-canonical');
    }
  }

  /** Tells a longer form than needed from bytes that end too early. */
  #isWellFormedAt(position: number): boolean {
    try {
      new Tokenizer(this.#bytes.subarray(position), LENIENT).next();
      return true;
    } catch {
      return false;
    }
  }

  #headLength(position: number): number {
    const minor = (this.#bytes[position] ?? 0) & 31;
    return minor < 24 ? 1 : 1 + 2 ** (minor - 24);
  }
}

const FALSE = 0xf4;
const TRUE = 0xf5;
const STRICT = { strict: true, allowIndefinite: false, allowUndefined: false, allowBigInt: true };
const LENIENT = { ...STRICT, strict: false };
const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

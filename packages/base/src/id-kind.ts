import type { Branded } from './brand.ts';
import { schema } from './cbor/schema.ts';
import type { Schema } from './cbor/schema-node.ts';
import { base32 } from './encoding/text-encoding.ts';
import type { EncodingFailureCode, IdFailureCode } from './errors.ts';
import type { Random } from './ports/random.ts';
import { err, type Failure, ok, type Result } from './result.ts';

/** Ids of one kind: `name` is their brand, all have the same number of bytes. */
export interface IdKind<Name extends string> {
  readonly name: Name;
  readonly lengthBytes: number;
  /** How the id stands inside CBOR. */
  readonly schema: Schema<Branded<Uint8Array, Name>>;
  /** A copy of the bytes as an id. Checks the length and nothing else. */
  fromBytes(bytes: Uint8Array): Result<Branded<Uint8Array, Name>, Failure<IdFailureCode>>;
  /** The id of a text made by `toText`. */
  fromText(
    text: string,
  ): Result<Branded<Uint8Array, Name>, Failure<IdFailureCode | EncodingFailureCode>>;
  /** Lowercase base32 without padding; also a good key of a `Map`. */
  toText(id: Branded<Uint8Array, Name>): string;
  /** A fresh random id. */
  random(random: Random): Branded<Uint8Array, Name>;
}

/** Declares a kind of id, e.g. `defineId('VertexId', 32)`. */
export function defineId<const Name extends string>(name: Name, lengthBytes: number): IdKind<Name> {
  type Id = Branded<Uint8Array, Name>;
  return Object.freeze({
    name,
    lengthBytes,
    schema: schema.branded<Uint8Array, Id>(schema.bytes({ length: lengthBytes })),
    fromBytes(bytes: Uint8Array) {
      if (bytes.length !== lengthBytes) return err('base/id-length', { kind: name });
      return ok(new Uint8Array(bytes) as Id);
    },
    fromText(text: string) {
      const bytes = base32.decode(text, { maxBytes: lengthBytes });
      if (!bytes.ok) return bytes;
      if (bytes.value.length !== lengthBytes) return err('base/id-length', { kind: name });
      return ok(bytes.value as Id);
    },
    toText: (id: Id) => base32.encode(id),
    random: (random: Random) => random.bytes(lengthBytes) as Id,
  });
}

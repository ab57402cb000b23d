import {
  concatBytes,
  expose,
  type Redacted,
  uint32FromBytes,
  uint32ToBytes,
  utf8ToBytes,
} from '@pars/base';
import type { SecretBox, SymmetricPrimitives } from '@pars/crypto';
import type { ParcelId } from '../parcel.ts';
import type { PagePlace } from './page-directory.ts';

/** A run of keys: the first, and the first one after. */
export interface RowRange {
  readonly from: Uint8Array;
  readonly to: Uint8Array;
}

/** Where rows lie and how they are sealed (PIP-1002 §10). */
export interface ParcelRows {
  /** The key of the row that tells whether the local key is the right one. */
  readonly checkKey: Uint8Array;
  /** All pages of entries. */
  readonly pages: RowRange;
  /** The keyed hash of an id under which its rows lie: 32 bytes. */
  codeOf(id: ParcelId): Uint8Array;
  pageKey(place: PagePlace): Uint8Array;
  /** `undefined` for a key that no page has. */
  placeOf(pageKey: Uint8Array): PagePlace | undefined;
  bodyKey(code: Uint8Array): Uint8Array;
  /** The bodies whose codes begin with `from` and up to `to`, which is at most 2^32. */
  bodies(from: number, to: number): RowRange;
  /** A secret box that opens at this key only. */
  seal(key: Uint8Array, plaintext: Uint8Array): Promise<Uint8Array>;
  /** `undefined` when it was sealed with another key, for another place, or is damaged. */
  open(key: Uint8Array, sealed: Uint8Array): Promise<Uint8Array | undefined>;
}

const rowKind = { check: 0, page: 1, body: 2, end: 3 } as const;
const codeLabel = utf8ToBytes('pars/1 parcel row');
const indexLabel = utf8ToBytes('pars/1 parcel index');
const boxContext = 'parcel row';
const pageKeyLength = 5;
const noSalt = new Uint8Array(0);

/** Rows below `prefix`, under a local key of 32 bytes. */
export function createParcelRows(
  suite: { readonly symmetric: SymmetricPrimitives; readonly secretBox: SecretBox },
  key: Redacted<Uint8Array>,
  prefix: Uint8Array,
): ParcelRows {
  const place = (kind: number, rest: Uint8Array = noSalt) =>
    concatBytes(prefix, Uint8Array.of(kind), rest);
  const bodyFrom = (begin: number) =>
    begin >= 2 ** 32 ? place(rowKind.end) : place(rowKind.body, uint32ToBytes(begin));
  return {
    checkKey: place(rowKind.check),
    pages: { from: place(rowKind.page), to: place(rowKind.body) },
    codeOf: (id) => suite.symmetric.hkdf(expose(key), id, codeLabel, 32),
    pageKey: ({ start, depth }) =>
      place(rowKind.page, concatBytes(uint32ToBytes(start), Uint8Array.of(depth))),
    placeOf(pageKey) {
      if (pageKey.length !== prefix.length + 1 + pageKeyLength) return undefined;
      const start = uint32FromBytes(pageKey, prefix.length + 1);
      const depth = pageKey.at(-1) ?? 0;
      const isAligned = depth <= 28 && start % 2 ** (32 - depth) === 0;
      return isAligned ? { start, depth } : undefined;
    },
    bodyKey: (code) => place(rowKind.body, code),
    bodies: (from, to) => ({ from: bodyFrom(from), to: bodyFrom(to) }),
    seal: (aad, plaintext) => suite.secretBox.seal({ key, context: boxContext, plaintext, aad }),
    async open(aad, sealed) {
      const opened = await suite.secretBox.open({ key, context: boxContext, sealed, aad });
      return opened.ok ? opened.value : undefined;
    },
  };
}

/** The secret that hashes in memory are keyed with: 36 bytes, in memory only. */
export function indexSalt(symmetric: SymmetricPrimitives, key: Redacted<Uint8Array>): Uint8Array {
  return symmetric.hkdf(expose(key), noSalt, indexLabel, 36);
}

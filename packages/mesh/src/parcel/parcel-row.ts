import {
  concatBytes,
  expose,
  type Redacted,
  uint32FromBytes,
  uint32ToBytes,
  utf8ToBytes,
} from '@pars/base';
import type { SecretBox, SymmetricPrimitives } from '@pars/crypto';
import type { ParcelId } from './parcel.ts';
import type { ParcelEntry } from './parcel-entry.ts';
import { parcelPriorities, priorityToNumber } from './parcel-priority.ts';
import { parcelSizes } from './parcel-size.ts';

/** The three kinds of rows; the byte after the prefix in a row's key (PIP-1002 §10). */
export const rowKind = { check: 0, entry: 1, body: 2 } as const;

/** Where rows lie and how they are sealed. */
export interface ParcelRows {
  /** The key of the row that tells whether the local key is the right one. */
  readonly checkKey: Uint8Array;
  /** All rows of entries lie from here… */
  readonly entriesFrom: Uint8Array;
  /** … up to and without this. */
  readonly entriesTo: Uint8Array;
  /** Key of a parcel's entry or body: prefix ‖ kind ‖ code [32] (PIP-1002 §10). */
  keyOf(kind: 'entry' | 'body', id: ParcelId): Uint8Array;
  /** The key of the body that belongs to an entry's key. */
  bodyKeyOf(entryKey: Uint8Array): Uint8Array;
  /** A secret box that opens at this key only. */
  seal(key: Uint8Array, plaintext: Uint8Array): Promise<Uint8Array>;
  /** `undefined` when it was sealed with another key, for another place, or is damaged. */
  open(key: Uint8Array, sealed: Uint8Array): Promise<Uint8Array | undefined>;
}

const codeLabel = utf8ToBytes('pars/1 parcel row');
const boxContext = 'parcel row';
const entryVersion = 1;
const entryLength = 76;

/** Rows below `prefix`, under a local key of 32 bytes. */
export function createParcelRows(
  suite: { readonly symmetric: SymmetricPrimitives; readonly secretBox: SecretBox },
  key: Redacted<Uint8Array>,
  prefix: Uint8Array,
): ParcelRows {
  const place = (kind: number) => concatBytes(prefix, Uint8Array.of(kind));
  return {
    checkKey: place(rowKind.check),
    entriesFrom: place(rowKind.entry),
    entriesTo: place(rowKind.body),
    keyOf: (kind, id) => {
      const code = suite.symmetric.hkdf(expose(key), id, codeLabel, 32);
      return concatBytes(place(rowKind[kind]), code);
    },
    bodyKeyOf: (entryKey) => concatBytes(place(rowKind.body), entryKey.subarray(prefix.length + 1)),
    seal: (aad, plaintext) => suite.secretBox.seal({ key, context: boxContext, plaintext, aad }),
    async open(aad, sealed) {
      const opened = await suite.secretBox.open({ key, context: boxContext, sealed, aad });
      return opened.ok ? opened.value : undefined;
    },
  };
}

/** The 76 bytes of an entry: all entries have one length (PIP-1002 §10). */
export function encodeEntry(entry: ParcelEntry): Uint8Array {
  const bucket = parcelSizes.indexOf(entry.sizeBytes);
  const small = [
    entryVersion,
    bucket,
    priorityToNumber(entry.priority),
    Math.min(entry.level, 255),
  ];
  return concatBytes(
    Uint8Array.from(small),
    uint32ToBytes(entry.expirySlot),
    uint32ToBytes(entry.shard),
    entry.tag,
    entry.id,
  );
}

/** Reads an entry; `undefined` for anything else. Total. */
export function decodeEntry(bytes: Uint8Array): ParcelEntry | undefined {
  if (bytes.length !== entryLength || bytes[0] !== entryVersion) return undefined;
  const sizeBytes = parcelSizes[bytes[1] ?? parcelSizes.length];
  const priority = parcelPriorities[bytes[2] ?? parcelPriorities.length];
  if (sizeBytes === undefined || priority === undefined) return undefined;
  return {
    sizeBytes,
    priority,
    level: bytes[3] ?? 0,
    expirySlot: uint32FromBytes(bytes, 4),
    shard: uint32FromBytes(bytes, 8),
    tag: bytes.slice(12, 44),
    id: bytes.slice(44) as ParcelId,
  };
}

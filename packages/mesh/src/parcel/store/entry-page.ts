import { concatBytes, uint32FromBytes, uint32ToBytes } from '@pars/base';
import type { ParcelId } from '../parcel.ts';
import { parcelPriorities, priorityToNumber } from '../parcel-priority.ts';
import { parcelSizes } from '../parcel-size.ts';
import type { TaggedParcelEntry } from './parcel-entry.ts';

/** An entry as it lies on the disk. */
export interface StoredEntry extends TaggedParcelEntry {
  /** The first four bytes of the code that its rows lie under. */
  readonly codeBegin: number;
  /** The spent token's mark, 8 bytes; zero for work (PIP-1002 §7). */
  readonly tokenMark: Uint8Array;
}

/** The most entries of a page (PIP-1002 §11). */
export const pageEntries = 16;

const pageVersion = 1;
const entryLength = 88;
/** Bytes of a page before it is sealed: all pages are alike (PIP-1002 §11). */
export const pageLength: number = 2 + pageEntries * entryLength;

/** The 1,410 bytes of a page with up to 16 entries. */
export function encodePage(entries: readonly StoredEntry[]): Uint8Array {
  const page = new Uint8Array(pageLength);
  page.set([pageVersion, entries.length]);
  for (const [place, entry] of entries.entries()) {
    page.set(encodeEntry(entry), 2 + place * entryLength);
  }
  return page;
}

/** Reads a page; `undefined` for anything else. Total. */
export function decodePage(bytes: Uint8Array): readonly StoredEntry[] | undefined {
  const count = bytes[1] ?? 0;
  if (bytes.length !== pageLength || bytes[0] !== pageVersion || count > pageEntries) {
    return undefined;
  }
  const end = 2 + count * entryLength;
  if (bytes.subarray(end).some((byte) => byte !== 0)) return undefined;
  const entries: StoredEntry[] = [];
  for (let at = 2; at < end; at += entryLength) {
    const entry = decodeEntry(bytes.slice(at, at + entryLength));
    if (entry === undefined) return undefined;
    entries.push(entry);
  }
  return entries;
}

function encodeEntry(entry: StoredEntry): Uint8Array {
  const bucket = parcelSizes.indexOf(entry.sizeBytes);
  const small = [bucket, priorityToNumber(entry.priority), Math.min(entry.level, 255), 0];
  return concatBytes(
    uint32ToBytes(entry.codeBegin),
    Uint8Array.from(small),
    uint32ToBytes(entry.expirySlot),
    uint32ToBytes(entry.shard),
    entry.tag,
    entry.id,
    entry.tokenMark,
  );
}

function decodeEntry(bytes: Uint8Array): StoredEntry | undefined {
  const sizeBytes = parcelSizes[bytes[4] ?? parcelSizes.length];
  const priority = parcelPriorities[bytes[5] ?? parcelPriorities.length];
  if (sizeBytes === undefined || priority === undefined || bytes[7] !== 0) return undefined;
  return {
    codeBegin: uint32FromBytes(bytes, 0),
    sizeBytes,
    priority,
    level: bytes[6] ?? 0,
    expirySlot: uint32FromBytes(bytes, 8),
    shard: uint32FromBytes(bytes, 12),
    tag: bytes.subarray(16, 48),
    id: bytes.subarray(48, 80) as ParcelId,
    tokenMark: bytes.subarray(80),
  };
}

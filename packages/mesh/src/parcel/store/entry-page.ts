import type { ParcelId } from '../parcel.ts';
import { parcelPriorities, priorityToNumber } from '../parcel-priority.ts';
import { parcelSizes } from '../parcel-size.ts';
import type { TaggedParcelEntry } from './parcel-entry.ts';

/** An entry as it lies on the disk. */
export interface StoredEntry extends TaggedParcelEntry {
  /** The first four bytes of the code that its rows lie under. */
  readonly codeBegin: number;
  /** The spent token's mark, 8 bytes; zero for work (PIP-1002 §6). */
  readonly tokenMark: Uint8Array;
}

/** The most entries of a page (PIP-1002 §10). */
export const pageEntries = 32;

const pageVersion = 1;
const entryLength = 88;
/** Bytes of a page before it is sealed: all pages are alike (PIP-1002 §10). */
export const pageLength: number = 2 + pageEntries * entryLength;

/** The 2,818 bytes of a page with up to 32 entries. */
export function encodePage(entries: readonly StoredEntry[]): Uint8Array {
  const page = new Uint8Array(pageLength);
  page.set([pageVersion, entries.length]);
  const view = new DataView(page.buffer);
  for (const [place, entry] of entries.entries()) {
    const at = 2 + place * entryLength;
    view.setUint32(at, entry.codeBegin);
    page[at + 4] = parcelSizes.indexOf(entry.sizeBytes);
    page[at + 5] = priorityToNumber(entry.priority);
    page[at + 6] = Math.min(entry.level, 255);
    view.setUint32(at + 8, entry.expirySlot);
    view.setUint32(at + 12, entry.shard);
    page.set(entry.tag, at + 16);
    page.set(entry.id, at + 48);
    page.set(entry.tokenMark, at + 80);
  }
  return page;
}

/** Reads a page; `undefined` for anything else. What it gives are views of `page`. Total. */
export function decodePage(page: Uint8Array): readonly StoredEntry[] | undefined {
  const count = page[1] ?? 0;
  if (page.length !== pageLength || page[0] !== pageVersion || count > pageEntries) {
    return undefined;
  }
  const end = 2 + count * entryLength;
  if (page.subarray(end).some((byte) => byte !== 0)) return undefined;
  const view = new DataView(page.buffer, page.byteOffset);
  const entries: StoredEntry[] = [];
  for (let at = 2; at < end; at += entryLength) {
    const sizeBytes = parcelSizes[page[at + 4] ?? parcelSizes.length];
    const priority = parcelPriorities[page[at + 5] ?? parcelPriorities.length];
    if (sizeBytes === undefined || priority === undefined || page[at + 7] !== 0) return undefined;
    entries.push({
      codeBegin: view.getUint32(at),
      sizeBytes,
      priority,
      level: page[at + 6] ?? 0,
      expirySlot: view.getUint32(at + 8),
      shard: view.getUint32(at + 12),
      tag: page.subarray(at + 16, at + 48),
      id: page.subarray(at + 48, at + 80) as ParcelId,
      tokenMark: page.subarray(at + 80, at + entryLength),
    });
  }
  return entries;
}

import { concatBytes, equalBytes, type Random, uint32FromBytes, uint32ToBytes } from '@pars/base';
import type { SymmetricPrimitives } from '@pars/crypto';
import { randomBytes } from '../draws.ts';
import { readUint48, writeUint48 } from '../uint48.ts';
import {
  SLAB_CELLS,
  type SlabGeometry,
  slabCellBytes,
  slabCellOffset,
  slabWindowBytes,
} from './slab-geometry.ts';

/** What the owner of a chunk reads of it in the header of a window (PIP-3000 §14.2). */
export interface SlabEntry {
  readonly chunk: number;
  readonly version: number;
  /** The flush that wrote it. */
  readonly writtenAt: number;
}

const NONCE_LENGTH = 12;
const COMMIT_OFFSET = 16;
const COMMIT_PAGE_LENGTH = 64;
const ENTRIES_OFFSET: number = COMMIT_OFFSET + COMMIT_PAGE_LENGTH + 16;
const TAG_LENGTH = 16;
const ENTRY_HEADER_LENGTH = 32;
const ENTRY_LENGTH: number = TAG_LENGTH + ENTRY_HEADER_LENGTH;
const ZEROS = new Uint8Array(SLAB_CELLS * ENTRY_LENGTH);
const NO_AAD = new Uint8Array(0);

/** A window of random bytes. */
export function createSlabWindow(random: Random, geometry: SlabGeometry): Uint8Array {
  return randomBytes(random, slabWindowBytes(geometry));
}

/** The entries of a volume by slot. `header`: the window, or its first 1,024 bytes. */
export function findEntries(
  symmetric: SymmetricPrimitives,
  maskKey: Uint8Array,
  header: Uint8Array,
): ReadonlyMap<number, SlabEntry> {
  const mask = maskOf(symmetric, maskKey, header);
  const found = new Map<number, SlabEntry>();
  for (let slot = 0; slot < SLAB_CELLS; slot += 1) {
    const start = ENTRIES_OFFSET + slot * ENTRY_LENGTH;
    const bytes = Uint8Array.from(
      { length: ENTRY_LENGTH },
      (_, at) => (header[start + at] ?? 0) ^ (mask[slot * ENTRY_LENGTH + at] ?? 0),
    );
    if (bytes.subarray(0, TAG_LENGTH).some((byte) => byte !== 0)) continue;
    const entry = decodeEntry(bytes.subarray(TAG_LENGTH));
    if (entry !== undefined) found.set(slot, entry);
  }
  return found;
}

/** Puts a chunk into a slot of a window of random bytes, under its own key and a fresh nonce. */
export function sealChunk(
  symmetric: SymmetricPrimitives,
  geometry: SlabGeometry,
  request: {
    readonly window: Uint8Array;
    readonly slot: number;
    readonly maskKey: Uint8Array;
    readonly entry: SlabEntry;
    readonly key: Uint8Array;
    readonly content: Uint8Array;
  },
): void {
  const { window, slot, maskKey, entry, key, content } = request;
  const mask = maskOf(symmetric, maskKey, window);
  const header = encodeEntry(entry);
  const start = ENTRIES_OFFSET + slot * ENTRY_LENGTH;
  for (let at = 0; at < ENTRY_LENGTH; at += 1) {
    const plain = at < TAG_LENGTH ? 0 : (header[at - TAG_LENGTH] ?? 0);
    window[start + at] = plain ^ (mask[slot * ENTRY_LENGTH + at] ?? 0);
  }
  const cell = slabCellOffset(geometry, slot);
  const nonce = window.subarray(cell, cell + NONCE_LENGTH);
  window.set(symmetric.gcmSeal(key, nonce, content, header), cell + NONCE_LENGTH);
}

/** The chunk of a cell, or `undefined` when it is damaged or under another key. */
export function openChunk(
  symmetric: SymmetricPrimitives,
  geometry: SlabGeometry,
  cell: Uint8Array,
  entry: SlabEntry,
  key: Uint8Array,
): Uint8Array | undefined {
  const end = NONCE_LENGTH + geometry.chunkBytes + 16;
  return symmetric.gcmOpen(
    key,
    cell.subarray(0, NONCE_LENGTH),
    cell.subarray(NONCE_LENGTH, end),
    encodeEntry(entry),
  );
}

/** The bytes of one cell of a window. */
export function slabCellOf(geometry: SlabGeometry, window: Uint8Array, slot: number): Uint8Array {
  const start = slabCellOffset(geometry, slot);
  return window.subarray(start, start + slabCellBytes(geometry));
}

/** Seals flush number and hash of everything else into the window: volume 0 alone can tell it whole. */
export function commitSlabWindow(
  symmetric: SymmetricPrimitives,
  commitKey: Uint8Array,
  window: Uint8Array,
  flush: number,
): void {
  const page = new Uint8Array(COMMIT_PAGE_LENGTH);
  writeUint48(page, 0, flush);
  page.set(hashAround(symmetric, window), 6);
  window.set(
    symmetric.gcmSeal(commitKey, window.subarray(0, NONCE_LENGTH), page, NO_AAD),
    COMMIT_OFFSET,
  );
}

/** The flush that wrote a window, if the window is whole. */
export function findSlabCommit(
  symmetric: SymmetricPrimitives,
  commitKey: Uint8Array,
  window: Uint8Array,
): number | undefined {
  const page = symmetric.gcmOpen(
    commitKey,
    window.subarray(0, NONCE_LENGTH),
    window.subarray(COMMIT_OFFSET, ENTRIES_OFFSET),
    NO_AAD,
  );
  if (page === undefined) return undefined;
  const isWhole = equalBytes(hashAround(symmetric, window), page.subarray(6, 38));
  return isWhole ? readUint48(page, 0) : undefined;
}

function hashAround(symmetric: SymmetricPrimitives, window: Uint8Array): Uint8Array {
  return symmetric.sha3(window.subarray(0, COMMIT_OFFSET), window.subarray(ENTRIES_OFFSET));
}

function maskOf(
  symmetric: SymmetricPrimitives,
  maskKey: Uint8Array,
  header: Uint8Array,
): Uint8Array {
  return symmetric.gcmSeal(maskKey, header.subarray(0, NONCE_LENGTH), ZEROS, NO_AAD);
}

/** chunk 4 ‖ version 6 ‖ written at 6 ‖ zeros 16 (PIP-3000 §14.2). */
function encodeEntry(entry: SlabEntry): Uint8Array {
  const tail = new Uint8Array(ENTRY_HEADER_LENGTH - 4);
  writeUint48(tail, 0, entry.version);
  writeUint48(tail, 6, entry.writtenAt);
  return concatBytes(uint32ToBytes(entry.chunk), tail);
}

function decodeEntry(bytes: Uint8Array): SlabEntry | undefined {
  if (bytes.subarray(16).some((byte) => byte !== 0)) return undefined;
  return {
    chunk: uint32FromBytes(bytes, 0),
    version: readUint48(bytes, 4),
    writtenAt: readUint48(bytes, 10),
  };
}

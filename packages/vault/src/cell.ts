import { uint32FromBytes, uint32ToBytes } from '@pars/base';
import type { SymmetricPrimitives } from '@pars/crypto';
import { CELLS_PER_WINDOW, cellBytes, type Geometry, VOLUME_QUOTA } from './geometry.ts';
import { readUint48, writeUint48 } from './uint48.ts';

/** What a cell holds (PIP-3000 §3). */
export const CELL_KIND: {
  readonly data: 0;
  readonly leaf: 1;
  readonly top: 2;
  readonly commit: 3;
} = Object.freeze({ data: 0, leaf: 1, top: 2, commit: 3 });
/** A number of {@link CELL_KIND}. */
export type CellKind = (typeof CELL_KIND)[keyof typeof CELL_KIND];

/** What the owner of a volume reads of a cell before its page (PIP-3000 §3). */
export interface CellHeader {
  readonly kind: CellKind;
  readonly page: number;
  /** The flush in which this version of the page was begun; 0 for a commit cell. */
  readonly version: number;
  /** The flush that wrote this cell. */
  readonly writtenAt: number;
}

const NONCE_LENGTH = 12;
const TAG_OFFSET = 16;
const TAG_LENGTH = 16;
const HEADER_OFFSET = 32;
const HEADER_LENGTH = 32;
const HEADER_USED = 17;
const BODY_OFFSET = 64;
const AEAD_TAG_LENGTH = 16;
const MASK_LENGTH = TAG_LENGTH + HEADER_LENGTH;
const ZEROS = new Uint8Array(CELLS_PER_WINDOW * MASK_LENGTH);
const NO_AAD = new Uint8Array(0);

/**
 * The 48 bytes for each cell of a window that a volume's mask key gives
 * (PIP-3000 §3): the AES-256-GCM key stream under the first 12 bytes of the
 * window. One call for 64 cells is what makes a scan of the whole container cheap.
 */
export function maskOfWindow(
  symmetric: SymmetricPrimitives,
  maskKey: Uint8Array,
  window: Uint8Array,
): Uint8Array {
  return symmetric.gcmSeal(maskKey, window.subarray(0, NONCE_LENGTH), ZEROS, NO_AAD);
}

/**
 * The headers of a volume's cells in a window by slot; empty where the volume
 * has none. All tags are compared, and as many headers are unmasked as a volume
 * can have.
 */
export function findCells(
  geometry: Geometry,
  window: Uint8Array,
  mask: Uint8Array,
): Map<number, CellHeader> {
  const found = new Map<number, CellHeader>();
  const size = cellBytes(geometry);
  let unmasked = 0;
  for (let slot = 0; slot < CELLS_PER_WINDOW; slot += 1) {
    if (!hasTag(window, slot * size + TAG_OFFSET, mask, slot * MASK_LENGTH)) continue;
    unmasked += 1;
    const header = decodeHeader(maskedHeader(window, slot * size, mask, slot));
    if (header !== undefined) found.set(slot, header);
  }
  for (; unmasked < VOLUME_QUOTA; unmasked += 1) {
    decodeHeader(maskedHeader(window, unmasked * size, mask, unmasked));
  }
  return found;
}

/** Without views and without an end before the last byte: an unlock compares 131,072 of them in tier S. */
function hasTag(window: Uint8Array, at: number, mask: Uint8Array, maskAt: number): boolean {
  let difference = 0;
  for (let index = 0; index < TAG_LENGTH; index += 1) {
    difference |= (window[at + index] ?? 0) ^ (mask[maskAt + index] ?? 0);
  }
  return difference === 0;
}

/**
 * Makes a cell of what are random bytes until now: its first 16 bytes stay and
 * are its nonce, its padding stays (PIP-3000 §3). `content`: one page.
 */
export function sealCell(
  symmetric: SymmetricPrimitives,
  geometry: Geometry,
  request: {
    readonly window: Uint8Array;
    readonly slot: number;
    readonly mask: Uint8Array;
    readonly header: CellHeader;
    readonly key: Uint8Array;
    readonly content: Uint8Array;
  },
): void {
  const { window, slot, mask, key, content } = request;
  const start = slot * cellBytes(geometry);
  const header = encodeHeader(request.header);
  const nonce = window.subarray(start, start + NONCE_LENGTH);
  window.set(
    mask.subarray(slot * MASK_LENGTH, slot * MASK_LENGTH + TAG_LENGTH),
    start + TAG_OFFSET,
  );
  for (let index = 0; index < HEADER_LENGTH; index += 1) {
    window[start + HEADER_OFFSET + index] =
      (header[index] ?? 0) ^ (mask[slot * MASK_LENGTH + TAG_LENGTH + index] ?? 0);
  }
  window.set(symmetric.gcmSeal(key, nonce, content, header), start + BODY_OFFSET);
}

/** The page of a cell, or `undefined` when it is damaged or under another key. */
export function openCell(
  symmetric: SymmetricPrimitives,
  geometry: Geometry,
  cell: Uint8Array,
  header: CellHeader,
  key: Uint8Array,
): Uint8Array | undefined {
  const end = BODY_OFFSET + geometry.pageBytes + AEAD_TAG_LENGTH;
  return symmetric.gcmOpen(
    key,
    cell.subarray(0, NONCE_LENGTH),
    cell.subarray(BODY_OFFSET, end),
    encodeHeader(header),
  );
}

/** The bytes of one cell of a window. */
export function cellOf(geometry: Geometry, window: Uint8Array, slot: number): Uint8Array {
  const size = cellBytes(geometry);
  return window.subarray(slot * size, (slot + 1) * size);
}

function maskedHeader(
  window: Uint8Array,
  start: number,
  mask: Uint8Array,
  slot: number,
): Uint8Array {
  const header = new Uint8Array(HEADER_LENGTH);
  for (let index = 0; index < HEADER_LENGTH; index += 1) {
    header[index] =
      (window[start + HEADER_OFFSET + index] ?? 0) ^
      (mask[slot * MASK_LENGTH + TAG_LENGTH + index] ?? 0);
  }
  return header;
}

/** kind 1 ‖ page 4 ‖ version 6 ‖ written at 6 ‖ zeros 15 (PIP-3000 §3). */
function encodeHeader(header: CellHeader): Uint8Array {
  const bytes = new Uint8Array(HEADER_LENGTH);
  bytes[0] = header.kind;
  bytes.set(uint32ToBytes(header.page), 1);
  writeUint48(bytes, 5, header.version);
  writeUint48(bytes, 11, header.writtenAt);
  return bytes;
}

function decodeHeader(bytes: Uint8Array): CellHeader | undefined {
  const kind = bytes[0] ?? 0;
  const header = {
    kind: kind as CellKind,
    page: uint32FromBytes(bytes, 1),
    version: readUint48(bytes, 5),
    writtenAt: readUint48(bytes, 11),
  };
  let rest = 0;
  for (let at = HEADER_USED; at < HEADER_LENGTH; at += 1) rest |= bytes[at] ?? 0;
  return kind > CELL_KIND.commit || rest !== 0 ? undefined : header;
}

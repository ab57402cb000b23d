import { equalBytes } from '@pars/base';
import type { SymmetricPrimitives } from '@pars/crypto';
import { CELL_KIND, type CellHeader, cellOf, openCell } from './cell.ts';
import { cellBytes, type Geometry, SLOTS_PER_STRIPE } from './geometry.ts';
import { ROOT_COPIES } from './root-stripe.ts';
import { readUint48, writeUint48 } from './uint48.ts';

/** What volume 0's commit cell says of its flush (PIP-3000 §5). */
export interface Commit {
  readonly flush: number;
  /** The slots that the flush erases in the stripe before its own. */
  readonly erasedSlots: readonly number[];
}

const HASH_OFFSET = 6;
const SLOTS_OFFSET = 38;
const ERASED_SLOTS: number = 2 * ROOT_COPIES;

/** The page of a commit cell: flush 6 ‖ hash of the rest of the window 32 ‖ erased slots 16 ‖ zeros (PIP-3000 §5). */
export function encodeCommit(
  symmetric: SymmetricPrimitives,
  geometry: Geometry,
  commit: Commit,
  window: Uint8Array,
  slot: number,
): Uint8Array {
  const bytes = new Uint8Array(geometry.pageBytes);
  writeUint48(bytes, 0, commit.flush);
  bytes.set(hashAround(symmetric, geometry, window, slot), HASH_OFFSET);
  bytes.set(commit.erasedSlots, SLOTS_OFFSET);
  return bytes;
}

/**
 * The commit of a window image, if it holds one that fits the whole image. The
 * image is hashed in any case; whether a commit cell was opened is told.
 */
export function findCommit(
  symmetric: SymmetricPrimitives,
  geometry: Geometry,
  request: {
    readonly window: Uint8Array;
    readonly cells: ReadonlyMap<number, CellHeader>;
    readonly key: Uint8Array;
  },
): { readonly commit: Commit | undefined; readonly isOpened: boolean } {
  const { window, cells, key } = request;
  const [slot = 0, header] = [...cells].find(([, { kind }]) => kind === CELL_KIND.commit) ?? [];
  const hash = hashAround(symmetric, geometry, window, slot);
  if (header === undefined) return { commit: undefined, isOpened: false };
  const page = openCell(symmetric, geometry, cellOf(geometry, window, slot), header, key);
  if (page === undefined) return { commit: undefined, isOpened: true };
  const isWhole = equalBytes(hash, page.subarray(HASH_OFFSET, SLOTS_OFFSET));
  const erasedSlots = [...page.subarray(SLOTS_OFFSET, SLOTS_OFFSET + ERASED_SLOTS)];
  const isSane = erasedSlots.every((erased) => erased < SLOTS_PER_STRIPE);
  const commit = isWhole && isSane ? { flush: readUint48(page, 0), erasedSlots } : undefined;
  return { commit, isOpened: true };
}

/** SHA3-256 of everything in the window except for the commit cell itself, which its AEAD protects. */
function hashAround(
  symmetric: SymmetricPrimitives,
  geometry: Geometry,
  window: Uint8Array,
  slot: number,
): Uint8Array {
  const size = cellBytes(geometry);
  return symmetric.sha3(
    Uint8Array.of(slot),
    window.subarray(0, slot * size),
    window.subarray((slot + 1) * size),
  );
}

import { ParsError } from '@pars/base';

/** Cells of a window and of the staging area (PIP-3000 §2). */
export const CELLS_PER_WINDOW = 64;
/** Cells of a window that one volume may use, whether or not there is another (PIP-3000 §5). */
export const VOLUME_QUOTA = 24;
/** Of those, the cells for pages: one is left for the commit cell (PIP-3000 §5). */
export const PAGES_PER_WINDOW: number = VOLUME_QUOTA - 1;
/** Bytes of a cell beside its page: nonce, tag, header, AEAD tag and padding (PIP-3000 §3). */
export const CELL_OVERHEAD = 512;
/** Bytes of the page with the salt and the key slots (PIP-3000 §2). */
export const SALT_PAGE_BYTES = 4096;
/** Slots of a root stripe (PIP-3000 §4). */
export const SLOTS_PER_STRIPE = 64;
/** Bytes of a root slot (PIP-3000 §4). */
export const ROOT_SLOT_BYTES = 304;
/** Bytes before the first slot of a stripe; the first twelve are its nonce (PIP-3000 §4). */
export const STRIPE_HEADER_BYTES = 1024;
/** Bytes of a root stripe (PIP-3000 §4). */
export const STRIPE_BYTES: number = STRIPE_HEADER_BYTES + SLOTS_PER_STRIPE * ROOT_SLOT_BYTES;
/** Bytes of an entry of a map page: version 6, key 32 (PIP-3000 §6). */
export const MAP_ENTRY_BYTES = 38;
/** Top map pages that a root can name (PIP-3000 §6). */
export const TOPS_PER_ROOT = 4;

/** The sizes that people can have; tests use a smaller one that nothing exports. */
export type Tier = 'S' | 'L';

/** What the layout of a container follows from. */
export interface Geometry {
  /** Even; at least 4. */
  readonly windows: number;
  readonly pageBytes: number;
  readonly passwordProfile: 'standard' | 'phone';
}

/** Which volume: 0 is the one that the decoy password opens, 1 the hidden one. */
export type VolumeNumber = 0 | 1;

/** The tiers (PIP-3000 §2): S 1,024 and L 2,048 windows. */
export const TIERS: Readonly<Record<Tier, Geometry>> = Object.freeze({
  S: { windows: 1024, pageBytes: 4096, passwordProfile: 'phone' },
  L: { windows: 2048, pageBytes: 4096, passwordProfile: 'standard' },
});

/** The bytes of a container of a tier: 323,260,416 for S, 646,221,824 for L (PIP-3000 §2). */
export function containerBytes(tier: Tier): number {
  return sizeOf(TIERS[tier]);
}

/** The tier with that many bytes, if there is one: a container says nothing else about itself. */
export function tierOfSize(sizeBytes: number): Geometry | undefined {
  return Object.values(TIERS).find((geometry) => sizeOf(geometry) === sizeBytes);
}

export function cellBytes(geometry: Geometry): number {
  return geometry.pageBytes + CELL_OVERHEAD;
}

export function windowBytes(geometry: Geometry): number {
  return CELLS_PER_WINDOW * cellBytes(geometry);
}

export function stripeOffset(stripe: number): number {
  return SALT_PAGE_BYTES + stripe * STRIPE_BYTES;
}

export function stagingOffset(geometry: Geometry): number {
  return stripeOffset(geometry.windows);
}

export function windowOffset(geometry: Geometry, window: number): number {
  return stagingOffset(geometry) + (1 + window) * windowBytes(geometry);
}

export function sizeOf(geometry: Geometry): number {
  return windowOffset(geometry, geometry.windows);
}

/** Copies of every page of a volume: the hidden one keeps two, half a sweep apart (PIP-3000 §7). */
export function copiesOf(volume: VolumeNumber): 1 | 2 {
  return volume === 0 ? 1 : 2;
}

/** Homes of a volume's pages: a window of volume 0, a pair of windows of volume 1. */
export function homesOf(geometry: Geometry, volume: VolumeNumber): number {
  return geometry.windows / copiesOf(volume);
}

/** Pages that a volume can hold: 15 for each home, so that at least seven cells stay for writing (PIP-3000 §5). */
export function maxPagesOf(geometry: Geometry, volume: VolumeNumber): number {
  return 15 * homesOf(geometry, volume);
}

/** Pages that may wait for the clock, and that one transaction may write (PIP-3000 §8). */
export function maxQueuedPagesOf(geometry: Geometry, volume: VolumeNumber): number {
  return 4 * homesOf(geometry, volume);
}

/** Entries of a map page (PIP-3000 §6): 100, fewer only in the small containers of tests. */
export function entriesPerMap(geometry: Geometry): number {
  return Math.min(100, Math.floor(geometry.pageBytes / MAP_ENTRY_BYTES));
}

/** Leaves that a full volume has. */
export function maxLeavesOf(geometry: Geometry, volume: VolumeNumber): number {
  return Math.ceil(maxPagesOf(geometry, volume) / entriesPerMap(geometry));
}

/** Throws for a geometry that the format cannot carry. */
export function assertGeometry(geometry: Geometry): void {
  const entries = entriesPerMap(geometry);
  const fits =
    geometry.windows % 2 === 0 &&
    geometry.windows >= 4 &&
    maxPagesOf(geometry, 0) <= TOPS_PER_ROOT * entries * entries;
  if (!fits) throw new ParsError('vault/argument', { what: 'geometry' });
}

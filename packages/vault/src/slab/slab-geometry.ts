import { ParsError } from '@pars/base';
import { type Geometry, homesOf, type Tier, type VolumeNumber } from '../geometry.ts';

/** Cells of a window of the slab (PIP-3000 §14.1). */
export const SLAB_CELLS = 16;
/** Of those, the cells that one volume may use, whether or not there is another. */
export const SLAB_QUOTA = 6;
/** Bytes before the cells of a window: nonce, commit, entries. */
export const SLAB_HEADER_BYTES = 1024;
/** Bytes of a cell beside its chunk: nonce, AEAD tag, padding. */
export const SLAB_CELL_OVERHEAD = 64;

/** What the layout of a slab follows from. */
export interface SlabGeometry {
  /** Even; at least 4. */
  readonly windows: number;
  readonly chunkBytes: number;
}

const TIERS: Readonly<Record<Tier, SlabGeometry>> = Object.freeze({
  S: { windows: 512, chunkBytes: 65_408 },
  L: { windows: 2048, chunkBytes: 65_408 },
});

/** Live chunks for each home of a volume, so that at least two of six cells stay for writing. */
const CHUNKS_PER_HOME = 4;

/** The bytes of the slab of a tier: 537,919,488 for S, 2,148,532,224 for L (PIP-3000 §14.1). */
export function slabBytes(tier: Tier): number {
  return sizeOfSlab(TIERS[tier]);
}

/** The tier with a slab of that many bytes, if there is one. */
export function slabGeometryOfSize(sizeBytes: number): SlabGeometry | undefined {
  return Object.values(TIERS).find((geometry) => sizeOfSlab(geometry) === sizeBytes);
}

export function slabCellBytes(geometry: SlabGeometry): number {
  return geometry.chunkBytes + SLAB_CELL_OVERHEAD;
}

export function slabWindowBytes(geometry: SlabGeometry): number {
  return SLAB_HEADER_BYTES + SLAB_CELLS * slabCellBytes(geometry);
}

/** Where a window begins; staging is at 0. */
export function slabWindowOffset(geometry: SlabGeometry, window: number): number {
  return (1 + window) * slabWindowBytes(geometry);
}

/** Where a cell begins inside a window. */
export function slabCellOffset(geometry: SlabGeometry, slot: number): number {
  return SLAB_HEADER_BYTES + slot * slabCellBytes(geometry);
}

export function sizeOfSlab(geometry: SlabGeometry): number {
  return slabWindowOffset(geometry, geometry.windows);
}

/** Chunks that a volume can hold: 2,048 and 1,024 in tier S. */
export function maxChunksOf(geometry: SlabGeometry, volume: VolumeNumber): number {
  return CHUNKS_PER_HOME * homesOf(pagesLike(geometry), volume);
}

/** Windows and homes of a slab are those of a container with as many windows. */
export function pagesLike(geometry: SlabGeometry): Geometry {
  return { windows: geometry.windows, pageBytes: geometry.chunkBytes, passwordProfile: 'phone' };
}

/** Throws for a geometry that the format cannot carry. */
export function assertSlabGeometry(geometry: SlabGeometry): void {
  if (geometry.windows % 2 !== 0 || geometry.windows < 4 || geometry.chunkBytes < 16) {
    throw new ParsError('vault/argument', { what: 'slab geometry' });
  }
}

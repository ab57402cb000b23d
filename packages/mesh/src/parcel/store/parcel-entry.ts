import type { ParcelId } from '../parcel.ts';
import type { ParcelPriority } from '../parcel-priority.ts';

/** What the store knows of a parcel without reading its rows. */
export interface ParcelEntry {
  readonly id: ParcelId;
  readonly shard: number;
  readonly expirySlot: number;
  readonly priority: ParcelPriority;
  /** The level of postage that was proved, at most 255. */
  readonly level: number;
  readonly sizeBytes: number;
}

/** An entry with its tag, which lies on the disk and not in memory. */
export interface TaggedParcelEntry extends ParcelEntry {
  /** 32 bytes. */
  readonly tag: Uint8Array;
}

import type { ParcelId } from './parcel.ts';
import { type ParcelPriority, priorityToNumber } from './parcel-priority.ts';
import { dayFromSlot } from './parcel-time.ts';

/** What the store knows of a parcel without its bytes. */
export interface ParcelEntry {
  readonly id: ParcelId;
  readonly tag: Uint8Array;
  readonly shard: number;
  readonly expirySlot: number;
  readonly priority: ParcelPriority;
  /** The level of postage that was proved. */
  readonly level: number;
  readonly sizeBytes: number;
}

/** Levels beyond the network's least one that still count (PIP-1002 §9). */
const maxRankedLevel = 15;

/** The place of a parcel when room is needed, the lowest first: priority, then postage, then day (PIP-1002 §9). */
export function rankOf(entry: ParcelEntry, leastLevel: number): number {
  const paid = Math.min(maxRankedLevel, Math.max(0, entry.level - leastLevel));
  const day = dayFromSlot(entry.expirySlot);
  return (priorityToNumber(entry.priority) * (maxRankedLevel + 1) + paid) * 2 ** 24 + day;
}

import { type ParcelPriority, parcelPriorities, priorityToNumber } from '../parcel-priority.ts';
import { dayFromSlot } from '../parcel-time.ts';
import type { ParcelEntry } from './parcel-entry.ts';

/** What a rank is made of. */
export interface RankParts {
  readonly priority: ParcelPriority;
  /** Level of postage beyond the network's least one: 0 to 15. */
  readonly paid: number;
  readonly day: number;
}

/** Levels beyond the network's least one that still count (PIP-1002 §9). */
const maxPaid = 15;
const days = 2 ** 24;

/** The place of a parcel when room is needed, the lowest first: priority, then postage, then day (PIP-1002 §9). */
export function rankOf(
  entry: Pick<ParcelEntry, 'priority' | 'level' | 'expirySlot'>,
  leastLevel: number,
): number {
  return rankFrom(priorityToNumber(entry.priority), entry.level - leastLevel, entry.expirySlot);
}

/** The same from the number of the priority and the levels beyond the least one. */
export function rankFrom(priorityNumber: number, beyond: number, expirySlot: number): number {
  const paid = Math.min(maxPaid, Math.max(0, beyond));
  return (priorityNumber * (maxPaid + 1) + paid) * days + dayFromSlot(expirySlot);
}

/** Takes a rank apart again. */
export function rankParts(rank: number): RankParts {
  const above = Math.floor(rank / days);
  const priority = parcelPriorities[Math.floor(above / (maxPaid + 1))] ?? 'normal';
  return { priority, paid: above % (maxPaid + 1), day: rank % days };
}

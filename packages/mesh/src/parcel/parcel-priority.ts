/** How urgent a parcel is, from the least to the most; its place is its number on the wire (PIP-1002 §2). */
export const parcelPriorities = ['normal', 'high', 'emergency'] as const;

/** One of {@link parcelPriorities}. */
export type ParcelPriority = (typeof parcelPriorities)[number];

/** The number of a priority on the wire: 0 to 2. */
export function priorityToNumber(priority: ParcelPriority): number {
  return parcelPriorities.indexOf(priority);
}

/**
 * What a sync may cost without bringing anything, in bytes received and bytes
 * of answers (parcels apart). Every parcel gained gives some back (PIP-1003 §9).
 */
export interface SyncBudget {
  /** Spends bytes; false when there is nothing left. */
  spend(bytes: number): boolean;
  /** A parcel of so many bytes was gained: twice its bytes are given back. */
  gain(parcelBytes: number): void;
}

/** 64 MiB: a full sketch of each of 31 days fits. */
export const syncAllowance: number = 64 * 1_024 * 1_024;

/** A full allowance. */
export function createSyncBudget(): SyncBudget {
  let left = syncAllowance;
  return {
    spend(bytes) {
      left -= bytes;
      return left >= 0;
    },
    gain(parcelBytes) {
      left = Math.min(syncAllowance, left + 2 * parcelBytes);
    },
  };
}

import type { TaggedParcelEntry } from './parcel-entry.ts';

/** What has arrived since a moment. */
export interface ParcelChanges {
  /** The moment of this answer: ask with it the next time. */
  readonly sequence: number;
  /** In the order of arrival. Some may have gone again. */
  readonly arrived: readonly TaggedParcelEntry[];
  /** More has arrived than is remembered, or before this start: look through the store instead. */
  readonly isIncomplete: boolean;
}

/** The latest arrivals, in memory only: an order of arrival must not reach the disk. */
export interface ArrivalLog {
  add(entry: TaggedParcelEntry): void;
  since(sequence: number): ParcelChanges;
}

/**
 * Remembers the latest 2,048 to 4,096 arrivals. `start` is a random number, so
 * that a moment of another start is none of this one.
 */
export function createArrivalLog(start: number): ArrivalLog {
  const most = 4_096;
  let entries: TaggedParcelEntry[] = [];
  let sequence = start;
  return {
    add(entry) {
      if (entries.length >= most) entries = entries.slice(most / 2);
      entries.push(entry);
      sequence += 1;
    },
    since(from) {
      const missed = sequence - from;
      const isIncomplete = !(missed >= 0 && missed <= entries.length);
      const arrived = isIncomplete ? entries : entries.slice(entries.length - missed);
      return { sequence, arrived: [...arrived], isIncomplete };
    },
  };
}

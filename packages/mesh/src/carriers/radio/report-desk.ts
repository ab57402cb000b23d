import { maxReportEntries, type RadioShort } from './radio-message.ts';

/** Needed: this parcel is not wanted here, stop sending it (PIP-1007 §6). */
export const notWanted = 0xffff;

/** What this station owes an answer for, and when (PIP-1007 §10). */
export interface ReportDesk {
  /** When the next report is due; infinite for never. */
  readonly dueMs: number;
  /** An answer about a parcel is due at that time; an earlier one stands. */
  owe(short: RadioShort, length: number, dueMs: number): void;
  /** Frames go on: nobody answers before `notBeforeMs`. */
  delay(notBeforeMs: number): void;
  /** Somebody else needs it too; `isEnough` says whether that answer does for this station as well. */
  heardNeed(short: RadioShort, isEnough: (length: number) => boolean): void;
  /** What is due, at most a frame full; it is owed no more. */
  take(nowMs: number): readonly { readonly short: RadioShort; readonly length: number }[];
}

/** Nothing owed. At most 256 parcels; beyond them the oldest is forgotten. */
export function createReportDesk(): ReportDesk {
  const owed = new Map<RadioShort, { readonly length: number; dueMs: number }>();
  return {
    get dueMs() {
      let first = Number.POSITIVE_INFINITY;
      for (const { dueMs } of owed.values()) first = Math.min(first, dueMs);
      return first;
    },
    owe(short, length, dueMs) {
      const earlier = owed.get(short)?.dueMs ?? Number.POSITIVE_INFINITY;
      owed.delete(short);
      owed.set(short, { length, dueMs: Math.min(earlier, dueMs) });
      const [oldest] = owed.keys();
      if (owed.size > maxOwed && oldest !== undefined) owed.delete(oldest);
    },
    delay(notBeforeMs) {
      for (const entry of owed.values()) entry.dueMs = Math.max(entry.dueMs, notBeforeMs);
    },
    heardNeed(short, isEnough) {
      const entry = owed.get(short);
      if (entry !== undefined && isEnough(entry.length)) owed.delete(short);
    },
    take(nowMs) {
      const due = [...owed].filter(([, { dueMs }]) => dueMs <= nowMs);
      // What falls due in the same answering window goes along.
      const rest = [...owed].filter(([, { dueMs }]) => dueMs > nowMs && dueMs < nowMs + alongMs);
      const taken = [...due, ...rest].slice(0, maxReportEntries);
      for (const [short] of taken) owed.delete(short);
      return taken.map(([short, { length }]) => ({ short, length }));
    },
  };
}

const maxOwed = 256;
const alongMs = 10_000;

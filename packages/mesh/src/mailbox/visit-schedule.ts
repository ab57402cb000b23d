import { dayFromSlot, slotFromMs } from '../parcel/index.ts';
import type { ShardDay } from './keeper-message.ts';
import type { MailboxValues } from './mailbox-network.ts';

/** What is known of the visits to a shard day. */
export interface VisitNote {
  /** Number of the last visit; 0 before the first. */
  readonly lastVisit: number;
  /** What it lists was not told to its end. */
  readonly isIncomplete: boolean;
}

/** Absences are mostly short: days before the fresh one that are visited more often. */
const recentDays = 4;

/**
 * Which shard day the visit with this number, from 1 on, goes to (PIP-1006 §7):
 * every second one to the day on which new parcels expire; of the others half to
 * one of the four days before it, and the rest by turns to a day whose listing is
 * not complete and to any day; each time the one that was visited longest ago,
 * later days first. It depends on the clock and on what keepers
 * listed, and on nothing that a person wants.
 */
export function chooseVisit(
  values: MailboxValues,
  number: number,
  nowMs: number,
  shardOf: (day: number) => number,
  noteOf: (shardDay: ShardDay) => VisitNote,
): ShardDay {
  const today = dayFromSlot(slotFromMs(nowMs));
  const days = Array.from({ length: values.daysAhead + 1 }, (_, ahead) => {
    const day = today + values.daysAhead - ahead;
    return { shard: shardOf(day), day };
  });
  const fresh = days.find(({ day }) => day === today + values.freshDay);
  if (number % 2 === 1 && fresh !== undefined) return fresh;
  const preferred = days.filter((shardDay) => {
    const before = today + values.freshDay - shardDay.day;
    if (number % 4 === 0) return before >= 1 && before <= recentDays;
    // Only half of these: nobody who lists without an end keeps the others from their visits.
    return number % 8 === 2 && noteOf(shardDay).isIncomplete;
  });
  const candidates = preferred.length > 0 ? preferred : days;
  const least = Math.min(...candidates.map((day) => noteOf(day).lastVisit));
  const chosen = candidates.find((day) => noteOf(day).lastVisit === least);
  return chosen ?? { shard: shardOf(today), day: today };
}

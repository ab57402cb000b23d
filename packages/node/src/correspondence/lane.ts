import { dayFromSlot, slotFromMs } from '@pars/mesh';
import { MAX_PARCELS_PER_DAY, type SessionId, TAG_LOOK_AHEAD } from '@pars/session';
import type { CorrespondenceLane, CorrespondenceRecord } from '../profile/records.ts';

/** The record with a new lane in front; the one before stays for what is on its way, older ones go (PIP-5000 §12). */
export function addLane(
  record: CorrespondenceRecord | undefined,
  sessionId: SessionId,
  lane: Pick<CorrespondenceLane, 'secret' | 'role'>,
): CorrespondenceRecord {
  const added: CorrespondenceLane = { ...lane, sent: [], read: [] };
  return {
    type: 'correspondence',
    sessionId,
    lanes: [added, ...(record?.lanes ?? [])].slice(0, MAX_LANES),
  };
}

/** The record with this lane in the place of the one with the same secret. */
export function replaceLane(
  record: CorrespondenceRecord,
  lane: CorrespondenceLane,
): CorrespondenceRecord {
  const lanes = record.lanes.map((known) => (known.secret === lane.secret ? lane : known));
  return { ...record, lanes };
}

/** The next free number for a parcel that expires on `day`, and the lane without it; `undefined` when 256 are used. */
export function takeNumber(
  lane: CorrespondenceLane,
  day: number,
  nowMs: number,
): { readonly number: number; readonly lane: CorrespondenceLane } | undefined {
  const number = lane.sent.find((entry) => entry.day === day)?.next ?? 0;
  if (number >= MAX_PARCELS_PER_DAY) return undefined;
  const others = remembered(lane.sent, day, nowMs);
  return { number, lane: { ...lane, sent: [...others, { day, next: number + 1 }] } };
}

/** The lane after the parcel with this number was read. */
export function markRead(
  lane: CorrespondenceLane,
  place: { readonly day: number; readonly number: number },
  nowMs: number,
): CorrespondenceLane {
  const bits = bitsOf(lane, place.day).slice();
  const byte = place.number >> 3;
  bits[byte] = (bits[byte] ?? 0) | (0x80 >> (place.number & 7));
  const others = remembered(lane.read, place.day, nowMs);
  return { ...lane, read: [...others, { day: place.day, bits }] };
}

/** The numbers to look for on a day: those not read, up to 16 behind the highest that was read. */
export function numbersToLookFor(lane: CorrespondenceLane, day: number): readonly number[] {
  const bits = bitsOf(lane, day);
  let highest = -1;
  const unread: number[] = [];
  for (let number = 0; number < MAX_PARCELS_PER_DAY; number += 1) {
    const isRead = ((bits[number >> 3] ?? 0) & (0x80 >> (number & 7))) !== 0;
    if (isRead) highest = number;
    else unread.push(number);
  }
  return unread.filter((number) => number <= highest + TAG_LOOK_AHEAD);
}

/** Days on which parcels that are alive now can expire: 14 days, rounded up, and one for clocks that differ. */
export function daysToLookFor(nowMs: number): readonly number[] {
  const today = dayFromSlot(slotFromMs(nowMs));
  return Array.from({ length: DAYS_AHEAD + 1 }, (_, ahead) => today + ahead);
}

function bitsOf(lane: CorrespondenceLane, day: number): Uint8Array {
  const known = lane.read.find((entry) => entry.day === day);
  return known?.bits ?? new Uint8Array(MAX_PARCELS_PER_DAY / 8);
}

/**
 * The entries but that of `day`, without what is over: it does not come back. A
 * day that seems far ahead stays, since a clock that was set back is set right
 * again, and a number must not be given away twice.
 */
function remembered<E extends { readonly day: number }>(
  entries: readonly E[],
  day: number,
  nowMs: number,
): readonly E[] {
  const firstDay = dayFromSlot(slotFromMs(nowMs)) - CLOCK_DAYS;
  return entries
    .filter((entry) => entry.day !== day && entry.day >= firstDay)
    .toSorted((a, b) => a.day - b.day)
    .slice(0, MAX_DAYS - 1);
}

const MAX_LANES = 2;
/** As many as a row takes. A clock would have to be set back again and again. */
const MAX_DAYS = 64;
const DAYS_AHEAD = 16;
/** A clock that is set back by less than this forgets nothing. */
const CLOCK_DAYS = 16;

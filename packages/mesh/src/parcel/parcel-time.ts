import { ok, ParsError, type Result } from '@pars/base';
import { type MeshFailure, meshErr } from '../errors.ts';
import type { ParcelPriority } from './parcel-priority.ts';

/** Milliseconds of a slot: times on the wire are multiples of 5 minutes (PIP-1002 §3). */
export const slotMs = 300_000;
/** Slots of a day. */
export const slotsPerDay = 288;

/** Longest life of a parcel in days, by priority (PIP-1002 §3). */
export const maxLifetimeDays: Readonly<Record<ParcelPriority, number>> = {
  normal: 14,
  high: 30,
  emergency: 30,
};

/** Rounding up to a whole day, and clocks that differ, may add this much to a life. */
const toleranceSlots = slotsPerDay;
const maxSlot = 0xffff_ffff;

/** The slot that `timeMs` (since 1970, UTC) lies in. */
export function slotFromMs(timeMs: number): number {
  return Math.floor(timeMs / slotMs);
}

/** The day since 1970 (UTC) of a slot: with an expiry slot, the parcel's day (PIP-1002 §3). */
export function dayFromSlot(slot: number): number {
  return Math.floor(slot / slotsPerDay);
}

/**
 * The expiry slot of a parcel that shall live `lifetimeMs` from `nowMs` on.
 * Lives of a day and longer end with a day, so that the expiry does not tell
 * at what time of the day the parcel was made. A life outside of (0, limit of
 * the priority] is a bug: throws `mesh/argument`.
 */
export function expirySlotFrom(
  nowMs: number,
  lifetimeMs: number,
  priority: ParcelPriority,
): number {
  const limitMs = maxLifetimeDays[priority] * slotsPerDay * slotMs;
  if (!(lifetimeMs > 0 && lifetimeMs <= limitMs)) {
    throw new ParsError('mesh/argument', { what: 'lifetime' });
  }
  const grid = lifetimeMs >= slotsPerDay * slotMs ? slotsPerDay : 1;
  const slot = Math.ceil((nowMs + lifetimeMs) / slotMs / grid) * grid;
  if (!(slot >= 0 && slot <= maxSlot)) throw new ParsError('mesh/argument', { what: 'time' });
  return slot;
}

/**
 * Whether a parcel with this expiry may be held at `nowMs`: fails with
 * `mesh/parcel-expired`, or with `mesh/parcel-too-long-lived` when it would
 * live longer than its priority allows and a day (PIP-1002 §3).
 */
export function checkLifetime(
  expirySlot: number,
  priority: ParcelPriority,
  nowMs: number,
): Result<undefined, MeshFailure> {
  const now = slotFromMs(nowMs);
  if (expirySlot <= now) return meshErr('mesh/parcel-expired');
  const latest = now + maxLifetimeDays[priority] * slotsPerDay + toleranceSlots;
  if (expirySlot > latest) return meshErr('mesh/parcel-too-long-lived');
  return ok(undefined);
}

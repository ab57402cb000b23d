import { type Schema, schema } from '@pars/base';

/** Milliseconds in a slot: five minutes (PIP-5000 §1). */
export const SLOT_MS: number = 300_000;

/** Schema of a time on the wire: a count of slots since 1970-01-01 UTC, 0 to 2^32 - 1. */
export const slotSchema: Schema<number> = schema.uint({ max: 2 ** 32 - 1 });

/** The slot that holds this wall-clock time. Times before 1970 and after slot 2^32 - 1 become the nearest slot. */
export function slotFromMs(timeMs: number): number {
  return Math.min(Math.max(Math.floor(timeMs / SLOT_MS), 0), 2 ** 32 - 1);
}

/** The first millisecond of a slot. */
export function slotToMs(slot: number): number {
  return slot * SLOT_MS;
}

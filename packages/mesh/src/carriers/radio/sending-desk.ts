import type { RadioShort } from './radio-message.ts';
import { notWanted } from './report-desk.ts';

/** What was done to bring one parcel to the others (PIP-1007 §10). */
export interface Sending {
  readonly short: RadioShort;
  /** The id of the next symbol; `undefined` before the first. */
  nextSymbolId: number | undefined;
  /** Others were heard sending it: there is no use in the same symbols. */
  isRelay: boolean;
  /** Symbols that are to be sent; `undefined` until the length is known. */
  wanted: number | undefined;
  /** Turns since anybody answered. */
  unanswered: number;
  /** Somebody has answered the last turn. */
  isAnswered: boolean;
  /** Nothing is sent before. */
  notBeforeMs: number;
}

/** Parcels that are being sent, at most 1,024; the oldest is forgotten, and would begin anew. */
export interface SendingDesk {
  get(short: RadioShort): Sending;
  peek(short: RadioShort): Sending | undefined;
  /** Somebody lacks so many symbols. */
  heardNeed(short: RadioShort, needed: number, nowMs: number): void;
  /** Somebody who lacks it is heard again: it is worth another try. */
  revive(short: RadioShort, nowMs: number): void;
  forget(short: RadioShort): void;
}

/** An empty desk. */
export function createSendingDesk(): SendingDesk {
  const byShort = new Map<RadioShort, Sending>();

  function get(short: RadioShort): Sending {
    const known = byShort.get(short);
    if (known !== undefined) return known;
    const sending: Sending = {
      short,
      nextSymbolId: undefined,
      isRelay: false,
      wanted: undefined,
      unanswered: 0,
      isAnswered: false,
      notBeforeMs: 0,
    };
    byShort.set(short, sending);
    const [oldest] = byShort.keys();
    if (byShort.size > maxSendings && oldest !== undefined) byShort.delete(oldest);
    return sending;
  }

  return {
    get,
    peek: (short) => byShort.get(short),
    heardNeed(short, needed, nowMs) {
      const sending = byShort.get(short);
      if (sending === undefined || needed === notWanted) return;
      sending.unanswered = 0;
      if (needed === 0) return;
      // The first answer to a turn corrects what was thought; then the one who needs most counts.
      sending.wanted = sending.isAnswered ? Math.max(sending.wanted ?? 0, needed) : needed;
      sending.isAnswered = true;
      // A relay waits on: the one who was asked answers first.
      if (!sending.isRelay) sending.notBeforeMs = Math.min(sending.notBeforeMs, nowMs);
    },
    revive(short, nowMs) {
      const sending = byShort.get(short);
      // The first tries after a turn wait for its answers.
      if (sending === undefined || sending.unanswered <= patientTurns) return;
      sending.unanswered = patientTurns;
      sending.notBeforeMs = Math.min(sending.notBeforeMs, nowMs);
    },
    forget(short) {
      byShort.delete(short);
    },
  };
}

/** Turns without any answer before the pauses grow. */
export const patientTurns = 3;
const maxSendings = 1_024;

import { ParsError } from '@pars/base';

/** What a channel costs. */
export interface RadioChannel {
  /** Bits a second on the air, 100 to 1,000,000. */
  readonly bitsPerSecond: number;
  /** From the order to send until data flows, for each turn; 0 to 5,000. */
  readonly keyUpMs: number;
  /** Bytes that the modem adds to each frame: flags, checks. */
  readonly frameOverheadBytes: number;
  /** The part of the time in which this station may be on the air, over 0 up to 1. */
  readonly dutyCycle: number;
}

/** How long sending takes, and whether it is allowed (PIP-1007 §9). */
export interface AirtimeBudget {
  frameMs(frameLength: number): number;
  /** When so much air time is free: `nowMs` or later. Only urgent traffic gets the last quarter. */
  freeAtMs(airMs: number, isUrgent: boolean, nowMs: number): number;
  spend(airMs: number, nowMs: number): void;
  /** All that was ever spent. */
  readonly spentMs: number;
}

/** The share of an hour that may be used at once: the budget is a bucket that fills all the time. */
const windowMs = 3_600_000;
const urgentShare = 1 / 4;

/** A full budget; throws `mesh/argument` for a channel out of range. */
export function createAirtimeBudget(channel: RadioChannel, startMs: number): AirtimeBudget {
  const { bitsPerSecond, dutyCycle, frameOverheadBytes, keyUpMs } = channel;
  const isChannel =
    bitsPerSecond >= 100 &&
    bitsPerSecond <= 1_000_000 &&
    dutyCycle > 0 &&
    dutyCycle <= 1 &&
    keyUpMs >= 0 &&
    keyUpMs <= 5_000 &&
    frameOverheadBytes >= 0 &&
    frameOverheadBytes <= 256;
  if (!isChannel) throw new ParsError('mesh/argument', { what: 'radioChannel' });
  const capacityMs = windowMs * dutyCycle;
  let availableMs = capacityMs;
  let filledAtMs = startMs;
  let spentMs = 0;

  function fill(nowMs: number): void {
    availableMs = Math.min(capacityMs, availableMs + Math.max(0, nowMs - filledAtMs) * dutyCycle);
    filledAtMs = Math.max(filledAtMs, nowMs);
  }

  return {
    frameMs: (frameLength) => ((frameLength + frameOverheadBytes) * 8_000) / bitsPerSecond,
    freeAtMs(airMs, isUrgent, nowMs) {
      if (dutyCycle === 1) return nowMs;
      fill(nowMs);
      const reservedMs = isUrgent ? 0 : capacityMs * urgentShare;
      const lackingMs = airMs + reservedMs - availableMs;
      return lackingMs <= 0 ? nowMs : nowMs + Math.ceil(lackingMs / dutyCycle);
    },
    spend(airMs, nowMs) {
      fill(nowMs);
      availableMs -= airMs;
      spentMs += airMs;
    },
    get spentMs() {
      return spentMs;
    },
  };
}

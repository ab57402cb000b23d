import type { ClockDep, Log, LogFields, LogLevel } from '@pars/base';

/** Lines of one kind a minute that are written; the rest is counted. */
export const linesPerMinute = 8;
/** Kinds that are told apart; beyond them all count as one. */
const maxKinds = 256;
const minuteMs = 60_000;

/**
 * A log for what strangers can cause: they must not fill the disk with it. Of
 * lines with the same event and fields, eight a minute are written; the next
 * one that is carries in `unwritten` how many were not.
 */
export function limitLog({ log, clock }: ClockDep & { readonly log: Log }): Log {
  interface Kind {
    sinceMs: number;
    written: number;
    unwritten: number;
  }
  const kinds = new Map<string, Kind>();

  function kindOf(level: LogLevel, event: string, fields: LogFields): Kind {
    const exact = JSON.stringify([level, event, fields]);
    const key = kinds.has(exact) || kinds.size < maxKinds ? exact : 'others';
    const kind = kinds.get(key) ?? { sinceMs: -Infinity, written: 0, unwritten: 0 };
    kinds.set(key, kind);
    return kind;
  }

  return {
    write(level, event, fields = {}) {
      const kind = kindOf(level, event, fields);
      const nowMs = clock.monotonicMs();
      if (nowMs - kind.sinceMs >= minuteMs) {
        kind.sinceMs = nowMs;
        kind.written = 0;
      }
      if (kind.written === linesPerMinute) {
        kind.unwritten += 1;
        return;
      }
      kind.written += 1;
      const { unwritten } = kind;
      kind.unwritten = 0;
      log.write(level, event, unwritten === 0 ? fields : { ...fields, unwritten });
    },
  };
}

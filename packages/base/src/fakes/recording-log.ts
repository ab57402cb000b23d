import type { Log, LogFields, LogLevel } from '../ports/log.ts';

/** One entry that was logged. */
export interface LogEntry {
  readonly level: LogLevel;
  readonly event: string;
  readonly fields: LogFields;
}

/** A log that keeps its entries for a test to look at. */
export interface RecordingLog extends Log {
  /** The last 10,000 entries, oldest first. */
  readonly entries: readonly LogEntry[];
  /** The entries of one event. */
  entriesOf(event: string): readonly LogEntry[];
}

/** An empty log. */
export function createRecordingLog(): RecordingLog {
  const entries: LogEntry[] = [];
  return {
    entries,
    entriesOf: (event) => entries.filter((entry) => entry.event === event),
    write(level, event, fields = {}) {
      entries.push({ level, event, fields: { ...fields } });
      if (entries.length > MAX_ENTRIES) entries.shift();
    },
  };
}

const MAX_ENTRIES = 10_000;

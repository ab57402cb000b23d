import type { ClockDep, Log, LogFields, LogLevel } from '@pars/base';

/** Where the lines go: `process.stderr`, or any stream of text. */
export interface LineSink {
  write(line: string): unknown;
  /** Bytes that wait inside the sink. */
  readonly writableLength: number;
}

/** How a log is written. */
export interface StderrLogOptions {
  readonly sink: LineSink;
  /** Entries below it are dropped. Default `info`. */
  readonly level?: LogLevel;
}

/**
 * Structured logging as JSON lines: `{"time","level","event",...fields}`, the
 * time in ISO 8601 UTC, fields under `fields`. Everything but printable ASCII
 * is escaped, so that text from outside can neither forge a line nor steer a
 * terminal; texts are cut at 1,024 characters.
 *
 * It never waits: while a slow reader leaves more than 1 MiB in the sink,
 * entries are dropped, and their number is logged as `log/dropped` afterwards.
 */
export function createStderrLog(deps: ClockDep, options: StderrLogOptions): Log {
  const { clock } = deps;
  const { sink, level: lowest = 'info' } = options;
  let droppedCount = 0;

  function writeLine(level: LogLevel, event: string, fields: LogFields): void {
    const time = new Date(clock.nowMs()).toISOString();
    sink.write(`${toAsciiJson({ time, level, event, fields })}\n`);
  }

  return {
    write(level, event, fields = {}) {
      if (RANK[level] < RANK[lowest]) return;
      if (sink.writableLength > MAX_WAITING_BYTES) {
        droppedCount += 1;
        return;
      }
      if (droppedCount > 0) {
        writeLine('warn', 'log/dropped', { count: droppedCount });
        droppedCount = 0;
      }
      writeLine(level, event, fields);
    },
  };
}

const RANK: Readonly<Record<LogLevel, number>> = { debug: 0, info: 1, warn: 2, error: 3 };
const MAX_WAITING_BYTES = 1024 * 1024;
const MAX_TEXT_LENGTH = 1024;

function toAsciiJson(entry: object): string {
  const json = JSON.stringify(entry, (_key, value: unknown) =>
    typeof value === 'string' ? value.slice(0, MAX_TEXT_LENGTH) : value,
  );
  return json.replace(
    /[^\x20-\x7e]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

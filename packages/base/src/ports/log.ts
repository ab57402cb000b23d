/** Severity of a log entry. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** Values that may stand in a log entry. Never ids of persons, addresses, content or secrets. */
export type LogFields = Readonly<Record<string, string | number | boolean>>;

/** Structured logging: an event code (`mesh/link-refused`) and safe fields. */
export interface Log {
  write(level: LogLevel, event: string, fields?: LogFields): void;
}

/** What a module that logs asks for. */
export interface LogDep {
  readonly log: Log;
}

/** What a column or a parameter holds. Numbers are finite; whole ones within ±(2^53 - 1) are integers. */
export type SqlValue = null | number | string | Uint8Array;

/** A row by the names of its columns. */
export type SqlRow = Readonly<Record<string, SqlValue>>;

/**
 * SQLite over a database in memory, synchronous: the port that the platforms
 * implement. Nothing it does reaches a disk, temporary files included; ATTACH
 * and VACUUM are refused. Deleted content is overwritten with zeros, foreign
 * keys hold, FTS5 is there.
 *
 * Throws `ParsError`s: `sql/constraint`, `sql/full`, `sql/damaged`,
 * `sql/statement` and `sql/value`. An error takes back its own statement alone.
 */
export interface SqlEngine {
  /** Runs one statement to its end and gives its rows. At most 32,766 parameters, by position. */
  all(sql: string, parameters?: readonly SqlValue[]): readonly SqlRow[];
  /** The first row, or `undefined`. */
  get(sql: string, parameters?: readonly SqlValue[]): SqlRow | undefined;
  /** Runs one statement; gives how many rows it inserted, changed or deleted, triggers not counted. */
  run(sql: string, parameters?: readonly SqlValue[]): number;
  /** Runs several statements without parameters. */
  script(sql: string): void;
  /** Rows changed since the database was opened, triggers included; grows with every change of a row. */
  totalChanges(): number;
  /** Whether a transaction was begun and neither committed nor taken back; some errors take it back. */
  isInTransaction(): boolean;
  /** The names of tables that statements wrote to since the last call, triggers included. */
  takeTouched(): ReadonlySet<string>;
  /** A copy of the whole database as it was committed last, without an open transaction: pages one after another. */
  serialize(): Uint8Array;
  close(): void;
}

/** What an engine is opened with. */
export interface SqlEngineOptions {
  /** What `serialize` gave before; empty for a new database. An engine copies it. */
  readonly image: Uint8Array;
  /** 512 to 65,536, a power of two. */
  readonly pageBytes: number;
  /** The database never gets larger than this many pages: `sql/full`. */
  readonly maxPages: number;
}

/** Opens an engine. Throws `sql/damaged` for an image that is no database. */
export type OpenSqlEngine = (options: SqlEngineOptions) => SqlEngine;

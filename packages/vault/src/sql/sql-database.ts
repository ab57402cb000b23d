import type { Result } from '@pars/base';
import type { SqlFailure } from './errors.ts';
import type { SqlRow, SqlValue } from './sql-engine.ts';

/** Reads inside one transaction; valid only during the call that it was given to. */
export interface SqlReader {
  /** Every row of one statement. */
  all(sql: string, parameters?: readonly SqlValue[]): readonly SqlRow[];
  /** The first row, or `undefined`. */
  get(sql: string, parameters?: readonly SqlValue[]): SqlRow | undefined;
}

/** Reads and writes inside one transaction. */
export interface SqlWriter extends SqlReader {
  /** Runs one statement; gives how many rows it inserted, changed or deleted. */
  run(sql: string, parameters?: readonly SqlValue[]): number;
}

/** What a transaction gave. */
export interface Written<T> {
  readonly value: T;
  /** To be passed to `durable`. Grows with every transaction. */
  readonly sequence: number;
}

/**
 * The database of one volume (PIP-3000 §12). It lives in memory; the clock of
 * the vault brings it to the disk. Transactions are synchronous functions, so
 * that nothing comes between their statements.
 */
export interface SqlDatabase {
  /** Runs `work` on one state of the database. Fails with `sql/closed`. What `work` throws is thrown. */
  read<T>(work: (sql: SqlReader) => T): Promise<Result<T, SqlFailure>>;
  /**
   * Runs `work` in a transaction: all of it happens or, when it throws or a
   * statement is refused, nothing. Fails with `sql/constraint`, `sql/full`,
   * `sql/transaction-too-large`, `sql/busy` or `sql/closed`. What else `work`
   * throws is thrown.
   */
  write<T>(work: (sql: SqlWriter) => T): Promise<Result<Written<T>, SqlFailure>>;
  /**
   * Resolves once a crash cannot undo the transactions up to this one: when a
   * flush covers them. Fails with `sql/closed` when the vault locks first.
   */
  durable(upTo: number): Promise<Result<void, SqlFailure>>;
  /** The number of the last transaction that a crash cannot undo. */
  readonly durableSequence: number;
  /**
   * Calls `listener` after every transaction that wrote to one of the tables
   * (names as in the schema), until the returned function is called. It runs
   * after the transaction and must not throw.
   */
  watch(tables: readonly string[], listener: (touched: ReadonlySet<string>) => void): () => void;
  /** Pages that the database has, and may have. */
  room(): { readonly pages: number; readonly maxPages: number };
  /** Ends it; the vault's locking does too. Overwrites what can be overwritten. */
  close(): void;
}

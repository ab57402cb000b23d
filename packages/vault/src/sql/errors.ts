import { type Err, err, type Failure } from '@pars/base';

/** Failure codes of the database of a volume. */
export type SqlFailureCode =
  /** A rule of the schema (unique, foreign key, check, not null) refused a change. Nothing was changed. */
  | 'sql/constraint'
  /** The volume has no room for this. Nothing was changed. Delete something, or move to a bigger tier. */
  | 'sql/full'
  /** The transaction changes more pages than the clock can make durable at once. Nothing was changed. Split it. */
  | 'sql/transaction-too-large'
  /** Changes wait for the clock already, as many as it takes. Nothing was changed. Wait for `durable`, then write again. */
  | 'sql/busy'
  /** The pages of the volume are no database: some are lost or damaged. Restore a backup. */
  | 'sql/damaged'
  /** A newer version of the program wrote this database. Use that one. */
  | 'sql/newer-schema'
  /** The vault was locked. What was not durable by then is lost. */
  | 'sql/closed';

/** Codes of the `ParsError`s of this package's databases: bugs of the caller, but for the first two. */
export type SqlErrorCode =
  /** Thrown inside a transaction by an engine; the database turns it into the failure of that name. */
  | 'sql/constraint'
  | 'sql/full'
  | 'sql/damaged'
  /** A statement that is wrong or not allowed. */
  | 'sql/statement'
  /** A parameter or a number in a row that SQLite or JavaScript cannot hold exactly. */
  | 'sql/value'
  /** A statement was used outside of the call that it was given to. */
  | 'sql/outside';

/** A failure of this package's databases. */
export type SqlFailure = Failure<SqlFailureCode>;

/** {@link err} with the code checked against {@link SqlFailureCode}. */
export function sqlErr(code: SqlFailureCode): Err<SqlFailure> {
  return err(code);
}

/**
 * The code for a result code of SQLite, extended ones included: their low byte
 * is the primary code (https://www.sqlite.org/rescode.html). For engines.
 */
export function sqlCodeFromSqlite(resultCode: number): SqlErrorCode {
  return codeByPrimary.get(resultCode % 256) ?? 'sql/statement';
}

const codeByPrimary: ReadonlyMap<number, SqlErrorCode> = new Map([
  [7, 'sql/full'],
  [11, 'sql/damaged'],
  [13, 'sql/full'],
  [18, 'sql/value'],
  [19, 'sql/constraint'],
  [26, 'sql/damaged'],
]);

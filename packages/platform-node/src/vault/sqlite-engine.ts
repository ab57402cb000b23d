import { constants, DatabaseSync, type StatementSync } from 'node:sqlite';
import { ParsError } from '@pars/base';
import {
  type SqlEngine,
  type SqlEngineOptions,
  type SqlRow,
  type SqlValue,
  sqlCodeFromSqlite,
} from '@pars/vault/sql';

/** `node:sqlite` over a database in memory (the `SqlEngine` port). */
export function openNodeSqlEngine({ image, pageBytes, maxPages }: SqlEngineOptions): SqlEngine {
  const database = new DatabaseSync(':memory:', {
    allowExtension: false,
    enableForeignKeyConstraints: true,
    enableDoubleQuotedStringLiterals: false,
  });
  const statements = new Map<string, Prepared>();
  const touched = new Set<string>();
  /** The statement that was used last, and whether its tables are among the touched already. */
  let last: { readonly sql: string; readonly prepared: Prepared; isTold: boolean } | undefined;
  /** Tables that the statement which is being prepared writes to. */
  let writes: Set<string> = new Set();

  try {
    told(() => {
      database.deserialize(image.length === 0 ? emptyImage(pageBytes) : image);
      // A cache that spills would put an open transaction into what is serialized.
      database.exec(`
        PRAGMA max_page_count = ${maxPages};
        PRAGMA journal_mode = MEMORY;
        PRAGMA cache_spill = OFF;
        PRAGMA temp_store = MEMORY;
        PRAGMA secure_delete = ON;
        PRAGMA trusted_schema = OFF;
        PRAGMA foreign_keys = ON;
      `);
      requireSound(database, pageBytes);
      database.enableDefensive(true);
    });
  } catch (error) {
    database.close();
    throw image.length === 0 ? error : new ParsError('sql/damaged', {}, { cause: error });
  }

  database.setAuthorizer((action, table) => {
    if (FORBIDDEN.has(action)) return constants.SQLITE_DENY;
    if (WRITING.has(action) && table !== null) writes.add(table);
    return constants.SQLITE_OK;
  });

  function prepare(sql: string): Prepared {
    const known = statements.get(sql);
    if (known !== undefined) {
      // The last used is the last to go.
      statements.delete(sql);
      statements.set(sql, known);
      return known;
    }
    writes = new Set();
    const prepared = { statement: database.prepare(sql), writes };
    statements.set(sql, prepared);
    const [oldest] = statements.size > MAX_STATEMENTS ? statements.keys() : [];
    if (oldest !== undefined) statements.delete(oldest);
    return prepared;
  }

  /** Rows are written one after another by the same statement: what is asked of one is cheap for the next. */
  function use<T>(sql: string, work: (statement: StatementSync) => T): T {
    try {
      if (last?.sql !== sql) last = { sql, prepared: prepare(sql), isTold: false };
      const result = work(last.prepared.statement);
      if (!last.isTold) for (const table of last.prepared.writes) touched.add(table);
      last.isTold = true;
      return result;
    } catch (error) {
      throw toldAs(error);
    }
  }

  return {
    all: (sql, parameters = []) =>
      use(sql, (statement) => statement.all(...boundAll(parameters)) as unknown as SqlRow[]),
    get: (sql, parameters = []) =>
      use(sql, (statement) => statement.get(...boundAll(parameters)) as SqlRow | undefined),
    run: (sql, parameters = []) =>
      use(sql, (statement) => Number(statement.run(...boundAll(parameters)).changes)),
    script(sql) {
      told(() => {
        writes = new Set();
        database.exec(sql);
      });
      for (const table of writes) touched.add(table);
    },
    totalChanges: () =>
      use('SELECT total_changes() AS changes', (statement) => Number(statement.get()?.['changes'])),
    isInTransaction: () => database.isTransaction,
    takeTouched() {
      const taken = new Set(touched);
      touched.clear();
      if (last !== undefined) last.isTold = false;
      return taken;
    },
    serialize: () => told(() => database.serialize()),
    close() {
      statements.clear();
      last = undefined;
      if (database.isOpen) database.close();
    },
  };
}

interface Prepared {
  readonly statement: StatementSync;
  readonly writes: ReadonlySet<string>;
}

const MAX_STATEMENTS = 256;
const FORBIDDEN: ReadonlySet<number> = new Set([constants.SQLITE_ATTACH, constants.SQLITE_DETACH]);
const WRITING: ReadonlySet<number> = new Set([
  constants.SQLITE_INSERT,
  constants.SQLITE_UPDATE,
  constants.SQLITE_DELETE,
]);

function boundAll(
  parameters: readonly SqlValue[],
): readonly (null | bigint | number | string | Uint8Array)[] {
  return parameters.some((value) => typeof value === 'number') ? parameters.map(bound) : parameters;
}

/** `node:sqlite` would bind every number as a floating one. */
function bound(value: SqlValue): null | bigint | number | string | Uint8Array {
  if (typeof value !== 'number') return value;
  if (Number.isSafeInteger(value)) return BigInt(value);
  if (!Number.isFinite(value) || Number.isInteger(value)) throw new ParsError('sql/value');
  return value;
}

function emptyImage(pageBytes: number): Uint8Array {
  const database = new DatabaseSync(':memory:');
  try {
    database.exec(`PRAGMA page_size = ${pageBytes}; PRAGMA auto_vacuum = INCREMENTAL; VACUUM`);
    return database.serialize();
  } finally {
    database.close();
  }
}

function requireSound(database: DatabaseSync, pageBytes: number): void {
  const { page_size: found } = database.prepare('PRAGMA page_size').get() ?? {};
  const { quick_check: verdict } = database.prepare('PRAGMA quick_check(1)').get() ?? {};
  if (found !== pageBytes || verdict !== 'ok') throw new ParsError('sql/damaged');
}

/** What SQLite refuses becomes a `ParsError`; its messages, which quote statements, stay inside. */
function told<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw toldAs(error);
  }
}

function toldAs(error: unknown): unknown {
  if (error instanceof Error && 'errcode' in error) {
    const code = Number(error.errcode);
    return new ParsError(sqlCodeFromSqlite(code), { code });
  }
  return error instanceof RangeError ? new ParsError('sql/value') : error;
}

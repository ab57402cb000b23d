import { ParsError } from '@pars/base';
import {
  type OpenSqlEngine,
  type SqlEngine,
  type SqlEngineOptions,
  type SqlRow,
  type SqlValue,
  sqlCodeFromSqlite,
} from '@pars/vault/sql';
import initSqlite, {
  type Database,
  type PreparedStatement,
  type Sqlite3Static,
} from '@sqlite.org/sqlite-wasm';

/**
 * Loads SQLite compiled to WebAssembly and gives what opens engines over it
 * (the `SqlEngine` port). `wasm` is the content of the package's
 * `sqlite3.wasm`, so that nothing is fetched here. The page's security policy
 * has to allow `wasm-unsafe-eval`.
 */
export async function loadWasmSqlEngine(wasm: Uint8Array): Promise<OpenSqlEngine> {
  // The types leave out the settings of the module that Emscripten makes.
  const load = initSqlite as unknown as (settings: {
    readonly wasmBinary: Uint8Array;
    readonly print: () => void;
    readonly printErr: () => void;
  }) => Promise<Sqlite3Static>;
  const quiet = (): void => undefined;
  const sqlite = await load({ wasmBinary: wasm, print: quiet, printErr: quiet });
  // Its own messages go to the console and may quote statements.
  sqlite.config.error = quiet;
  sqlite.config.warn = quiet;
  return (options) => openEngine(sqlite, options);
}

interface Prepared {
  readonly statement: PreparedStatement;
  readonly columns: readonly string[];
  readonly writes: ReadonlySet<string>;
}

const MAX_STATEMENTS = 256;

function openEngine(
  sqlite: Sqlite3Static,
  { image, pageBytes, maxPages }: SqlEngineOptions,
): SqlEngine {
  const { capi } = sqlite;
  const statements = new Map<string, Prepared>();
  const touched = new Set<string>();
  /** Tables that the statement which is being prepared writes to. */
  let writes: Set<string> = new Set();
  const database = new sqlite.oo1.DB(':memory:');

  try {
    told(() => {
      deserialize(sqlite, database, image.length === 0 ? emptyImage(sqlite, pageBytes) : image);
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
      const found = database.selectValue('PRAGMA page_size');
      const verdict = database.selectValue('PRAGMA quick_check(1)');
      if (found !== pageBytes || verdict !== 'ok') throw new ParsError('sql/damaged');
      capi.sqlite3_db_config(database, capi.SQLITE_DBCONFIG_DEFENSIVE, 1, 0);
      capi.sqlite3_db_config(database, capi.SQLITE_DBCONFIG_DQS_DML, 0, 0);
      capi.sqlite3_db_config(database, capi.SQLITE_DBCONFIG_DQS_DDL, 0, 0);
    });
  } catch (error) {
    database.close();
    throw image.length === 0 ? error : new ParsError('sql/damaged', {}, { cause: error });
  }

  const forbidden = new Set<number>([capi.SQLITE_ATTACH, capi.SQLITE_DETACH]);
  const writing = new Set<number>([capi.SQLITE_INSERT, capi.SQLITE_UPDATE, capi.SQLITE_DELETE]);
  capi.sqlite3_set_authorizer(
    database,
    (_, action, table) => {
      if (forbidden.has(action)) return capi.SQLITE_DENY;
      if (writing.has(action) && table !== 0) writes.add(table);
      return capi.SQLITE_OK;
    },
    0,
  );

  function prepare(sql: string): Prepared {
    const known = statements.get(sql);
    if (known !== undefined) {
      // The last used is the last to go.
      statements.delete(sql);
      statements.set(sql, known);
      return known;
    }
    writes = new Set();
    const statement = database.prepare(sql);
    const columns = statement.columnCount === 0 ? [] : statement.getColumnNames([]);
    const prepared = { statement, columns, writes };
    statements.set(sql, prepared);
    const [oldest] = statements.size > MAX_STATEMENTS ? statements.keys() : [];
    if (oldest !== undefined) {
      statements.get(oldest)?.statement.finalize();
      statements.delete(oldest);
    }
    return prepared;
  }

  function use<T>(
    sql: string,
    parameters: readonly SqlValue[],
    work: (prepared: Prepared) => T,
  ): T {
    return told(() => {
      const prepared = prepare(sql);
      const { statement } = prepared;
      try {
        if (parameters.length > 0) statement.bind(parameters.map(bound));
        const result = work(prepared);
        for (const table of prepared.writes) touched.add(table);
        return result;
      } finally {
        statement.reset();
        statement.clearBindings();
      }
    });
  }

  const engine: SqlEngine = {
    all: (sql, parameters = []) =>
      use(sql, parameters, (prepared) => {
        const rows: SqlRow[] = [];
        while (prepared.statement.step()) rows.push(rowOf(prepared));
        return rows;
      }),
    get: (sql, parameters = []) =>
      use(sql, parameters, (prepared) => (prepared.statement.step() ? rowOf(prepared) : undefined)),
    run: (sql, parameters = []) =>
      use(sql, parameters, ({ statement }) => {
        const before = database.changes(true);
        while (statement.step());
        // The number stays what it was when a statement changes nothing.
        return database.changes(true) === before ? 0 : database.changes();
      }),
    script(sql) {
      told(() => {
        writes = new Set();
        database.exec(sql);
      });
      for (const table of writes) touched.add(table);
    },
    totalChanges: () => database.changes(true),
    isInTransaction: () => capi.sqlite3_get_autocommit(database) === 0,
    takeTouched() {
      const taken = new Set(touched);
      touched.clear();
      return taken;
    },
    serialize: () => told(() => capi.sqlite3_js_db_export(database)),
    close() {
      for (const { statement } of statements.values()) statement.finalize();
      statements.clear();
      database.close();
    },
  };
  return engine;
}

function rowOf({ statement, columns }: Prepared): SqlRow {
  const row: Record<string, SqlValue> = {};
  for (const [index, column] of columns.entries()) {
    const value = statement.get(index);
    if (typeof value === 'bigint') throw new ParsError('sql/value');
    row[column] = value as SqlValue;
  }
  return row;
}

function bound(value: SqlValue): SqlValue {
  if (typeof value !== 'number' || Number.isSafeInteger(value)) return value;
  if (!Number.isFinite(value) || Number.isInteger(value)) throw new ParsError('sql/value');
  return value;
}

/** Gives SQLite a copy of the image, which it frees and enlarges by itself. */
function deserialize(sqlite: Sqlite3Static, database: Database, image: Uint8Array): void {
  const { capi, wasm } = sqlite;
  const memory = wasm.allocFromTypedArray(image);
  const { length } = image;
  const flags = capi.SQLITE_DESERIALIZE_FREEONCLOSE | capi.SQLITE_DESERIALIZE_RESIZEABLE;
  const code = capi.sqlite3_deserialize(
    database.pointer ?? 0,
    'main',
    memory,
    length,
    length,
    flags,
  );
  if (code !== capi.SQLITE_OK) throw new ParsError('sql/damaged', { code });
}

function emptyImage(sqlite: Sqlite3Static, pageBytes: number): Uint8Array {
  const database = new sqlite.oo1.DB(':memory:');
  try {
    database.exec(`PRAGMA page_size = ${pageBytes}; PRAGMA auto_vacuum = INCREMENTAL; VACUUM`);
    return sqlite.capi.sqlite3_js_db_export(database);
  } finally {
    database.close();
  }
}

/** What SQLite refuses becomes a `ParsError`; its messages, which quote statements, stay inside. */
function told<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof Error && 'resultCode' in error) {
      const code = Number(error.resultCode);
      throw new ParsError(sqlCodeFromSqlite(code), { code });
    }
    throw error;
  }
}

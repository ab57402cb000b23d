import { ParsError } from '@pars/base';
import type { SqlWriter } from './sql-database.ts';
import type { SqlEngine, SqlValue } from './sql-engine.ts';

/** Statements for the length of one call. */
export interface Statements {
  /** Hands them to `work`. Afterwards they throw `sql/outside`. A `work` that returns a promise is refused: `sql/outside`. */
  during<T>(work: (sql: SqlWriter) => T): T;
  /** Bytes of the parameters that were given, about. */
  parameterBytes(): number;
}

/** Statements of an engine, for one call. */
export function createStatements(engine: SqlEngine): Statements {
  let isUsable = true;
  let bytes = 0;

  function use(parameters: readonly SqlValue[]): void {
    if (!isUsable) throw new ParsError('sql/outside');
    for (const value of parameters) bytes += sizeOf(value);
  }

  const sql: SqlWriter = {
    all(text, parameters = []) {
      use(parameters);
      return engine.all(text, parameters);
    },
    get(text, parameters = []) {
      use(parameters);
      return engine.get(text, parameters);
    },
    run(text, parameters = []) {
      use(parameters);
      return engine.run(text, parameters);
    },
  };

  return {
    during(work) {
      try {
        const value = work(sql);
        if (value instanceof Promise) throw new ParsError('sql/outside');
        return value;
      } finally {
        isUsable = false;
      }
    },
    parameterBytes: () => bytes,
  };
}

function sizeOf(value: SqlValue): number {
  if (typeof value === 'string') return 3 * value.length;
  return value instanceof Uint8Array ? value.length : 8;
}

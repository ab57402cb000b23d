import { ok, type Result } from '@pars/base';
import { type SqlFailure, sqlErr } from './errors.ts';
import type { SqlDatabase } from './sql-database.ts';

/** One step of a schema: statements without parameters. Never changed once it was released. */
export type Migration = readonly string[];

/**
 * Brings the schema up to date: the steps that the database has not seen, each
 * in a transaction of its own, the number of the last one in `user_version`.
 * Fails with `sql/newer-schema` when it has seen more than there are, and as
 * `write` does.
 */
export async function migrate(
  database: SqlDatabase,
  migrations: readonly Migration[],
): Promise<Result<void, SqlFailure>> {
  const seen = await database.read((sql) =>
    Number(sql.get('PRAGMA user_version')?.['user_version']),
  );
  if (!seen.ok) return seen;
  if (seen.value > migrations.length) return sqlErr('sql/newer-schema');
  for (let version = seen.value; version < migrations.length; version += 1) {
    const done = await database.write((sql) => {
      for (const statement of migrations[version] ?? []) sql.run(statement);
      sql.run(`PRAGMA user_version = ${version + 1}`);
    });
    if (!done.ok) return done;
  }
  return ok(undefined);
}

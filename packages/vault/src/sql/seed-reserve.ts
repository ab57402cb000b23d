import { ok, ParsError, type RandomDep, type Result } from '@pars/base';
import type { SqlFailure } from './errors.ts';
import type { SqlDatabase, SqlWriter } from './sql-database.ts';

/** Bytes of a seed. */
export const SEED_BYTES = 32;

/**
 * Seeds that are durable before anybody sees them (PIP-3000 §13). What is
 * derived from one may leave the device at once: after a crash the seed is
 * there again, and gives the same for the same input.
 */
export interface SeedReserve {
  /**
   * Takes the oldest seed out of the reserve, inside the transaction that
   * stores what became of it: after a crash that undid this transaction the
   * same seed comes again. `undefined` while none is durable: wait for `fill`.
   */
  take(sql: SqlWriter): Uint8Array | undefined;
  /** Makes new seeds up to the size of the reserve; resolves when they are durable. */
  fill(): Promise<Result<void, SqlFailure>>;
}

/** The statements that make the table of seeds; part of a migration. */
export const seedSchema: readonly string[] = [
  'CREATE TABLE seed_reserve (id INTEGER PRIMARY KEY AUTOINCREMENT, scope TEXT NOT NULL, seed BLOB NOT NULL) STRICT',
  'CREATE INDEX seed_reserve_scope ON seed_reserve (scope, id)',
];

/**
 * The reserve of `size` seeds (1 to 4,096) called `scope`, a conversation; one
 * at a time. Seeds that are in the database when it is opened are durable.
 */
export async function createSeedReserve(
  deps: RandomDep,
  database: SqlDatabase,
  { scope, size }: { readonly scope: string; readonly size: number },
): Promise<Result<SeedReserve, SqlFailure>> {
  if (!Number.isInteger(size) || size < 1 || size > 4096) {
    throw new ParsError('vault/argument', { what: 'size' });
  }
  const newest = await database.read((sql) => newestId(sql.get(NEWEST, [scope])?.['id']));
  if (!newest.ok) return newest;
  let durableId = newest.value;

  return ok({
    take(sql) {
      const row = sql.get(
        'SELECT id, seed FROM seed_reserve WHERE scope = ? AND id <= ? ORDER BY id LIMIT 1',
        [scope, durableId],
      );
      if (row === undefined) return undefined;
      sql.run('DELETE FROM seed_reserve WHERE id = ?', [row['id'] ?? null]);
      return row['seed'] as Uint8Array;
    },
    async fill() {
      const written = await database.write((sql) => {
        const count = Number(
          sql.get('SELECT count(*) AS count FROM seed_reserve WHERE scope = ?', [scope])?.['count'],
        );
        for (let made = count; made < size; made += 1) {
          const seed = deps.random.bytes(SEED_BYTES);
          sql.run('INSERT INTO seed_reserve (scope, seed) VALUES (?, ?)', [scope, seed]);
        }
        return newestId(sql.get(NEWEST, [scope])?.['id']);
      });
      if (!written.ok) return written;
      const durable = await database.durable(written.value.sequence);
      if (!durable.ok) return durable;
      durableId = Math.max(durableId, written.value.value);
      return ok(undefined);
    },
  });
}

const NEWEST = 'SELECT max(id) AS id FROM seed_reserve WHERE scope = ?';

function newestId(id: unknown): number {
  return typeof id === 'number' ? id : 0;
}

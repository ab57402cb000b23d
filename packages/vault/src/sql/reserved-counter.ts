import { ok, ParsError, type Result } from '@pars/base';
import type { SqlFailure } from './errors.ts';
import type { SqlDatabase } from './sql-database.ts';

/**
 * Numbers of which none is ever given twice, not even after a crash (PIP-3000
 * §13): a bound is made durable ahead of the numbers below it. After a crash
 * counting goes on at the bound; what lies before it is skipped.
 */
export interface ReservedCounter {
  /**
   * The next number, from 0 on. At once while numbers are reserved; else it
   * waits for a flush. Fails with `sql/closed` when the vault locks first.
   */
  next(): Promise<Result<number, SqlFailure>>;
  /** Numbers that `next` gives without waiting. */
  readonly reserved: number;
}

/** The statements that make the table of counters; part of a migration. */
export const counterSchema: readonly string[] = [
  'CREATE TABLE reserved_counter (name TEXT PRIMARY KEY, bound INTEGER NOT NULL) STRICT, WITHOUT ROWID',
];

/**
 * Opens the counter called `name`; one at a time. `block` numbers (1 to
 * 1,000,000) are reserved at once, again as soon as half of them are used.
 */
export async function createReservedCounter(
  database: SqlDatabase,
  name: string,
  block: number,
): Promise<Result<ReservedCounter, SqlFailure>> {
  if (!Number.isInteger(block) || block < 1 || block > 1_000_000) {
    throw new ParsError('vault/argument', { what: 'block' });
  }
  const found = await database.read((sql) =>
    Number(sql.get('SELECT bound FROM reserved_counter WHERE name = ?', [name])?.['bound'] ?? 0),
  );
  if (!found.ok) return found;
  let nextNumber = found.value;
  let durableBound = found.value;
  let reserving: Promise<Result<void, SqlFailure>> | undefined;

  async function reserve(): Promise<Result<void, SqlFailure>> {
    const bound = Math.max(durableBound, nextNumber) + block;
    const written = await database.write((sql) =>
      sql.run(
        'INSERT INTO reserved_counter (name, bound) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET bound = excluded.bound',
        [name, bound],
      ),
    );
    if (!written.ok) return written;
    const durable = await database.durable(written.value.sequence);
    if (!durable.ok) return durable;
    durableBound = bound;
    return ok(undefined);
  }

  function reserveAhead(): Promise<Result<void, SqlFailure>> {
    reserving ??= reserve().finally(() => {
      reserving = undefined;
    });
    return reserving;
  }

  const counter: ReservedCounter = {
    async next() {
      while (nextNumber >= durableBound) {
        const reserved = await reserveAhead();
        if (!reserved.ok) return reserved;
      }
      const number = nextNumber;
      nextNumber += 1;
      // Whoever waits for it later is told of a failure.
      if (durableBound - nextNumber <= block / 2) void reserveAhead();
      return ok(number);
    },
    get reserved() {
      return durableBound - nextNumber;
    },
  };
  void reserveAhead();
  return ok(counter);
}

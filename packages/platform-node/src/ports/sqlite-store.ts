import { chmodSync, closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import {
  ParsError,
  requireListLimit,
  requireStoreBatch,
  requireStoreKey,
  type Store,
  type StoreRange,
} from '@pars/base';
import { createSnapshotReaders, type RangeStatement } from './sqlite-snapshot.ts';
import { withStorageFailures } from './storage-failure.ts';

/**
 * A store in one SQLite file (and its `-wal` and `-shm`), readable by its owner
 * only. Every batch is one transaction that is on the disk when `write`
 * resolves (WAL, synchronous=FULL). One process opens it at a time: the data
 * folder's lock sees to that.
 *
 * SQLite runs inside the calls: a write holds up the event loop for the time
 * of a disk flush. A list that is not read to its end holds a snapshot, which
 * keeps the log from being folded back: read lists soon, and at most 64 at once.
 *
 * The numbers that SQLite gives to rows are random: one after another they would
 * tell in which order the rows came (PIP-1002 §10). Pages of the file, and the
 * log before it is folded back, may still tell.
 *
 * What the disk refuses is thrown as `base/storage-failed`, here and by every call.
 */
export function createSqliteStore(path: string): Store {
  const database = withStorageFailures(() => openDatabase(path));
  const select = database.prepare('SELECT value FROM entry WHERE key = ?');
  const upsert = database.prepare(
    // 53 bits: as many as a number has here.
    `INSERT INTO entry (rowid, key, value) VALUES (random() & ${Number.MAX_SAFE_INTEGER}, ?, ?)
     ON CONFLICT (key) DO UPDATE SET value = excluded.value`,
  );
  const remove = database.prepare('DELETE FROM entry WHERE key = ?');
  const readers = createSnapshotReaders(path);

  function requireOpen(signal?: AbortSignal): void {
    signal?.throwIfAborted();
    if (!database.isOpen) throw new ParsError('base/storage-closed');
  }

  return {
    async get(key, signal) {
      requireOpen(signal);
      requireStoreKey(key);
      return withStorageFailures(() => blobOf(select, key));
    },

    list(range, signal) {
      requireOpen(signal);
      return readers.list(statementOf(range), () => requireOpen(signal));
    },

    async write(batch, signal) {
      requireOpen(signal);
      requireStoreBatch(batch);
      if (batch.length === 0) return;
      withStorageFailures(() =>
        inTransaction(database, () => {
          for (const { key, value } of batch) {
            if (value === undefined) remove.run(key);
            else upsert.run(key, value);
          }
        }),
      );
    },

    async close() {
      if (!database.isOpen) return;
      readers.close();
      database.close();
    },
  };
}

function openDatabase(path: string): DatabaseSync {
  createPrivateFile(path);
  const database = new DatabaseSync(path, { allowExtension: false });
  try {
    database.exec(`
      PRAGMA journal_mode = WAL;
      PRAGMA synchronous = FULL;
      PRAGMA trusted_schema = OFF;
      CREATE TABLE IF NOT EXISTS entry (key BLOB NOT NULL PRIMARY KEY, value BLOB NOT NULL) STRICT;
    `);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

function statementOf(range: StoreRange): RangeStatement {
  const { from, to, reverse = false } = range;
  const conditions = [
    ...(from === undefined ? [] : ['key >= ?']),
    ...(to === undefined ? [] : ['key < ?']),
  ];
  const where = conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`;
  const bounds = [from, to].filter((bound) => bound !== undefined);
  return {
    // SQLite compares BLOBs as unsigned bytes, prefixes first: the order of the port.
    sql: `SELECT key, value FROM entry ${where} ORDER BY key ${reverse ? 'DESC' : 'ASC'} LIMIT ?`,
    parameters: [...bounds, requireListLimit(range.limit)],
  };
}

function inTransaction(database: DatabaseSync, work: () => void): void {
  database.exec('BEGIN IMMEDIATE');
  try {
    work();
    database.exec('COMMIT');
  } catch (error) {
    if (database.isTransaction) database.exec('ROLLBACK');
    throw error;
  }
}

function blobOf(select: StatementSync, key: Uint8Array): Uint8Array | undefined {
  const row = select.get(key);
  return row === undefined ? undefined : (row['value'] as Uint8Array);
}

/** SQLite gives its `-wal` and `-shm` the mode of the main file. */
function createPrivateFile(path: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  closeSync(openSync(path, 'a', 0o600));
  chmodSync(path, 0o600);
}

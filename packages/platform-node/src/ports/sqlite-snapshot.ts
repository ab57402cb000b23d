import { DatabaseSync } from 'node:sqlite';
import { ParsError, type StoreEntry } from '@pars/base';
import { storageErrorFrom, withStorageFailures } from './storage-failure.ts';

/** A query over the entries of a range, with its parameters. */
export interface RangeStatement {
  readonly sql: string;
  readonly parameters: readonly (Uint8Array | number)[];
}

/** Lists entries as of the moment of the call, on connections of their own. */
export interface SnapshotReaders {
  list(statement: RangeStatement, requireOpen: () => void): AsyncIterable<StoreEntry>;
  /** Ends every list that is still being read. */
  close(): void;
}

/**
 * Readers of the database at `path`. A read transaction begins with the first
 * row, inside `list`, and sees nothing written later. Rows are then taken one
 * by one; short lists are read at once and hold nothing.
 */
export function createSnapshotReaders(path: string): SnapshotReaders {
  const idle: DatabaseSync[] = [];
  const busy = new Set<DatabaseSync>();

  function take(): DatabaseSync {
    if (busy.size >= MAX_READERS) {
      throw new ParsError('base/argument', { what: 'lists read at once', most: MAX_READERS });
    }
    const connection = idle.pop() ?? new DatabaseSync(path, { readOnly: true });
    busy.add(connection);
    return connection;
  }

  function release(connection: DatabaseSync): void {
    if (!busy.delete(connection)) return;
    if (idle.length < MAX_IDLE) idle.push(connection);
    else connection.close();
  }

  function list(statement: RangeStatement, requireOpen: () => void): AsyncIterable<StoreEntry> {
    const connection = withStorageFailures(take);
    try {
      const rows = connection.prepare(statement.sql).iterate(...statement.parameters);
      const first = readAhead(rows);
      if (first.isComplete) release(connection);
      return remaining(first, rows, connection, requireOpen);
    } catch (error) {
      release(connection);
      throw storageErrorFrom(error);
    }
  }

  async function* remaining(
    first: ReadAhead,
    rows: Iterator<Row>,
    connection: DatabaseSync,
    requireOpen: () => void,
  ): AsyncGenerator<StoreEntry> {
    try {
      for (const entry of first.entries) {
        requireOpen();
        yield entry;
      }
      while (!first.isComplete) {
        requireOpen();
        const next = withStorageFailures(() => rows.next());
        if (next.done === true) return;
        yield entryOf(next.value);
      }
    } finally {
      // Ends the read transaction of a list that was left early.
      if (!first.isComplete && busy.has(connection)) rows.return?.();
      release(connection);
    }
  }

  return {
    list,
    close() {
      for (const connection of [...idle, ...busy]) connection.close();
      idle.length = 0;
      busy.clear();
    },
  };
}

type Row = Readonly<Record<string, unknown>>;

interface ReadAhead {
  readonly entries: readonly StoreEntry[];
  /** Whether the list ends here. */
  readonly isComplete: boolean;
}

/** The first rows, up to a size: enough for most lists. */
function readAhead(rows: Iterator<Row>): ReadAhead {
  const entries: StoreEntry[] = [];
  let sizeBytes = 0;
  while (entries.length < READ_AHEAD_ROWS && sizeBytes < READ_AHEAD_BYTES) {
    const next = rows.next();
    if (next.done === true) return { entries, isComplete: true };
    const entry = entryOf(next.value);
    entries.push(entry);
    sizeBytes += entry.key.length + entry.value.length;
  }
  return { entries, isComplete: false };
}

function entryOf(row: Row): StoreEntry {
  return { key: row['key'] as Uint8Array, value: row['value'] as Uint8Array };
}

const MAX_READERS = 64;
const MAX_IDLE = 4;
const READ_AHEAD_ROWS = 128;
const READ_AHEAD_BYTES = 256 * 1024;

import { ParsError } from '@pars/base';
import { storageErrorFrom } from './storage-failure.ts';

/** One object store of one database of IndexedDB, its keys outside of its values. */
export interface IndexedDatabase {
  /**
   * Starts a transaction at once, so that it sees what was begun before and
   * nothing begun later. Throws `base/storage-closed` after `close`, and
   * `base/storage-failed` when the browser took the database away.
   */
  begin(mode: 'readonly' | 'readwrite'): IndexedTransaction;
  close(): void;
}

/** A transaction that ends by itself when nothing is asked of it any more. */
export interface IndexedTransaction {
  readonly entries: IDBObjectStore;
  /** Resolves when it is on the disk; rejects with `base/storage-failed` when nothing of it is. */
  readonly end: Promise<void>;
}

/**
 * Opens the database `name`, or creates it. It belongs to one realm at a time:
 * whoever runs the node sees to that. When it is to be deleted elsewhere it is
 * given up at once: a person who wipes this device is not kept waiting.
 */
export async function openIndexedDatabase(
  factory: IDBFactory,
  name: string,
): Promise<IndexedDatabase> {
  const opening = factory.open(name, SCHEMA_VERSION);
  opening.addEventListener('upgradeneeded', () => {
    opening.result.createObjectStore(ENTRIES);
  });
  const database = await resultOf(opening);
  let state: 'open' | 'closed' | 'lost' = 'open';
  database.addEventListener('versionchange', () => {
    state = state === 'open' ? 'lost' : state;
    database.close();
  });
  // The browser closes it when the person clears the site's data.
  database.addEventListener('close', () => {
    state = state === 'open' ? 'lost' : state;
  });

  return {
    begin(mode) {
      if (state === 'closed') throw new ParsError('base/storage-closed');
      if (state === 'lost') throw new ParsError('base/storage-failed', { reason: 'failed' });
      return wrapped(() => begin(database, mode));
    },
    close() {
      state = 'closed';
      database.close();
    },
  };
}

/** What the request gives. Rejects with `base/storage-failed`. */
export function resultOf<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.addEventListener('success', () => resolve(request.result));
    request.addEventListener('error', () => reject(storageErrorFrom(request.error)));
  });
}

const SCHEMA_VERSION = 1;
const ENTRIES = 'entries';

function begin(database: IDBDatabase, mode: 'readonly' | 'readwrite'): IndexedTransaction {
  // By default Chromium calls a transaction complete before it is on the disk.
  const transaction = database.transaction(ENTRIES, mode, { durability: 'strict' });
  const end = new Promise<void>((resolve, reject) => {
    transaction.addEventListener('complete', () => resolve());
    transaction.addEventListener('abort', () => reject(storageErrorFrom(transaction.error)));
  });
  // Whoever reads waits for requests; the end is for those who write.
  end.catch(() => undefined);
  return { entries: transaction.objectStore(ENTRIES), end };
}

function wrapped<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw storageErrorFrom(error);
  }
}

import {
  ParsError,
  requireListLimit,
  requireStoreBatch,
  requireStoreKey,
  type Store,
  type StoreRange,
} from '@pars/base';
import { openIndexedDatabase, resultOf } from './indexed-database.ts';
import { createListReaders } from './indexed-list.ts';

/** Where a store of IndexedDB lies. */
export interface IndexedStoreOptions {
  /** `globalThis.indexedDB`. */
  readonly factory: IDBFactory;
  /** The name of the database; nothing else may lie in it. */
  readonly name: string;
}

/**
 * A store in a database of IndexedDB. Every batch is one transaction with
 * strict durability: it is on the disk when `write` resolves. A list is read
 * piece by piece; what is overwritten before its turn is kept in memory until
 * the list has passed it. At most 64 lists are read at once.
 *
 * It works in pages that are no secure context too. One realm opens a name at
 * a time. The browser may clear it when the disk is full, unless the person
 * allowed persistent storage: `base/storage-failed` from then on.
 */
export async function openIndexedStore({ factory, name }: IndexedStoreOptions): Promise<Store> {
  const database = await openIndexedDatabase(factory, name);
  const readers = createListReaders(database);

  return {
    async get(key, signal) {
      signal?.throwIfAborted();
      requireStoreKey(key);
      const { entries } = database.begin('readonly');
      return bytesFrom(await resultOf(entries.get(exact(key))));
    },

    list(range, signal) {
      const limit = requireListLimit(range.limit);
      return readers.list(ownRange(range), limit, signal);
    },

    async write(batch, signal) {
      signal?.throwIfAborted();
      requireStoreBatch(batch);
      const writes = batch.map(({ key, value }) => ({ key: exact(key), value: value?.slice() }));
      const { entries, end } = database.begin('readwrite');
      readers.keepOld(
        entries,
        writes.map(({ key }) => key),
      );
      for (const { key, value } of writes) {
        if (value === undefined) entries.delete(key);
        else entries.put(value, key);
      }
      await end;
    },

    async close() {
      readers.close();
      database.close();
    },
  };
}

/** A value of IndexedDB that this adapter wrote. */
export function bytesFrom(value: unknown): Uint8Array | undefined {
  if (value === undefined) return undefined;
  if (value instanceof Uint8Array) return value;
  throw new ParsError('base/storage-failed', { reason: 'damaged' });
}

/** The same bytes in a buffer of their own: IndexedDB would copy the whole buffer behind a view. */
function exact(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return bytes.slice();
}

function ownRange({ from, to, reverse = false }: StoreRange): {
  readonly from: Uint8Array | undefined;
  readonly to: Uint8Array | undefined;
  readonly reverse: boolean;
} {
  return { from: from?.slice(), to: to?.slice(), reverse };
}

import { err, type Failure, ok, ParsError, type Result } from '@pars/base';
import { ERASABLE_SECRET_BYTES, type ErasableSecret } from '@pars/vault';
import { openIndexedDatabase, resultOf } from './indexed-database.ts';
import type { IndexedStoreOptions } from './indexed-store.ts';

/** Why the browser's keeper did not do as told. */
export type BrowserKeeperFailureCode =
  /** The browser refused: no storage, no room, or the database was taken away. Try again. */
  | 'secret-keeper/unavailable'
  /** Nothing is there, or not 64 bytes: the site's data was cleared. */
  | 'secret-keeper/nothing-there';

/**
 * E in a database of IndexedDB: the last resort of a browser. A browser's
 * database keeps replaced values in its log for a while, and a copy of the
 * disk shows E: its owner has to be told that erasing is best effort.
 */
export async function openIndexedSecret({
  factory,
  name,
}: IndexedStoreOptions): Promise<ErasableSecret> {
  const database = await openIndexedDatabase(factory, name);
  return {
    isHiddenFromDisk: false,
    async read() {
      return await told(async () => {
        const value: unknown = await resultOf(database.begin('readonly').entries.get(KEY));
        if (!(value instanceof Uint8Array) || value.length !== ERASABLE_SECRET_BYTES) {
          return err('secret-keeper/nothing-there');
        }
        return ok(value);
      });
    },
    async write(value) {
      if (value.length !== ERASABLE_SECRET_BYTES) {
        throw new ParsError('base/argument', { what: 'erasable secret' });
      }
      const own = value.slice();
      return await told(async () => {
        const { entries, end } = database.begin('readwrite');
        entries.put(own, KEY);
        await end;
        return ok(undefined);
      });
    },
  };
}

const KEY = 'secret';

async function told<T>(
  work: () => Promise<Result<T, Failure<BrowserKeeperFailureCode>>>,
): Promise<Result<T, Failure<BrowserKeeperFailureCode>>> {
  try {
    return await work();
  } catch {
    return err('secret-keeper/unavailable');
  }
}

import { type BlobStore, requireBlobContent, requireBlobName } from '@pars/base';
import { openIndexedDatabase, resultOf } from './indexed-database.ts';
import { bytesFrom, type IndexedStoreOptions } from './indexed-store.ts';

/** Named blobs in a database of IndexedDB of their own; on the disk when `replace` resolves. */
export async function openIndexedBlobStore({
  factory,
  name,
}: IndexedStoreOptions): Promise<BlobStore> {
  const database = await openIndexedDatabase(factory, name);
  return {
    async read(blob, signal) {
      signal?.throwIfAborted();
      requireBlobName(blob);
      return bytesFrom(await resultOf(database.begin('readonly').entries.get(blob)));
    },
    async replace(blob, content, signal) {
      signal?.throwIfAborted();
      requireBlobName(blob);
      requireBlobContent(content);
      const { entries, end } = database.begin('readwrite');
      entries.put(content.slice(), blob);
      await end;
    },
    async remove(blob, signal) {
      signal?.throwIfAborted();
      requireBlobName(blob);
      const { entries, end } = database.begin('readwrite');
      entries.delete(blob);
      await end;
    },
  };
}

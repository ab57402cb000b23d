import { randomBytes } from 'node:crypto';
import { chmod, mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type BlobStore, requireBlobContent, requireBlobName } from '@pars/base';
import { flushFolder } from './flush-folder.ts';
import { withAsyncStorageFailures } from './storage-failure.ts';

/**
 * Blobs as files of one folder (mode 0700, files 0600), made when absent. A
 * replacement is written beside the old file, flushed, renamed over it, and
 * the folder flushed: after a crash the old or the new content is there. Files
 * that a crash left half-written are removed here. What the disk refuses is
 * thrown as `base/storage-failed`, here and by every call.
 */
export async function createFileBlobStore(folder: string): Promise<BlobStore> {
  await withAsyncStorageFailures(() => prepareFolder(folder));
  let lastChange: Promise<void> = Promise.resolve();

  /** Changes run one after another: the last call is the one that counts. */
  function inTurn(change: () => Promise<void>): Promise<void> {
    const turn = lastChange.then(() => withAsyncStorageFailures(change));
    lastChange = turn.catch(() => undefined);
    return turn;
  }

  return {
    async read(name, signal) {
      requireBlobName(name);
      signal?.throwIfAborted();
      const content = await withAsyncStorageFailures(() =>
        unlessAbsent(readFile(join(folder, name))),
      );
      signal?.throwIfAborted();
      // Not a Buffer: those are views into memory that they share with others.
      return content === undefined ? undefined : new Uint8Array(content);
    },

    async replace(name, content, signal) {
      requireBlobName(name);
      requireBlobContent(content);
      const kept = new Uint8Array(content);
      await inTurn(async () => {
        signal?.throwIfAborted();
        await replaceFile(folder, name, kept);
      });
    },

    async remove(name, signal) {
      requireBlobName(name);
      await inTurn(async () => {
        signal?.throwIfAborted();
        await rm(join(folder, name), { force: true });
        await flushFolder(folder);
      });
    },
  };
}

async function prepareFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await chmod(folder, 0o700);
  await removeLeftovers(folder);
}

async function replaceFile(folder: string, name: string, content: Uint8Array): Promise<void> {
  // Blob names never begin with a dot, so this is nobody's name.
  const unfinished = join(folder, `${UNFINISHED}${randomBytes(8).toString('hex')}`);
  try {
    const file = await open(unfinished, 'wx', 0o600);
    try {
      await file.writeFile(content);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(unfinished, join(folder, name));
  } catch (error) {
    await rm(unfinished, { force: true });
    throw error;
  }
  await flushFolder(folder);
}

async function removeLeftovers(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (name.startsWith(UNFINISHED)) await rm(join(folder, name), { force: true });
  }
}

async function unlessAbsent<T>(reading: Promise<T>): Promise<T | undefined> {
  try {
    return await reading;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

const UNFINISHED = '.unfinished-';

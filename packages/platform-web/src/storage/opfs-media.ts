import { ParsError } from '@pars/base';
import type { Media } from '@pars/vault';
import { storageErrorFrom } from './storage-failure.ts';

/** A container that this realm alone has open. */
export interface BrowserMedia extends Media {
  /** Lets go of it; what was not flushed may be lost. */
  close(): Promise<void>;
}

/**
 * Opens the file `name` of a container. Only in a dedicated worker of a secure
 * context; elsewhere a container lies in IndexedDB. An absent file and one
 * that another realm has open are told as `base/storage-failed`.
 */
export async function openOpfsMedia(
  folder: FileSystemDirectoryHandle,
  name: string,
): Promise<BrowserMedia> {
  const file = await told(() => folder.getFileHandle(name));
  return mediaOf(await handleOf(file));
}

/** Makes the file of a new container, zeros at first. `base/storage-failed` where there is one. */
export async function createOpfsMedia(
  folder: FileSystemDirectoryHandle,
  name: string,
  sizeBytes: number,
): Promise<BrowserMedia> {
  const file = await told(() => folder.getFileHandle(name, { create: true }));
  const handle = await handleOf(file);
  try {
    // A creation that was cut off before its first byte left an empty file.
    if (handle.getSize() !== 0) throw new ParsError('base/storage-failed', { reason: 'failed' });
    await told(async () => handle.truncate(sizeBytes));
  } catch (error) {
    handle.close();
    throw error;
  }
  return mediaOf(handle);
}

/** https://fs.spec.whatwg.org/#api-filesystemsyncaccesshandle, which only workers have. */
interface SyncAccessHandle {
  read(bytes: Uint8Array, options: { readonly at: number }): number;
  write(bytes: Uint8Array, options: { readonly at: number }): number;
  truncate(sizeBytes: number): void;
  getSize(): number;
  flush(): void;
  close(): void;
}

async function handleOf(file: FileSystemFileHandle): Promise<SyncAccessHandle> {
  const inWorker = file as FileSystemFileHandle & {
    readonly createSyncAccessHandle: () => Promise<SyncAccessHandle>;
  };
  return await told(() => inWorker.createSyncAccessHandle());
}

function mediaOf(handle: SyncAccessHandle): BrowserMedia {
  const sizeBytes = handle.getSize();

  function requireInside(offset: number, length: number): void {
    if (!Number.isSafeInteger(offset) || offset < 0 || offset + length > sizeBytes) {
      throw new ParsError('base/argument', { what: 'region' });
    }
  }

  return {
    sizeBytes,
    async read(offset, length, into) {
      requireInside(offset, length);
      const bytes = into ?? new Uint8Array(length);
      const read = await told(async () => handle.read(bytes, { at: offset }));
      if (read !== length) throw new ParsError('base/storage-failed', { reason: 'damaged' });
      return bytes;
    },
    async write(offset, bytes) {
      requireInside(offset, bytes.length);
      const written = await told(async () => handle.write(bytes.slice(), { at: offset }));
      if (written !== bytes.length) throw new ParsError('base/storage-failed', { reason: 'full' });
    },
    async flush() {
      await told(async () => handle.flush());
    },
    async close() {
      handle.close();
    },
  };
}

async function told<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw storageErrorFrom(error);
  }
}

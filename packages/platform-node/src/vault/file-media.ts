import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { ParsError } from '@pars/base';
import type { Media } from '@pars/vault';
import { withAsyncStorageFailures } from '../ports/storage-failure.ts';

/** A container's file, open for this process. Disposing of it closes the file. */
export interface FileMedia extends Media, AsyncDisposable {}

/**
 * Opens the file of a container. What the disk refuses, an absent file and a
 * symbolic link included, is thrown as `base/storage-failed`, here and by every
 * call. One process opens it at a time: the data folder's lock sees to that.
 */
export async function openFileMedia(path: string): Promise<FileMedia> {
  return await withAsyncStorageFailures(async () => {
    const handle = await open(path, constants.O_RDWR | NO_FOLLOW);
    try {
      return mediaOf(handle, (await handle.stat()).size);
    } catch (error) {
      await handle.close();
      throw error;
    }
  });
}

/**
 * Makes a new file (mode 0600) of `sizeBytes` zeros for a container; fails
 * where one is. Until the container was written and the file has its final
 * name, nobody should take it for one: create it under another name.
 */
export async function createFileMedia(path: string, sizeBytes: number): Promise<FileMedia> {
  return await withAsyncStorageFailures(async () => {
    const handle = await open(path, constants.O_RDWR | constants.O_CREAT | constants.O_EXCL, 0o600);
    try {
      await handle.truncate(sizeBytes);
      return mediaOf(handle, sizeBytes);
    } catch (error) {
      await handle.close();
      throw error;
    }
  });
}

/** Windows has no such flag, and needs a privilege to make such links. */
const NO_FOLLOW: number = constants.O_NOFOLLOW ?? 0;

function mediaOf(handle: FileHandle, sizeBytes: number): FileMedia {
  function requireInside(offset: number, length: number): void {
    const isInside =
      Number.isSafeInteger(offset) && offset >= 0 && length >= 0 && offset + length <= sizeBytes;
    if (!isInside) throw new ParsError('base/argument', { what: 'region' });
  }

  return {
    sizeBytes,
    async read(offset, length, into) {
      requireInside(offset, length);
      const bytes = into ?? new Uint8Array(length);
      await withAsyncStorageFailures(() => readWhole(handle, bytes, offset));
      return bytes;
    },
    async write(offset, bytes) {
      requireInside(offset, bytes.length);
      // The system may take the bytes long after the call.
      const own = bytes.slice();
      await withAsyncStorageFailures(() => writeWhole(handle, own, offset));
    },
    async flush() {
      // The size never changes, so the data is all there is to bring to the disk.
      await withAsyncStorageFailures(() => handle.datasync());
    },
    async [Symbol.asyncDispose]() {
      await handle.close();
    },
  };
}

async function readWhole(handle: FileHandle, bytes: Uint8Array, offset: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const { bytesRead } = await handle.read(bytes, done, bytes.length - done, offset + done);
    // Somebody cut the file while it was open.
    if (bytesRead === 0) throw new ParsError('base/storage-failed', { reason: 'damaged' });
    done += bytesRead;
  }
}

async function writeWhole(handle: FileHandle, bytes: Uint8Array, offset: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const { bytesWritten } = await handle.write(bytes, done, bytes.length - done, offset + done);
    done += bytesWritten;
  }
}

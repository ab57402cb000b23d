import { err, type Failure, ok, type Result } from '@pars/base';
import type { DataFolderPaths } from './data-folder-paths.ts';
import { type FolderLock, takeFolderLock } from './folder-lock.ts';
import { makePrivateFolder } from './private-folder.ts';

/** Longest socket path that every supported system takes, in bytes. */
const MAX_SOCKET_PATH_BYTES = 103;

/** A data folder that only this process uses. Disposing of it releases the lock. */
export interface DataFolder extends Disposable {
  readonly paths: DataFolderPaths;
}

/**
 * Makes the folder when it is missing (mode 0700), checks that nobody else can
 * read it, and takes its lock. Codes: see errors.ts.
 */
export async function openDataFolder(paths: DataFolderPaths): Promise<Result<DataFolder, Failure>> {
  if (!paths.socket.startsWith('\\\\') && Buffer.byteLength(paths.socket) > MAX_SOCKET_PATH_BYTES) {
    return err('data-folder/path-too-long');
  }
  const made = await makePrivateFolder(paths.root);
  if (!made.ok) return made;
  const locked: Result<FolderLock, Failure> = takeFolderLock(paths.lock);
  if (!locked.ok) return locked;
  const lock = locked.value;
  return ok({ paths, [Symbol.dispose]: () => lock[Symbol.dispose]() });
}

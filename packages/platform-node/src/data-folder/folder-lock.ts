import { chmodSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { err, type Failure, ok, ParsError, type Result } from '@pars/base';
import { storageErrorFrom } from '../ports/storage-failure.ts';

/** A held lock. Disposing of it, or the end of the process in any way, releases it. */
export interface FolderLock extends Disposable {
  readonly path: string;
}

/**
 * Takes the lock of a data folder, at once or not at all: `data-folder/in-use`
 * when another process (or another holder in this one) has it,
 * `data-folder/damaged` when the file is no database, `data-folder/unusable`
 * when the disk refuses.
 *
 * The lock is an exclusive transaction on an empty SQLite database: the
 * operating system drops it when the process dies, so there is no stale lock to
 * recognise and no moment in which two could win.
 */
export function takeFolderLock(path: string): Result<FolderLock, Failure> {
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(path, { timeout: 0 });
    chmodSync(path, 0o600);
    database.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    database?.close();
    if (isBusy(error)) return err('data-folder/in-use');
    return refusalFrom(storageErrorFrom(error));
  }
  const held = database;
  let isHeld = true;
  return ok({
    path,
    [Symbol.dispose]: () => {
      if (isHeld) held.close();
      isHeld = false;
    },
  });
}

const SQLITE_BUSY = 5;

function isBusy(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && error.errcode === SQLITE_BUSY;
}

function refusalFrom(error: unknown): Result<never, Failure> {
  const reason = error instanceof ParsError ? error.meta['reason'] : undefined;
  if (reason === 'damaged') return err('data-folder/damaged', { file: 'lock' });
  return err('data-folder/unusable', { reason: reason ?? 'unknown' });
}

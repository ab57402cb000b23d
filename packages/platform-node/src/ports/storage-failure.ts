import { ParsError } from '@pars/base';

/** Why the disk refused; `meta.reason` of `base/storage-failed`. */
export type StorageFailureReason = 'full' | 'read-only' | 'not-permitted' | 'damaged' | 'failed';

/**
 * Runs `work`; what the system or SQLite refuses becomes the `ParsError`
 * `base/storage-failed`, so that the layers above can tell a full disk from a
 * bug. Everything else is thrown on as it is.
 */
export function withStorageFailures<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw storageErrorFrom(error);
  }
}

/** As {@link withStorageFailures}, for work that takes its time. */
export async function withAsyncStorageFailures<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw storageErrorFrom(error);
  }
}

/** The `base/storage-failed` that stands for this error, or the error itself when no disk is to blame. */
export function storageErrorFrom(error: unknown): unknown {
  const reason = reasonOf(error);
  if (reason === undefined) return error;
  return new ParsError('base/storage-failed', { reason }, { cause: error });
}

function reasonOf(error: unknown): StorageFailureReason | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  if (error.code === 'ERR_SQLITE_ERROR' && 'errcode' in error) {
    // The low byte is the primary code; the rest tells which call it was.
    return reasonBySqliteCode.get(Number(error.errcode) & 0xff);
  }
  return 'syscall' in error ? (reasonBySystemCode.get(String(error.code)) ?? 'failed') : undefined;
}

/** https://www.sqlite.org/rescode.html; the others speak of a wrong statement, which is a bug. */
const reasonBySqliteCode: ReadonlyMap<number, StorageFailureReason> = new Map([
  [3, 'not-permitted'],
  [8, 'read-only'],
  [10, 'failed'],
  [11, 'damaged'],
  [13, 'full'],
  [14, 'failed'],
  [23, 'not-permitted'],
  [26, 'damaged'],
]);

const reasonBySystemCode: ReadonlyMap<string, StorageFailureReason> = new Map([
  ['EACCES', 'not-permitted'],
  ['EDQUOT', 'full'],
  ['EFBIG', 'full'],
  ['ENOSPC', 'full'],
  ['EPERM', 'not-permitted'],
  ['EROFS', 'read-only'],
]);

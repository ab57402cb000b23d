import { ParsError } from '@pars/base';

/** Why the browser refused; `meta.reason` of `base/storage-failed`. */
type StorageFailureReason = 'full' | 'not-permitted' | 'damaged' | 'failed';

/**
 * The `base/storage-failed` that stands for what IndexedDB or OPFS threw, or
 * the error itself when no disk is to blame.
 */
export function storageErrorFrom(error: unknown): unknown {
  if (!(error instanceof DOMException)) return error;
  const reason = reasonByName.get(error.name) ?? 'failed';
  return new ParsError('base/storage-failed', { reason }, { cause: error });
}

/** https://www.w3.org/TR/IndexedDB-3/#exceptions and https://fs.spec.whatwg.org/ */
const reasonByName: ReadonlyMap<string, StorageFailureReason> = new Map([
  ['DataError', 'damaged'],
  ['NotAllowedError', 'not-permitted'],
  ['NotReadableError', 'damaged'],
  ['QuotaExceededError', 'full'],
  ['SecurityError', 'not-permitted'],
]);

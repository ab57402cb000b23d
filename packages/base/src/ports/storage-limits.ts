import { ParsError } from '../pars-error.ts';
import type { StoreWrite } from './store.ts';

/** Longest key of a `Store`, in bytes. */
export const MAX_KEY_BYTES = 1024;
/** Largest value of a `Store`, in bytes. */
export const MAX_VALUE_BYTES: number = 16 * 1024 * 1024;
/** Largest content of a `BlobStore`, in bytes. */
export const MAX_BLOB_BYTES: number = 64 * 1024 * 1024;

/** Throws a `ParsError` unless the key has 1 to {@link MAX_KEY_BYTES} bytes. For adapters. */
export function requireStoreKey(key: Uint8Array): void {
  if (key.length < 1 || key.length > MAX_KEY_BYTES) {
    throw new ParsError('base/storage-argument', { what: 'key', bytes: key.length });
  }
}

/** Throws a `ParsError` unless every write of the batch is within the limits. For adapters. */
export function requireStoreBatch(batch: readonly StoreWrite[]): void {
  for (const { key, value } of batch) {
    requireStoreKey(key);
    if (value !== undefined && value.length > MAX_VALUE_BYTES) {
      throw new ParsError('base/storage-argument', { what: 'value', bytes: value.length });
    }
  }
}

/** The number of entries to list at most. Throws a `ParsError` unless it is a whole number. */
export function requireListLimit(limit: number | undefined): number {
  if (limit === undefined) return Number.MAX_SAFE_INTEGER;
  if (!Number.isSafeInteger(limit) || limit < 0) {
    throw new ParsError('base/storage-argument', { what: 'limit' });
  }
  return limit;
}

/** Throws a `ParsError` unless the name matches `[a-z0-9][a-z0-9.-]{0,63}`. For adapters. */
export function requireBlobName(name: string): void {
  if (!/^[a-z0-9][a-z0-9.-]{0,63}$/.test(name)) {
    throw new ParsError('base/storage-argument', { what: 'blob name' });
  }
}

/** Throws a `ParsError` unless the content has at most {@link MAX_BLOB_BYTES} bytes. For adapters. */
export function requireBlobContent(content: Uint8Array): void {
  if (content.length > MAX_BLOB_BYTES) {
    throw new ParsError('base/storage-argument', { what: 'blob', bytes: content.length });
  }
}

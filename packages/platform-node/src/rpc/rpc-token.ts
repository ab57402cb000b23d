import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';
import type { Failure, Result } from '@pars/base';
import { withAsyncStorageFailures } from '../ports/storage-failure.ts';
import { readToken } from './token-file.ts';

/**
 * The access token of the local API: 32 random bytes as 43 characters of
 * base64url, made once and kept in a file of mode 0600 (PIP-4000 §2). Delete
 * the file while the node is stopped to get a new one. The caller holds the
 * folder's lock. What the disk refuses is thrown as `base/storage-failed`.
 */
export async function loadOrCreateToken(path: string): Promise<Result<string, Failure>> {
  const found = await readToken(path);
  if (found.ok || found.error.code !== 'rpc/unreachable') return found;
  await withAsyncStorageFailures(() => writeNewToken(path));
  return readToken(path);
}

async function writeNewToken(path: string): Promise<void> {
  const draft = `${path}.new`;
  // What a start that died left behind.
  await rm(draft, { force: true });
  const file = await open(draft, 'wx', 0o600);
  try {
    await file.writeFile(randomBytes(32).toString('base64url'));
    await file.sync();
  } finally {
    await file.close();
  }
  // Appears whole or not at all.
  await rename(draft, path);
}

/** Compares in constant time, whatever the lengths. */
export function createTokenCheck(token: string): (presented: string) => boolean {
  const expected = digest(token);
  return (presented) => timingSafeEqual(digest(presented), expected);
}

function digest(text: string): Uint8Array {
  return createHash('sha3-256').update(text, 'utf8').digest();
}

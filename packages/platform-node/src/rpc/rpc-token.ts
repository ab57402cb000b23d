import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { link, open, rm } from 'node:fs/promises';
import type { Failure, Result } from '@pars/base';
import { readToken } from './token-file.ts';

/**
 * The access token of the local API: 32 random bytes as 43 characters of
 * base64url, made once and kept in a file of mode 0600 (PIP-4000 §2). Delete
 * the file while the node is stopped to get a new one.
 */
export async function loadOrCreateToken(path: string): Promise<Result<string, Failure>> {
  const found = await readToken(path);
  if (found.ok || found.error.code !== 'rpc/unreachable') return found;
  const fresh = randomBytes(32).toString('base64url');
  const draft = `${path}.${process.pid}.new`;
  const file = await open(draft, 'wx', 0o600);
  try {
    await file.writeFile(fresh);
    await file.sync();
  } finally {
    await file.close();
  }
  // Linking appears whole or not at all and never replaces another's token.
  await link(draft, path).catch(() => undefined);
  await rm(draft, { force: true });
  return readToken(path);
}

/** Compares in constant time, whatever the lengths. */
export function createTokenCheck(token: string): (presented: string) => boolean {
  const expected = digest(token);
  return (presented) => timingSafeEqual(digest(presented), expected);
}

function digest(text: string): Uint8Array {
  return createHash('sha3-256').update(text, 'utf8').digest();
}

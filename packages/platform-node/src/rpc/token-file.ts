import { readFile } from 'node:fs/promises';
import { err, type Failure, ok, type Result } from '@pars/base/result';

const TOKEN_PATTERN = /^[A-Za-z0-9_-]{43}$/;

/** Reads the token file. `rpc/unreachable` when there is none: no node ever ran here. */
export async function readToken(path: string): Promise<Result<string, Failure>> {
  try {
    const token = (await readFile(path, 'utf8')).trim();
    return TOKEN_PATTERN.test(token) ? ok(token) : err('rpc/bad-token-file');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    return code === 'ENOENT' || code === 'ENOTDIR'
      ? err('rpc/unreachable')
      : err('rpc/not-permitted');
  }
}

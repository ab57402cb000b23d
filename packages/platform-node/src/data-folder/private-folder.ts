import { chmod, mkdir, readdir, stat } from 'node:fs/promises';
import { err, type Failure, ok, type Result } from '@pars/base/result';

/** Whether `path` is a folder that only its owner, this user, can enter. Windows: whether it is a folder. */
export async function checkPrivateFolder(path: string): Promise<Result<void, Failure>> {
  try {
    const found = await stat(path);
    if (!found.isDirectory()) return err('data-folder/not-a-folder');
    return isPrivate(found) ? ok(undefined) : err('data-folder/too-open');
  } catch (error) {
    return unusable(error);
  }
}

/**
 * Makes a folder of mode 0700 with its parents, or checks the one that is
 * there. An empty one that is too open is closed to others; one with content
 * is left as it is and refused.
 */
export async function makePrivateFolder(path: string): Promise<Result<void, Failure>> {
  try {
    await mkdir(path, { recursive: true, mode: 0o700 });
    const checked = await checkPrivateFolder(path);
    if (checked.ok || checked.error.code !== 'data-folder/too-open') return checked;
    // An empty folder of ours may be closed to others; one in use is the owner's decision.
    if ((await readdir(path)).length > 0 || !isOurs(await stat(path))) return checked;
    await chmod(path, 0o700);
    return ok(undefined);
  } catch (error) {
    return unusable(error);
  }
}

interface Owned {
  readonly mode: number;
  readonly uid: number;
}

function isPrivate(found: Owned): boolean {
  return process.platform === 'win32' || (isOurs(found) && (found.mode & 0o077) === 0);
}

function isOurs(found: Owned): boolean {
  return process.getuid === undefined || process.getuid() === found.uid;
}

function unusable(error: unknown): Result<never, Failure> {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
  if (code === 'EEXIST' || code === 'ENOTDIR') return err('data-folder/not-a-folder');
  return err('data-folder/unusable', { reason: code });
}

import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { lstat, open, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

/** Files up to this size are overwritten before they go: keys, tokens. The rest was sealed under those keys. */
const MAX_OVERWRITTEN_BYTES = 1_048_576;

/**
 * Takes everything out of a data folder, so that it looks like that of a node
 * that was never started; `last` (a name in it) goes after all others. What
 * cannot be removed does not keep the rest. Gives whether all is gone.
 */
export async function eraseFolder(folder: string, last: string): Promise<boolean> {
  const names = await readdir(folder);
  let isGone = true;
  for (const name of [...names.filter((each) => each !== last), last]) {
    isGone = (await erase(join(folder, name))) && isGone;
  }
  return isGone;
}

async function erase(path: string): Promise<boolean> {
  try {
    await overwriteAll(path);
  } catch {
    // A socket, a link, a file that is gone: there is nothing to overwrite.
  }
  try {
    await rm(path, { recursive: true, force: true, maxRetries: 3 });
    return true;
  } catch {
    return false;
  }
}

/** What a link leads to is somebody else's. Windows has no such flag, and needs a privilege to make links. */
const NO_FOLLOW: number = constants.O_NOFOLLOW ?? 0;

async function overwriteAll(path: string): Promise<void> {
  if ((await lstat(path)).isSymbolicLink()) return;
  const entries = await readdir(path, { withFileTypes: true, recursive: true }).catch(() => []);
  const inside = entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name));
  for (const file of inside.length > 0 ? inside : [path]) {
    await using handle = await open(file, constants.O_RDWR | NO_FOLLOW);
    const { size } = await handle.stat();
    if (size > MAX_OVERWRITTEN_BYTES) continue;
    await handle.write(randomBytes(size), 0, size, 0);
    await handle.sync();
  }
}

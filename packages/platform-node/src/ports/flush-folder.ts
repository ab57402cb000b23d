import { open } from 'node:fs/promises';

/** Makes renames and removals inside of `folder` survive a power cut. Windows can neither open folders nor needs it. */
export async function flushFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  await using handle = await open(folder, 'r');
  await handle.sync();
}

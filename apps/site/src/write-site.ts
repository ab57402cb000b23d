import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { SiteFiles } from './site/site-model.ts';

/** Marks a folder that holds a site, so that only such a folder is ever emptied. */
const MARK = '.pars-site';

/** Whether the folder is new, empty or an older site. Any other folder is not touched. */
export async function mayWriteSite(folder: string): Promise<boolean> {
  try {
    const names = await readdir(folder);
    return names.length === 0 || names.includes(MARK);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT';
  }
}

/** Writes the site, in place of the older one that may be there. */
export async function writeSite(folder: string, files: SiteFiles): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, MARK), 'This folder is made by a program; it will be replaced.\n');
  const folders = new Set([...files.keys()].map((path) => dirname(join(folder, path))));
  for (const path of folders) await mkdir(path, { recursive: true });
  for (const [path, content] of files) await writeFile(join(folder, path), content);
}

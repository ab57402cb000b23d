import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

interface LockFile {
  readonly packages: Readonly<
    Record<
      string,
      { readonly integrity?: string; readonly resolved?: string; readonly link?: true }
    >
  >;
}

/** The lock file pins every package by hash and names no registry host. */
export async function checkLockFile(root: string): Promise<string> {
  const lock = JSON.parse(await readFile(join(root, 'package-lock.json'), 'utf8')) as LockFile;
  const complaints: string[] = [];
  for (const [path, entry] of Object.entries(lock.packages)) {
    if (!path.includes('node_modules/') || entry.link === true) continue;
    if (entry.integrity === undefined) complaints.push(`${path}: no integrity`);
    if (entry.resolved !== undefined) complaints.push(`${path}: names a host`);
  }
  return complaints.join('\n');
}

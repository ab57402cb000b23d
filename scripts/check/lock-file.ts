import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

interface LockEntry {
  readonly integrity?: string;
  readonly resolved?: string;
  readonly link?: true;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

/**
 * The lock file pins every package by hash, names no registry host, and holds
 * the optional packages of other platforms too: `npm ci` refuses one that was
 * written while the registry could not serve them.
 */
export async function checkLockFile(root: string): Promise<string> {
  const text = await readFile(join(root, 'package-lock.json'), 'utf8');
  const { packages } = JSON.parse(text) as { readonly packages: Record<string, LockEntry> };
  const complaints: string[] = [];
  for (const [path, entry] of Object.entries(packages)) {
    for (const name of Object.keys(entry.optionalDependencies ?? {})) {
      const known = [`${path}/node_modules/${name}`, `node_modules/${name}`];
      if (!known.some((place) => place in packages)) complaints.push(`${name}: not in the lock`);
    }
    if (!path.includes('node_modules/') || entry.link === true) continue;
    if (entry.integrity === undefined) complaints.push(`${path}: no integrity`);
    if (entry.resolved !== undefined) complaints.push(`${path}: names a host`);
  }
  return complaints.join('\n');
}

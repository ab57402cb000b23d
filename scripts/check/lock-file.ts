import { globSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';

interface LockEntry {
  readonly integrity?: string;
  readonly resolved?: string;
  readonly link?: true;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

/**
 * The lock file pins every package by hash, names no registry host, and holds
 * the optional packages of other platforms too: `npm ci` refuses one that was
 * written while the registry could not serve them. It knows each workspace with
 * just the dependencies that its package.json names: a fresh clone cannot be
 * installed otherwise.
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
  complaints.push(...(await checkWorkspaces(root, packages)));
  return complaints.join('\n');
}

async function checkWorkspaces(
  root: string,
  packages: Readonly<Record<string, LockEntry>>,
): Promise<readonly string[]> {
  const complaints: string[] = [];
  const files = globSync('{packages,apps}/*/package.json', { cwd: root }).toSorted();
  for (const file of ['package.json', ...files]) {
    const folder = dirname(file) === '.' ? '' : dirname(file);
    const named = JSON.parse(await readFile(join(root, file), 'utf8')) as LockEntry;
    const locked = packages[folder];
    const isSame =
      locked !== undefined &&
      dependencyKinds.every((kind) => isDeepStrictEqual(named[kind] ?? {}, locked[kind] ?? {}));
    if (!isSame) complaints.push(`${file}: not as in the lock; run \`npm install\``);
  }
  return complaints;
}

const dependencyKinds = ['dependencies', 'devDependencies', 'optionalDependencies'] as const;

import { readdir, realpath, stat } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve } from 'node:path';
import type { Failure } from '@pars/base';
import { err, ok, type Result } from '@pars/base/result';
import type { CliErrorCode } from '../errors.ts';

/** How many folders upwards a folder `PIPs` is looked for. */
const MAX_LEVELS = 32;

/** The folder that was named, or the folder `PIPs` of here or above, or here when proposals are here. */
export async function findFolder(
  named: string | undefined,
): Promise<Result<string, Failure<CliErrorCode>>> {
  if (named !== undefined) {
    const found = await isFolder(named);
    return found ? ok(await realpath(named)) : err('cli/no-proposals', { where: named });
  }
  let here = process.cwd();
  for (let level = 0; level < MAX_LEVELS; level += 1) {
    if (await isFolder(join(here, 'PIPs'))) return ok(await realpath(join(here, 'PIPs')));
    if (level === 0 && (await holdsProposals(here))) return ok(await realpath(here));
    if (dirname(here) === here) break;
    here = dirname(here);
  }
  return err('cli/no-proposals', { where: process.cwd() });
}

/** A file that was named on the command line: its folder and its name there. */
export function splitPath(path: string): { readonly folder: string; readonly name: string } {
  const absolute = resolve(path);
  return { folder: dirname(absolute), name: basename(absolute) };
}

/** A path for people: relative to where they are when that is shorter. */
export function shownPath(path: string): string {
  const short = relative(process.cwd(), path);
  return short.length > 0 && short.length < path.length ? short : path;
}

/** Whether there is a folder, or a link to one. */
export async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}

async function holdsProposals(folder: string): Promise<boolean> {
  const names = await readdir(folder);
  if (!names.some((name) => name.endsWith('.md'))) return false;
  // Loaded late: who names a folder or stands beside one does not need it.
  const { isProposalPath } = await import('@pars/pips/lint');
  return names.some(isProposalPath);
}

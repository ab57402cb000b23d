import { lstat, open, readdir, realpath, stat } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import type { Failure } from '@pars/base';
import { err, ok, type Result } from '@pars/base/result';
import { headingAnchors, isProposalPath, type ProposalFile, proposalLimits } from '@pars/pips/lint';
import type { CliErrorCode } from '../errors.ts';

/** The Markdown files of one folder of proposals, as they are on disk. */
export interface ProposalsFolder {
  /** Absolute, with symbolic links resolved. */
  readonly path: string;
  readonly files: readonly ProposalFile[];
  /** For `lintProposals`: the anchors of a file of the folder; `undefined` when it does not exist. */
  readonly anchorsOf: (path: string) => Iterable<string> | undefined;
}

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
    if (level === 0 && (await readdir(here)).some(isProposalPath)) return ok(await realpath(here));
    if (dirname(here) === here) break;
    here = dirname(here);
  }
  return err('cli/no-proposals', { where: process.cwd() });
}

/**
 * Reads the Markdown files directly in a folder. Symbolic links, special files
 * and folders are passed over, so that nothing outside is read; of files that are
 * too large only so much that the linter says so.
 */
export async function readFolder(path: string): Promise<ProposalsFolder> {
  const names = await readdir(path, { withFileTypes: true });
  const found = names
    .filter((entry) => entry.isFile() && entry.name.endsWith('.md'))
    .map(({ name }) => name)
    .toSorted()
    .slice(0, proposalLimits.files);
  const files: ProposalFile[] = [];
  for (const name of found) {
    const file = await readProposal(path, name);
    if (file !== undefined) files.push(file);
  }
  const others = await listOtherFiles(path);
  return { path, files, anchorsOf: createAnchorLookup(files, others) };
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

async function readProposal(folder: string, name: string): Promise<ProposalFile | undefined> {
  const path = join(folder, name);
  // A link may have taken the file's place since the folder was listed.
  if (!(await lstat(path)).isFile()) return undefined;
  await using file = await open(path, 'r');
  // One byte more than it has, or than it may have, tells that it is larger.
  const { size } = await file.stat();
  const bytes = new Uint8Array(Math.min(size, proposalLimits.fileBytes) + 1);
  let length = 0;
  for (;;) {
    const { bytesRead } = await file.read(bytes, length, bytes.length - length, length);
    length += bytesRead;
    if (bytesRead === 0 || length === bytes.length) break;
  }
  return { path: name, text: textFromBytes(bytes.subarray(0, length)) };
}

/** Bytes that are no UTF-8 become a text that is none either, for the linter to say so. */
function textFromBytes(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    const isCut = bytes.length > proposalLimits.fileBytes;
    const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
    return isCut ? text : `${text}\ud800`;
  }
}

/** Files that a proposal may link to besides Markdown: those in `assets`, two levels deep. */
async function listOtherFiles(folder: string): Promise<ReadonlySet<string>> {
  const root = join(folder, 'assets');
  if (!(await isFolder(root))) return new Set();
  const entries = await readdir(root, { withFileTypes: true, recursive: true });
  return new Set(
    entries
      .filter((entry) => entry.isFile())
      .slice(0, proposalLimits.files)
      .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join('/')),
  );
}

function createAnchorLookup(
  files: readonly ProposalFile[],
  others: ReadonlySet<string>,
): ProposalsFolder['anchorsOf'] {
  const textByPath = new Map(files.map(({ path, text }) => [path, text]));
  return (path) => {
    const text = textByPath.get(path);
    if (text === undefined) return others.has(path) ? [] : undefined;
    if (text.length > proposalLimits.fileBytes) return [];
    // A file is read through only when a link names one of its headings.
    return { [Symbol.iterator]: () => headingAnchors(text)[Symbol.iterator]() };
  };
}

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}

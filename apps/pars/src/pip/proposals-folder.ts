import { lstat, open, readdir } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { headingAnchors, type ProposalFile, proposalLimits } from '@pars/pips/lint';
import { isFolder } from './proposals-place.ts';

/** The Markdown files of one folder of proposals, as they are on disk. */
export interface ProposalsFolder {
  /** Absolute, with symbolic links resolved. */
  readonly path: string;
  readonly files: readonly ProposalFile[];
  /** For `lintProposals`: the anchors of a file of the folder; `undefined` when it does not exist. */
  readonly anchorsOf: (path: string) => Iterable<string> | undefined;
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

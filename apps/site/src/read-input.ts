import { type Dirent } from 'node:fs';
import { lstat, open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { isProposalPath, proposalFileName, proposalLimits } from '@pars/pips';

/** The files of a proposals folder that a site is made of. */
export interface ProposalFolder {
  readonly files: ReadonlyMap<string, string>;
  readonly pictures: ReadonlyMap<string, Uint8Array>;
  readonly template: string | undefined;
  readonly licence: string | undefined;
  /** Names that look like proposals and are none; they are left out. */
  readonly ignored: readonly string[];
}

/** Largest picture, in bytes; a page with it has to stay small. */
const MAX_PICTURE_BYTES = 262_144;

/** Pictures of a folder, at most. */
const MAX_PICTURES = 1_000;

const PICTURE_NAME = /^[a-z0-9][a-z0-9_-]{0,63}\.(?:png|jpe?g|webp|gif)$/;

/**
 * Reads the folder itself and `assets/` in it. Links are not followed, so that
 * nothing outside the folder is read; of a file that is too large only as much
 * is read as is needed to see that.
 */
export async function readProposalFolder(folder: string): Promise<ProposalFolder> {
  const entries = await readdir(folder, { withFileTypes: true });
  const plain = entries.filter((entry) => entry.isFile()).map(({ name }) => name);
  const names = plain.filter((name) => proposalFileName(name) !== undefined).toSorted();
  const files = new Map<string, string>();
  for (const name of names.slice(0, proposalLimits.files)) {
    files.set(name, await readText(join(folder, name)));
  }
  return {
    files,
    pictures: await readPictures(join(folder, 'assets')),
    template: plain.includes('pip-template.md')
      ? await readText(join(folder, 'pip-template.md'))
      : undefined,
    licence: plain.includes('LICENSE.md') ? await readText(join(folder, 'LICENSE.md')) : undefined,
    ignored: entries
      .map(({ name }) => name)
      .filter((name) => isProposalPath(name) && !files.has(name))
      .toSorted(),
  };
}

async function readPictures(folder: string): Promise<ReadonlyMap<string, Uint8Array>> {
  const pictures = new Map<string, Uint8Array>();
  for (const entry of await entriesOf(folder)) {
    if (!entry.isFile() || !PICTURE_NAME.test(entry.name)) continue;
    if (pictures.size >= MAX_PICTURES) break;
    const path = join(folder, entry.name);
    if ((await lstat(path)).size > MAX_PICTURE_BYTES) continue;
    pictures.set(`assets/${entry.name}`, await readBytes(path, MAX_PICTURE_BYTES));
  }
  return pictures;
}

async function entriesOf(folder: string): Promise<readonly Dirent[]> {
  try {
    if (!(await lstat(folder)).isDirectory()) return [];
    const entries = await readdir(folder, { withFileTypes: true });
    return entries.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  } catch {
    return [];
  }
}

async function readText(path: string): Promise<string> {
  return new TextDecoder().decode(await readBytes(path, proposalLimits.fileBytes + 1));
}

async function readBytes(path: string, limit: number): Promise<Uint8Array> {
  await using file = await open(path);
  const bytes = new Uint8Array(limit);
  let length = 0;
  while (length < limit) {
    const { bytesRead } = await file.read(bytes, length, limit - length);
    if (bytesRead === 0) break;
    length += bytesRead;
  }
  return bytes.slice(0, length);
}

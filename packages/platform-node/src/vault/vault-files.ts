import { constants } from 'node:fs';
import { lstat, open, readFile, rename, rm, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { RandomDep } from '@pars/base';
import { randomiseMedia } from '@pars/vault';
import { flushFolder } from '../ports/flush-folder.ts';
import { openFileMedia } from './file-media.ts';
import { bytesFromKeeperNote, type KeeperNote, keeperNoteFromBytes } from './keeper-note.ts';

/** The files of a vault, under names that are the same on every install. */
export interface VaultFiles {
  readonly folder: string;
  /** The container. */
  readonly container: string;
  /** One that is being made: by a creation, or by a move. */
  readonly nextContainer: string;
  /** One that a move replaced, until it is destroyed. */
  readonly oldContainer: string;
  /** Which keeper has E. With it a vault exists: it gets its name last. */
  readonly note: string;
  /** The note of a vault that is being made. */
  readonly nextNote: string;
  /** E itself, only when the keeper is the file. */
  readonly secret: string;
  /** Empty; says that everything is to go, from the moment when E is gone until nothing is left. */
  readonly panic: string;
}

/** Their paths in a data folder. */
export function vaultFilesIn(folder: string): VaultFiles {
  return {
    folder,
    container: join(folder, 'vault'),
    nextContainer: join(folder, 'vault-unfinished'),
    oldContainer: join(folder, 'vault-replaced'),
    note: join(folder, 'vault-keeper'),
    nextNote: join(folder, 'vault-keeper-unfinished'),
    secret: join(folder, 'vault-secret'),
    panic: join(folder, 'vault-panic'),
  };
}

/** What lies under a name. `foreign`: a link, a folder, or something that others may read or that belongs to them. */
export type FileState =
  | { readonly is: 'absent' }
  | { readonly is: 'foreign' }
  | { readonly is: 'ours'; readonly sizeBytes: number };

/** Looks without following links. */
export async function lookAtFile(path: string): Promise<FileState> {
  try {
    const found = await lstat(path);
    const isOurs =
      process.platform === 'win32' ||
      ((found.mode & 0o077) === 0 && (process.getuid?.() ?? found.uid) === found.uid);
    return found.isFile() && isOurs ? { is: 'ours', sizeBytes: found.size } : { is: 'foreign' };
  } catch (error) {
    if (isAbsent(error)) return { is: 'absent' };
    throw error;
  }
}

/** Whether anything at all lies under a name. */
export async function isThere(path: string): Promise<boolean> {
  return (await lookAtFile(path)).is !== 'absent';
}

/** The note at `path`; `undefined` when it is absent, not ours, or none. */
export async function readKeeperNote(path: string): Promise<KeeperNote | undefined> {
  if ((await lookAtFile(path)).is !== 'ours') return undefined;
  return keeperNoteFromBytes(new Uint8Array(await readFile(path)));
}

/** Writes a note under a name that nobody has, and brings it to the disk. */
export async function writeKeeperNote(path: string, note: KeeperNote): Promise<void> {
  {
    await using file = await open(path, CREATE_NEW, 0o600);
    await file.writeFile(bytesFromKeeperNote(note));
    await file.sync();
  }
  await flushFolder(join(path, '..'));
}

/** Gives a file another name, for good. */
export async function renameForGood(folder: string, from: string, to: string): Promise<void> {
  await rename(from, to);
  await flushFolder(folder);
}

/** Fills a file with random bytes and takes its name away; a link loses its name alone. Absent is well. */
export async function wipeFile({ random }: RandomDep, path: string): Promise<void> {
  const { is } = await lookAtFile(path);
  if (is === 'absent') return;
  try {
    await using media = await openFileMedia(path);
    await randomiseMedia({ media, random });
  } catch (error) {
    // What cannot be overwritten (a link, a folder) goes all the same, and is told where it held something.
    if (is === 'ours' && (await isThere(path))) {
      await rm(path, { force: true });
      throw error;
    }
  }
  await rm(path, { force: true, recursive: true });
}

/** Takes names away; absent ones are well. */
export async function removeFiles(...paths: readonly string[]): Promise<void> {
  for (const path of paths) {
    await unlink(path).catch((error: unknown) => {
      if (!isAbsent(error)) throw error;
    });
  }
}

/** An empty file, on the disk. */
export async function markFile(path: string): Promise<void> {
  {
    await using file = await open(path, constants.O_WRONLY | constants.O_CREAT | NO_FOLLOW, 0o600);
    await file.sync();
  }
  await flushFolder(join(path, '..'));
}

/** Windows has no such flag, and needs a privilege to make such links. */
const NO_FOLLOW: number = constants.O_NOFOLLOW ?? 0;
const CREATE_NEW: number = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL;

function isAbsent(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}

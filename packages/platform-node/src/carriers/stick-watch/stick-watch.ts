import { opendir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Clock, hex, type Scheduler } from '@pars/base';
import { mayBeBundleLength } from '@pars/mesh';
import { openSeen, partSuffix, type SeenFile, seeFile } from './stick-file.ts';

/** A file that may be a bundle. Nothing of it was used; only a key can tell. */
export interface OfferedFile extends SeenFile {
  /** The last part of the path, for people: letters of strangers that could play tricks are escaped. */
  readonly shownName: string;
  readonly offeredAtMs: number;
}

/** What is watched. */
export interface StickWatchOptions {
  /** Folders that the person named; looked into like a stick. At most 16. */
  readonly folders?: readonly string[];
  /** Where the system lists its mounts; default `/proc/self/mountinfo`. Without it only the folders are watched. */
  readonly mountTable?: string;
  /** Mounts below these are sticks. Default `/media`, `/run/media`, `/mnt`. */
  readonly mountRoots?: readonly string[];
  /** Time between two looks. Default 3 s. */
  readonly intervalMs?: number;
  /** Called once for each file as it is; again when it was changed, or the stick was away. */
  readonly onOffered: (file: OfferedFile) => void;
  /** A stick with offered files is gone. */
  readonly onGone?: (folder: string) => void;
}

/** Most sticks and folders, files looked at in each, and files offered at a time. */
const maxFolders = 16;
const maxEntries = 4_096;
const maxOffered = 256;
/** Files are looked for in the stick's top folder, and one below. */
const maxDepth = 1;
const maxMountTableBytes = 1_048_576;
const lookedAtBytes = 4_096;

/**
 * Looks every few seconds whether a stick was plugged in that may hold bundles
 * (PIP-1007 §13), until the signal aborts. Reads at most 4 KiB of a file, opens
 * plain files only, and imports nothing.
 */
export function watchSticks(
  deps: { readonly clock: Clock; readonly scheduler: Scheduler },
  options: StickWatchOptions,
  signal: AbortSignal,
): void {
  const { intervalMs = 3_000, onGone, onOffered } = options;
  let offered = new Map<string, { readonly folder: string; readonly mark: string }>();

  async function look(): Promise<void> {
    const seen = new Map<string, { readonly folder: string; readonly mark: string }>();
    const present = await foldersToLookInto(options);
    for (const folder of present) {
      for (const file of await candidatesIn(folder, maxDepth)) {
        if (seen.size >= maxOffered || signal.aborted) break;
        const mark = `${file.device} ${file.inode} ${file.sizeBytes} ${file.changedAtMs}`;
        const isKnown = offered.get(file.path)?.mark === mark;
        if (!isKnown && !(await looksRandom(file))) continue;
        seen.set(file.path, { folder, mark });
        if (isKnown) continue;
        const shownName = shownNameOf(file.path);
        onOffered({ ...file, shownName, offeredAtMs: deps.clock.nowMs() });
      }
    }
    const here = new Set([...seen.values()].map(({ folder }) => folder));
    const before = new Set([...offered.values()].map(({ folder }) => folder));
    for (const folder of before) if (!here.has(folder)) onGone?.(folder);
    offered = seen;
  }

  async function run(): Promise<void> {
    while (!signal.aborted) {
      // A stick that breaks in the middle of a look is looked at again.
      await look().catch(() => undefined);
      await deps.scheduler.sleep(intervalMs, signal).catch(() => undefined);
    }
  }

  void run();
}

/** Text of strangers for a terminal: no control characters, no marks of direction, at most 80 letters. */
export function shownNameOf(path: string): string {
  const name = path.slice(path.lastIndexOf('/') + 1).slice(0, 80);
  return name.replaceAll(/[\p{C}\p{Zl}\p{Zp}\uFFFD]/gu, (letter) => {
    const code = hex.encode(
      Uint8Array.from([(letter.codePointAt(0) ?? 0) >>> 8, letter.codePointAt(0) ?? 0]),
    );
    return `\\u${code}`;
  });
}

async function foldersToLookInto(options: StickWatchOptions): Promise<readonly string[]> {
  const { folders = [], mountRoots = ['/media', '/run/media', '/mnt'] } = options;
  const table = options.mountTable ?? '/proc/self/mountinfo';
  const text = await readFile(table, 'utf8').catch(() => '');
  if (text.length > maxMountTableBytes) return folders.slice(0, maxFolders);
  const mounts = text
    .split('\n')
    .map((line) => unescapeMount(line.split(' ')[4] ?? ''))
    .filter((mount) => mountRoots.some((root) => mount.startsWith(`${root}/`)));
  return [...new Set([...folders, ...mounts])].slice(0, maxFolders);
}

/** The kernel writes space, tab, newline and backslash as three octal digits. */
function unescapeMount(text: string): string {
  return text.replaceAll(/\\([0-7]{3})/g, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 8)),
  );
}

async function candidatesIn(folder: string, depth: number): Promise<readonly SeenFile[]> {
  const files: SeenFile[] = [];
  const below: string[] = [];
  const entries = await opendir(folder).catch(() => undefined);
  if (entries === undefined) return files;
  let count = 0;
  for await (const entry of entries) {
    count += 1;
    if (count > maxEntries) break;
    // What the entry says spares a look; the look itself does not follow links.
    if (entry.isDirectory() && depth > 0 && below.length < 64) below.push(join(folder, entry.name));
    if (!entry.isFile() || entry.name.endsWith(partSuffix)) continue;
    const seen = await seeFile(join(folder, entry.name));
    if (seen !== undefined && isCandidate(entry.name, seen.sizeBytes)) files.push(seen);
  }
  for (const inner of below) files.push(...(await candidatesIn(inner, depth - 1)));
  return files.slice(0, maxOffered);
}

/** Whole bundles have few lengths; a damaged one is found by its name. */
function isCandidate(name: string, sizeBytes: number): boolean {
  return mayBeBundleLength(sizeBytes) || (/\.pars$/i.test(name) && sizeBytes >= 32_768);
}

/** Whether the first 4 KiB have every byte about equally often: films, archives and texts do not. */
async function looksRandom(file: SeenFile): Promise<boolean> {
  const opened = await openSeen(file);
  if (!opened.ok) return false;
  await using handle = opened.value;
  const buffer = new Uint8Array(lookedAtBytes);
  const { bytesRead } = await handle
    .read(buffer, 0, lookedAtBytes, 0)
    .catch(() => ({ bytesRead: 0 }));
  if (bytesRead < lookedAtBytes) return false;
  const counts = new Uint16Array(256);
  for (const byte of buffer) counts[byte] = (counts[byte] ?? 0) + 1;
  // 16 on average: random bytes lie outside once in millions of files.
  const expected = lookedAtBytes / 256;
  const chiSquared = counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
  return chiSquared < mostChiSquared;
}

/** 255 degrees of freedom: the mean is 255, the deviation 22.6. */
const mostChiSquared = 400;

import type { Failure } from '@pars/base';
import { err, ok, type Result } from '@pars/base/result';
import type { GitErrorCode } from './errors.ts';
import { runGit } from './run-git.ts';

/** A committed version of a file. */
export interface FileVersion {
  /** Commit, in hex. */
  readonly commit: string;
  /** Day of the commit as `YYYY-MM-DD`, in UTC. */
  readonly date: string;
  /** Seconds since 1970. */
  readonly time: number;
  /** First line of the commit's message, at most 500 characters. */
  readonly subject: string;
  /** `undefined` for a version that is older than those whose texts were asked for. */
  readonly text: string | undefined;
}

/** What of a history is read. */
export interface HistoryOptions {
  /** Paths relative to the folder; without it, all Markdown files. */
  readonly only?: readonly string[];
  /** Of each file the texts of this many versions, the newest; without it, of all. */
  readonly textsPerFile?: number;
}

/** Longest subject that is kept. */
const MAX_SUBJECT_LENGTH = 500;
/** Commits that are looked through, the newest ones. */
const MAX_COMMITS = 20_000;
/** Versions whose text is read, the newest ones of all files together. */
const MAX_VERSIONS = 4_000;

/**
 * The committed versions of the Markdown files of a folder, by path relative to
 * it, oldest first, following renames inside the folder. What counts is when a
 * version came to the current branch. Two calls of git, whatever the number of
 * files.
 */
export async function readGitHistory(
  folder: string,
  { only, textsPerFile = MAX_VERSIONS }: HistoryOptions = {},
): Promise<Result<ReadonlyMap<string, readonly FileVersion[]>, Failure<GitErrorCode>>> {
  // Both calls start now: the second one is ready when the first one has said what to read.
  const wanted = Promise.withResolvers<readonly string[]>();
  const reading = readBlobs(folder, wanted.promise);
  const log = await runGit(folder, [
    'log',
    '--first-parent',
    '--diff-merges=first-parent',
    '--relative',
    '--raw',
    '--no-abbrev',
    '--no-ext-diff',
    '--no-textconv',
    '--no-notes',
    '--no-color',
    '--find-renames=40%',
    '-z',
    `--max-count=${MAX_COMMITS}`,
    '--format=%x01%H %ct %s',
    '--',
    '.',
  ]);
  const all = log.ok
    ? followFiles(new TextDecoder().decode(log.value)).filter(
        ({ path }) => only === undefined || only.includes(path),
      )
    : [];
  const read = newestOfEach(all, textsPerFile);
  wanted.resolve([...new Set(Array.from(read, ({ blob }) => blob))]);
  const texts = await reading;
  if (!log.ok) return log;
  if (!texts.ok) return texts;
  const history = new Map<string, FileVersion[]>();
  for (const version of all.toReversed()) {
    const { path, blob, ...rest } = version;
    const text = read.has(version) ? texts.value.get(blob) : undefined;
    const list = history.get(path) ?? [];
    list.push({ ...rest, text });
    history.set(path, list);
  }
  return ok(history);
}

/** The text of a file of a folder at a revision. Revisions are names, hashes, `HEAD~2`. */
export async function readAtRevision(
  folder: string,
  path: string,
  revision: string,
): Promise<Result<string, Failure<GitErrorCode>>> {
  // No option, no range and no other object can be smuggled in.
  if (!/^[A-Za-z0-9_][A-Za-z0-9_./~^@{}+-]{0,199}$/.test(revision)) return err('git/no-revision');
  const blob = await runGit(folder, ['cat-file', 'blob', `${revision}:./${path}`]);
  if (blob.ok) return ok(new TextDecoder().decode(blob.value));
  return blob.error.code === 'git/too-much' ? blob : err('git/no-revision');
}

interface Version extends Omit<FileVersion, 'text'> {
  /** The name that the file has today. */
  readonly path: string;
  readonly blob: string;
}

/** Of versions, the newest first, so many of each path, and `MAX_VERSIONS` in all. */
function newestOfEach(versions: readonly Version[], count: number): ReadonlySet<Version> {
  const newest = new Set<Version>();
  const countByPath = new Map<string, number>();
  for (const version of versions) {
    const seen = countByPath.get(version.path) ?? 0;
    if (newest.size >= MAX_VERSIONS) break;
    if (seen >= count) continue;
    countByPath.set(version.path, seen + 1);
    newest.add(version);
  }
  return newest;
}

/**
 * Reads `git log --raw -z`, newest commit first: `\x01hash time subject`, then for each
 * file `:modes blobs status`, its path, and after a rename the new one.
 */
function followFiles(log: string): Version[] {
  const versions: Version[] = [];
  /** Name at this point of the history → name today. */
  const nameToday = new Map<string, string>();
  let at: Pick<Version, 'commit' | 'date' | 'time' | 'subject'> = NOWHERE;
  const parts = log.split('\0');
  for (let index = 0; index < parts.length; index += 1) {
    const part = (parts[index] ?? '').replace(/^\n/, '');
    if (part.startsWith('\u0001')) {
      const [, commit = '', seconds = '', subject = ''] = /^.(\w+) (\d+) ([^]*)$/.exec(part) ?? [];
      const time = Number(seconds);
      at = { commit, time, date: dayOf(time), subject: subject.slice(0, MAX_SUBJECT_LENGTH) };
      continue;
    }
    const [, blob = '', status = ''] = /^:\d+ \d+ \w+ (\w+) (\w+)$/.exec(part) ?? [];
    if (blob === '') continue;
    const isRename = /^[RC]/.test(status);
    const before = parts[index + 1] ?? '';
    const after = isRename ? (parts[index + 2] ?? '') : before;
    index += isRename ? 2 : 1;
    if (!after.endsWith('.md')) continue;
    const path = nameToday.get(after) ?? after;
    if (!/^0+$/.test(blob)) versions.push({ path, ...at, blob });
    if (status.startsWith('R')) {
      nameToday.delete(after);
      nameToday.set(before, path);
    }
  }
  return versions;
}

const NOWHERE = { commit: '', date: '', time: 0, subject: '' };

function dayOf(seconds: number): string {
  const time = new Date(seconds * 1000);
  return Number.isNaN(time.getTime()) ? '' : time.toISOString().slice(0, 10);
}

/** Reads `git cat-file --batch`: `hash blob size`, a line feed, the content, a line feed. */
async function readBlobs(
  folder: string,
  blobs: Promise<readonly string[]>,
): Promise<Result<ReadonlyMap<string, string>, Failure<GitErrorCode>>> {
  const texts = new Map<string, string>();
  const request = blobs.then((names) => names.map((name) => `${name}\n`).join(''));
  const read = await runGit(folder, ['cat-file', '--batch'], request);
  if (!read.ok) return read;
  const decoder = new TextDecoder();
  const bytes = read.value;
  for (let at = 0; at < bytes.length; ) {
    const end = bytes.indexOf(0x0a, at);
    if (end === -1) break;
    const [blob = '', type, size] = decoder.decode(bytes.subarray(at, end)).split(' ');
    at = end + 1;
    if (type === 'missing') continue;
    const length = Number(size);
    if (!Number.isSafeInteger(length)) break;
    if (type === 'blob') texts.set(blob, decoder.decode(bytes.subarray(at, at + length)));
    at += length + 1;
  }
  return ok(texts);
}

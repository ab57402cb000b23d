import { execFile, spawn } from 'node:child_process';
import { promisify } from 'node:util';
import { proposalLimits } from '@pars/pips';
import type { ProposalHistory, Version } from './site/site-model.ts';

/** Versions of one proposal whose text is shown; older ones are counted. */
const MAX_VERSIONS = 20;

/** Commits that are looked through, the newest ones. */
const MAX_COMMITS = 20_000;

/** Bytes that one call of git may print. */
const MAX_OUTPUT = 256 * 1024 * 1024;

/** How long one call of git may take. */
const LIMIT_MS = 60_000;

/**
 * The recorded versions of every proposal in a folder, following renames;
 * `undefined` where the folder is in no repository, git is missing or it fails.
 * Two calls of git in all, whatever the number of proposals; neither runs a
 * shell, a hook, a filter or anything else that a repository may name.
 */
export async function readGitHistory(
  folder: string,
  fileNames: readonly string[],
): Promise<ReadonlyMap<string, ProposalHistory> | undefined> {
  try {
    const top = (await git(folder, ['rev-parse', '--show-toplevel'])).trimEnd();
    const prefix = (await git(folder, ['rev-parse', '--show-prefix'])).trimEnd();
    const log = await git(folder, [
      'log',
      '--no-show-signature',
      '--no-notes',
      '--no-ext-diff',
      '--no-textconv',
      '--no-color',
      '--find-renames=40%',
      '--raw',
      '--no-abbrev',
      '-z',
      `--max-count=${MAX_COMMITS}`,
      '--format=%x01%H%x02%ct%x02%s',
      '--',
      '.',
    ]);
    const records = followFiles(log, prefix, fileNames);
    const blobs = new Set(
      [...records.values()].flatMap((list) => list.slice(0, MAX_VERSIONS).map(({ blob }) => blob)),
    );
    const texts = await readBlobs(top, [...blobs]);
    return new Map(
      [...records].map(([name, list]) => [name, historyFromRecords(list, texts)] as const),
    );
  } catch {
    // A site is built from a folder without a repository, too; it then says so.
    return undefined;
  }
}

/** One change of a file. */
interface FileRecord {
  readonly commit: string;
  readonly time: number;
  readonly subject: string;
  readonly blob: string;
}

const run = promisify(execFile);

/** Git asks nobody, locks nothing and reads no settings but those of the repository and the user. */
const ENVIRONMENT = {
  ...process.env,
  LC_ALL: 'C',
  GIT_OPTIONAL_LOCKS: '0',
  GIT_TERMINAL_PROMPT: '0',
};

async function git(folder: string, args: readonly string[]): Promise<string> {
  const { stdout } = await run('git', ['-C', folder, '-c', 'core.fsmonitor=false', ...args], {
    env: ENVIRONMENT,
    maxBuffer: MAX_OUTPUT,
    timeout: LIMIT_MS,
  });
  return stdout;
}

/** Walks from the newest commit back, keeping in mind what each file was called then. */
function followFiles(
  log: string,
  prefix: string,
  fileNames: readonly string[],
): ReadonlyMap<string, FileRecord[]> {
  const records = new Map<string, FileRecord[]>(fileNames.map((name) => [name, []]));
  const nameNow = new Map(fileNames.map((name) => [`${prefix}${name}`, name]));
  for (const entry of log.split('\u0001').slice(1)) {
    const [head = '', ...fields] = entry.split('\0');
    const [commit = '', time = '', subject = ''] = head.split('\u0002');
    if (!/^[0-9a-f]{40,64}$/.test(commit) || !/^\d{1,11}$/.test(time)) continue;
    for (const change of changesFromFields(fields)) {
      const name = nameNow.get(change.path);
      if (name === undefined) continue;
      records
        .get(name)
        ?.push({ commit, time: Number(time), subject: subject.slice(0, 500), blob: change.blob });
      nameNow.delete(change.path);
      if (change.from !== undefined) nameNow.set(change.from, name);
    }
  }
  return records;
}

interface Change {
  readonly path: string;
  readonly blob: string;
  /** The name under which older commits know the file; none when this commit created it. */
  readonly from: string | undefined;
}

function* changesFromFields(fields: readonly string[]): Generator<Change> {
  for (let index = 0; index < fields.length; index += 1) {
    const match = /^\n?:\d+ \d+ [0-9a-f]+ ([0-9a-f]+) ([A-Z])\d*$/.exec(fields[index] ?? '');
    if (match === null) continue;
    const [, blob = '', kind = ''] = match;
    const path = fields[index + 1] ?? '';
    if (kind === 'R' || kind === 'C') {
      const target = fields[index + 2] ?? '';
      index += 2;
      yield { path: target, blob, from: path };
    } else {
      index += 1;
      if (kind === 'A') yield { path, blob, from: undefined };
      else if (kind === 'M' || kind === 'T') yield { path, blob, from: path };
    }
  }
}

function historyFromRecords(
  records: readonly FileRecord[],
  texts: ReadonlyMap<string, string>,
): ProposalHistory {
  const versions = records.slice(0, MAX_VERSIONS).map(
    ({ commit, time, subject, blob }): Version => ({
      commit,
      time,
      subject,
      text: texts.get(blob),
    }),
  );
  return { versions, olderCount: records.length - versions.length };
}

/** Reads many texts with one call of git. Texts beyond the limit of the format are left out. */
async function readBlobs(
  folder: string,
  blobs: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const texts = new Map<string, string>();
  if (blobs.length === 0) return texts;
  const output = await readBatch(folder, `${blobs.join('\n')}\n`);
  for (let offset = 0; offset < output.length; ) {
    const end = output.indexOf(0x0a, offset);
    const [blob = '', kind = '', size = ''] = output.toString('latin1', offset, end).split(' ');
    const start = end + 1;
    if (kind !== 'blob') {
      offset = start;
      continue;
    }
    const length = Number(size);
    if (length <= proposalLimits.fileBytes) {
      texts.set(blob, output.toString('utf8', start, start + length));
    }
    offset = start + length + 1;
  }
  return texts;
}

async function readBatch(folder: string, request: string): Promise<Buffer> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  const child = spawn('git', ['-C', folder, 'cat-file', '--batch', '--buffer'], {
    env: ENVIRONMENT,
    stdio: ['pipe', 'pipe', 'ignore'],
    timeout: LIMIT_MS,
  });
  const chunks: Buffer[] = [];
  let size = 0;
  child.stdout.on('data', (chunk: Buffer) => {
    size += chunk.length;
    chunks.push(chunk);
    if (size > MAX_OUTPUT) child.kill();
  });
  child.on('error', reject);
  child.stdin.on('error', reject);
  child.on('close', (code) => {
    if (code === 0) resolve(Buffer.concat(chunks));
    else reject(new Error(`git ended with ${String(code)}`));
  });
  child.stdin.end(request);
  return await promise;
}

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { unwrap } from '@pars/base';
import { openDataFolder } from './data-folder.ts';
import { dataFolderPaths } from './data-folder-paths.ts';
import { takeFolderLock } from './folder-lock.ts';

let scratch = '';
beforeEach(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'pars-folder-'));
});
afterEach(() => rm(scratch, { recursive: true, force: true }));

describe('paths', () => {
  const environment = { XDG_DATA_HOME: '/data' };

  test('follow XDG unless a folder is named', () => {
    assert.equal(dataFolderPaths(undefined, { environment, platform: 'linux' }).root, '/data/pars');
    assert.equal(dataFolderPaths('/x', { environment, platform: 'linux' }).root, '/x');
  });

  test('a relative XDG path is ignored', () => {
    const paths = dataFolderPaths(undefined, {
      environment: { XDG_DATA_HOME: 'data' },
      platform: 'linux',
    });
    assert.match(paths.root, /\/\.local\/share\/pars$/);
  });

  test('Windows gets a pipe of its own per folder', () => {
    const one = dataFolderPaths('/x', { environment, platform: 'win32' }).socket;
    const other = dataFolderPaths('/y', { environment, platform: 'win32' }).socket;
    assert.match(one, /^\\\\\.\\pipe\\pars-[0-9a-f]{32}$/);
    assert.notEqual(one, other);
  });
});

describe('opening', () => {
  test('makes the folder for its owner alone', async () => {
    const root = join(scratch, 'a', 'b');
    using folder = unwrap(await openDataFolder(dataFolderPaths(root)));
    assert.equal((await stat(root)).mode & 0o777, 0o700);
    assert.equal((await stat(folder.paths.lock)).mode & 0o777, 0o600);
  });

  test('closes an empty folder to others, refuses one with content', async () => {
    const empty = join(scratch, 'empty');
    await mkdir(empty, { mode: 0o755 });
    using _folder = unwrap(await openDataFolder(dataFolderPaths(empty)));
    assert.equal((await stat(empty)).mode & 0o777, 0o700);

    const used = join(scratch, 'used');
    await mkdir(used, { mode: 0o755 });
    await chmod(used, 0o755);
    await writeFile(join(used, 'thesis.txt'), '');
    assert.equal(await codeOfOpening(used), 'data-folder/too-open');
    assert.equal((await stat(used)).mode & 0o777, 0o755);
  });

  test('refuses a file and a path too long for a socket', async () => {
    const file = join(scratch, 'file');
    await writeFile(file, '');
    assert.equal(await codeOfOpening(file), 'data-folder/not-a-folder');
    assert.equal(await codeOfOpening(join(scratch, 'x'.repeat(100))), 'data-folder/path-too-long');
  });

  test('a link that leads nowhere is refused', async () => {
    const path = join(scratch, 'link');
    await symlink(join(scratch, 'nowhere'), path);
    assert.match((await codeOfOpening(path)) ?? '', /^data-folder\//);
  });
});

describe('lock', () => {
  test('is exclusive within a process and free again after release', () => {
    const path = join(scratch, 'lock');
    const first = unwrap(takeFolderLock(path));
    assert.deepEqual(takeFolderLock(path), { ok: false, error: { code: 'data-folder/in-use' } });
    first[Symbol.dispose]();
    unwrap(takeFolderLock(path))[Symbol.dispose]();
  });

  test('of many processes that race, exactly one wins; SIGKILL frees it', async () => {
    const path = join(scratch, 'lock');
    const racers = Array.from({ length: 6 }, () => startHolder(path));
    const answers = await Promise.all(racers.map(({ answer }) => answer));
    for (const { child, ended } of racers) {
      child.kill('SIGKILL');
      await ended;
    }
    assert.deepEqual(answers.toSorted(), ['held', ...Array<string>(5).fill('refused')]);
    unwrap(takeFolderLock(path))[Symbol.dispose]();
  });

  test('garbage in its place is refused, not overwritten', async () => {
    const path = join(scratch, 'lock');
    await writeFile(path, 'no database'.repeat(100));
    const taken = takeFolderLock(path);
    assert.equal(taken.ok, false);
    assert.match(await readFile(path, 'utf8'), /^no database/);
  });
});

const holderProgram = `
  const { takeFolderLock } = await import(process.argv[1]);
  const lock = takeFolderLock(process.argv[2]);
  process.stdout.write(lock.ok ? 'held' : 'refused');
  globalThis.lock = lock;
  setInterval(() => {}, 1000);
`;

interface Holder {
  readonly child: ReturnType<typeof spawn>;
  readonly answer: Promise<string>;
  readonly ended: Promise<unknown>;
}

function startHolder(path: string): Holder {
  const module = new URL('./folder-lock.ts', import.meta.url).href;
  const child = spawn(
    process.execPath,
    ['--conditions=pars-source', '--input-type=module', '-e', holderProgram, module, path],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const answer = once(child.stdout, 'data').then(([data]) => String(data));
  return { child, answer, ended: once(child, 'exit') };
}

async function codeOfOpening(root: string): Promise<string | undefined> {
  const opened = await openDataFolder(dataFolderPaths(root));
  return opened.ok ? undefined : opened.error.code;
}

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { readHistory } from './read-history.ts';
import type { ProposalHistory } from './site/site-model.ts';

const noGit = hasGit() ? false : 'no git on this machine';

function hasGit(): boolean {
  try {
    execFileSync('git', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

async function withFolder(use: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'pars-history-'));
  try {
    await use(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

function git(folder: string, ...args: readonly string[]): void {
  execFileSync(
    'git',
    ['-C', folder, '-c', 'user.name=T', '-c', 'user.email=t@example.org', ...args],
    {
      stdio: 'ignore',
      env: {
        ...process.env,
        GIT_COMMITTER_DATE: '2026-11-22T12:00:00Z',
        GIT_AUTHOR_DATE: '2026-11-22T12:00:00Z',
      },
    },
  );
}

async function historiesOf(
  folder: string,
  names: readonly string[],
): Promise<ReadonlyMap<string, ProposalHistory>> {
  const history = await readHistory(folder, names);
  assert.ok(typeof history !== 'string');
  return history;
}

describe('readHistory', { skip: noGit }, () => {
  test('gives the versions, newest first, through renames and in a folder of the repository', async () => {
    await withFolder(async (root) => {
      const folder = join(root, 'PIPs');
      await mkdir(folder);
      git(root, 'init', '-q');
      const commit = async (name: string, text: string, subject: string): Promise<void> => {
        await writeFile(join(folder, name), text);
        git(root, 'add', '-A');
        git(root, 'commit', '-qm', subject);
      };
      const body = 'A line that stays.\n'.repeat(20);
      await commit('pip-XXXX-a.md', `one\n${body}`, 'First <b>');
      await commit('pip-1001-other.md', 'x', 'Another');
      await rename(join(folder, 'pip-XXXX-a.md'), join(folder, 'pip-1000-a.md'));
      await commit('pip-1000-a.md', `two\n${body}`, 'It gets a number');
      await commit('pip-1000-a.md', `three ی\n${body}`, 'Third');

      const history = await historiesOf(folder, [
        'pip-1000-a.md',
        'pip-1001-other.md',
        'pip-1002-new.md',
      ]);
      const versions = history.get('pip-1000-a.md')?.versions ?? [];
      assert.deepEqual(
        versions.map(({ subject, text, time }) => [subject, text?.split('\n')[0], time]),
        [
          ['Third', 'three ی', 1_795_348_800],
          ['It gets a number', 'two', 1_795_348_800],
          ['First <b>', 'one', 1_795_348_800],
        ],
      );
      assert.equal(history.get('pip-1001-other.md')?.versions.length, 1);
      assert.deepEqual(history.get('pip-1002-new.md'), { versions: [], olderCount: 0 });
    });
  });

  test('counts the versions beyond those it reads', async () => {
    await withFolder(async (folder) => {
      git(folder, 'init', '-q');
      for (let version = 0; version < 23; version += 1) {
        await writeFile(join(folder, 'pip-1000-a.md'), `version ${version}`);
        git(folder, 'add', '-A');
        git(folder, 'commit', '-qm', `v${version}`);
      }
      const history = await historiesOf(folder, ['pip-1000-a.md']);
      const { versions, olderCount } = history.get('pip-1000-a.md') ?? {
        versions: [],
        olderCount: 0,
      };
      assert.equal(versions.length, 20);
      assert.equal(olderCount, 3);
      assert.equal(versions[0]?.text, 'version 22');
    });
  });

  test('has nothing to say about a folder without a repository', async () => {
    await withFolder(async (folder) => {
      await writeFile(join(folder, 'pip-1000-a.md'), 'x');
      assert.equal(await readHistory(folder, ['pip-1000-a.md']), 'no-repository');
    });
  });
});

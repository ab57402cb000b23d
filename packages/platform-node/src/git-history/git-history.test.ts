import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { unwrap } from '@pars/base';
import { readAtRevision, readGitHistory } from './git-history.ts';

const hasGit = ((): boolean => {
  try {
    execFileSync('git', ['--version']);
    return true;
  } catch {
    return false;
  }
})();

describe('git history', { skip: hasGit ? false : 'git is not installed' }, () => {
  let root = '';
  const folder = (): string => join(root, 'PIPs');
  const git = (date: string, ...args: string[]): void => {
    const person = { NAME: 'Roya', EMAIL: 'roya@example.org', DATE: `${date}T12:00:00Z` };
    const env = Object.fromEntries(
      ['AUTHOR', 'COMMITTER'].flatMap((role) =>
        Object.entries(person).map(([key, value]) => [`GIT_${role}_${key}`, value]),
      ),
    );
    execFileSync('git', ['-C', root, ...args], {
      env: { ...env, PATH: process.env['PATH'] ?? '', HOME: root },
      stdio: 'ignore',
    });
  };
  const commit = (date: string, path: string, text: string): void => {
    writeFileSync(join(folder(), path), text);
    git(date, 'add', '-A');
    git(date, 'commit', '-m', 'A <b>change</b> with spaces\n\nMore.');
  };

  before(() => {
    root = mkdtempSync(join(tmpdir(), 'pars-git-'));
    mkdirSync(folder());
    git('2026-11-01', 'init', '-b', 'main');
    commit('2026-11-01', 'pip-XXXX-idea.md', 'status: Draft\nmuch text\nthat stays\n');
    commit('2026-11-03', 'other.txt', 'no proposal');
    renameSync(join(folder(), 'pip-XXXX-idea.md'), join(folder(), 'pip-0042-idea.md'));
    commit('2026-11-04', 'pip-0042-idea.md', 'status: Review\nmuch text\nthat stays\n');
    commit('2026-11-05', 'pip-0043-اندیشه name.md', 'another\n');
  });
  after(() => rmSync(root, { recursive: true, force: true }));

  test('gives the versions of each file, oldest first, through renames', async () => {
    const history = unwrap(await readGitHistory(folder()));
    const versions = history.get('pip-0042-idea.md');
    assert.deepEqual(
      versions?.map(({ date, text }) => [date, text?.split('\n')[0]]),
      [
        ['2026-11-01', 'status: Draft'],
        ['2026-11-04', 'status: Review'],
      ],
    );
    assert.deepEqual([...history.keys()].toSorted(), [
      'pip-0042-idea.md',
      'pip-0043-اندیشه name.md',
    ]);
  });

  test('tells when and why each version came', async () => {
    const [first] = unwrap(await readGitHistory(folder())).get('pip-0042-idea.md') ?? [];
    assert.equal(first?.subject, 'A <b>change</b> with spaces');
    assert.equal(first?.time, Date.parse('2026-11-01T12:00:00Z') / 1000);
    assert.match(first?.commit ?? '', /^[0-9a-f]{40}$/);
  });

  test('reads the texts of the newest versions alone when asked to', async () => {
    const options = { only: ['pip-0042-idea.md'], textsPerFile: 1 };
    const history = unwrap(await readGitHistory(folder(), options));
    assert.deepEqual([...history.keys()], ['pip-0042-idea.md']);
    assert.deepEqual(
      history.get('pip-0042-idea.md')?.map(({ text }) => text?.split('\n')[0]),
      [undefined, 'status: Review'],
    );
  });

  test('is not led astray by the variables of a hook', async () => {
    process.env['GIT_DIR'] = '/nowhere';
    try {
      assert.ok((await readGitHistory(folder())).ok);
    } finally {
      delete process.env['GIT_DIR'];
    }
  });

  test('reads a file at a revision', async () => {
    const text = unwrap(await readAtRevision(folder(), 'pip-0042-idea.md', 'HEAD~1'));
    assert.match(text, /Review/);
  });

  test('refuses revisions that are options, ranges or other objects', async () => {
    for (const revision of [
      '--help',
      '-p',
      'HEAD:../x',
      'HEAD other',
      '',
      'nothing',
      'a'.repeat(300),
    ]) {
      const read = await readAtRevision(folder(), 'pip-0042-idea.md', revision);
      assert.deepEqual(read, { ok: false, error: { code: 'git/no-revision' } }, revision);
    }
  });

  test('a history that prints more than the bound is too much', async () => {
    const large = mkdtempSync(join(tmpdir(), 'pars-git-large-'));
    const inLarge = (...args: string[]): unknown =>
      execFileSync('git', ['-C', large, '-c', 'user.name=R', '-c', 'user.email=r@e.org', ...args]);
    try {
      inLarge('init', '--quiet');
      writeFileSync(join(large, 'large.md'), Buffer.alloc(65 * 1024 * 1024, 'a'));
      inLarge('add', '-A');
      inLarge('commit', '--quiet', '-m', 'Large');
      assert.deepEqual(await readGitHistory(large), { ok: false, error: { code: 'git/too-much' } });
    } finally {
      rmSync(large, { recursive: true });
    }
  });

  test('a folder without a repository has no history', async () => {
    const outside = mkdtempSync(join(tmpdir(), 'pars-nogit-'));
    try {
      assert.deepEqual(await readGitHistory(outside), {
        ok: false,
        error: { code: 'git/unavailable' },
      });
    } finally {
      rmSync(outside, { recursive: true });
    }
  });
});

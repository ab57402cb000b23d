import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { proposalLimits } from '@pars/pips';
import { readProposalFolder } from './read-input.ts';
import { mayWriteSite, writeSite } from './write-site.ts';

async function withFolder(use: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'pars-site-'));
  try {
    await use(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

describe('readProposalFolder', () => {
  test('reads proposals, template, licence and pictures, and nothing else', async () => {
    await withFolder(async (folder) => {
      await mkdir(join(folder, 'assets'));
      await mkdir(join(folder, 'pip-1002-folder.md'));
      for (const [name, text] of [
        ['pip-1000-a.md', 'a'],
        ['pip-XXXX-b.md', 'b'],
        ['pip-1-short.md', 'c'],
        ['pip-template.md', 't'],
        ['LICENSE.md', 'l'],
        ['README.md', 'r'],
        ['assets/map.png', 'p'],
        ['assets/evil.svg', 's'],
        ['assets/.hidden.png', 'h'],
      ] as const) {
        await writeFile(join(folder, name), text);
      }
      const read = await readProposalFolder(folder);
      assert.deepEqual([...read.files.keys()], ['pip-1000-a.md', 'pip-XXXX-b.md']);
      assert.deepEqual([...read.pictures.keys()], ['assets/map.png']);
      assert.deepEqual([read.template, read.licence], ['t', 'l']);
      assert.deepEqual(read.ignored, ['pip-1-short.md', 'pip-1002-folder.md']);
    });
  });

  test('follows no link out of the folder', async () => {
    await withFolder(async (folder) => {
      await symlink('/etc/hostname', join(folder, 'pip-1000-a.md'));
      await symlink('/etc', join(folder, 'assets'));
      const { files, pictures, ignored } = await readProposalFolder(folder);
      assert.equal(files.size + pictures.size, 0);
      assert.deepEqual(ignored, ['pip-1000-a.md']);
    });
  });

  test('reads no more of a large file than is needed to refuse it', async () => {
    await withFolder(async (folder) => {
      await writeFile(join(folder, 'pip-1000-a.md'), 'x'.repeat(10_000_000));
      const { files } = await readProposalFolder(folder);
      assert.equal(files.get('pip-1000-a.md')?.length, proposalLimits.fileBytes + 1);
    });
  });
});

describe('writeSite', () => {
  test('replaces an older site, and touches no other folder', async () => {
    await withFolder(async (folder) => {
      const out = join(folder, 'out');
      assert.equal(await mayWriteSite(out), true);
      await writeSite(out, new Map([['a/b.html', 'x']]));
      assert.equal(await mayWriteSite(out), true);
      await writeSite(out, new Map([['c.html', 'y']]));
      const read = await readProposalFolder(out);
      assert.equal(read.files.size, 0);
      await writeFile(join(folder, 'mine.txt'), 'z');
      assert.equal(await mayWriteSite(folder), false);
    });
  });
});

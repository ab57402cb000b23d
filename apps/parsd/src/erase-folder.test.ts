import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { eraseFolder } from './erase-folder.ts';

test('a folder is emptied, folders and links included, and nothing beyond it', async () => {
  const parent = await mkdtemp(join(tmpdir(), 'pars-erase-'));
  try {
    const folder = join(parent, 'data');
    await mkdir(join(folder, 'blobs', 'deep'), { recursive: true });
    await writeFile(join(folder, 'blobs', 'deep', 'key'), 'secret');
    await writeFile(join(folder, 'mark'), '');
    await writeFile(join(parent, 'victim'), 'somebody else');
    await symlink(join(parent, 'victim'), join(folder, 'link'));
    await mkdir(join(parent, 'others'));
    await writeFile(join(parent, 'others', 'file'), 'somebody else');
    await symlink(join(parent, 'others'), join(folder, 'linked'));
    assert.equal(await eraseFolder(folder, 'mark'), true);
    assert.equal(await readFile(join(parent, 'others', 'file'), 'utf8'), 'somebody else');
    assert.deepEqual(await readdir(folder), []);
    assert.equal(await readFile(join(parent, 'victim'), 'utf8'), 'somebody else');
    assert.equal(await eraseFolder(folder, 'mark'), true, 'again');
  } finally {
    await rm(parent, { recursive: true });
  }
});

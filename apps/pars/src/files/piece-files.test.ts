import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { unwrap } from '@pars/base';
import { createPieceFiles } from './piece-files.ts';

const files = createPieceFiles();
let folder = '';
const place = (name: string) => join(folder, name);
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pars-pieces-'));
});
after(() => rm(folder, { recursive: true, force: true }));

async function partsLeft(): Promise<readonly string[]> {
  return (await readdir(folder)).filter((name) => name.includes('.part'));
}

describe('a new file', () => {
  test('appears when it is whole, for its owner alone, and not before', async () => {
    const file = unwrap(await files.create(place('new'), false));
    unwrap(await file.write(Buffer.from('one ')));
    unwrap(await file.write(Buffer.from('two')));
    await assert.rejects(stat(place('new')), { code: 'ENOENT' });
    unwrap(await file.finish());
    assert.equal(await readFile(place('new'), 'utf8'), 'one two');
    assert.equal((await stat(place('new'))).mode & 0o077, 0);
    assert.deepEqual(await partsLeft(), []);
  });

  test('does not take the place of another, whether that was there before or came meanwhile', async () => {
    await writeFile(place('old'), 'old');
    const refused = await files.create(place('old'), false);
    assert.deepEqual(refused, {
      ok: false,
      error: { code: 'cli/file-exists', meta: { path: place('old') } },
    });
    const file = unwrap(await files.create(place('raced'), false));
    unwrap(await file.write(Buffer.from('ours')));
    await writeFile(place('raced'), 'theirs');
    const late = await file.finish();
    assert.equal(late.ok ? undefined : late.error.code, 'cli/file-exists');
    assert.equal(await readFile(place('raced'), 'utf8'), 'theirs');
    assert.deepEqual(await partsLeft(), []);
  });

  test('takes the place of another when it should, as a whole', async () => {
    await writeFile(place('replaced'), 'a longer text than the new one');
    const file = unwrap(await files.create(place('replaced'), true));
    unwrap(await file.write(Buffer.from('new')));
    assert.equal(await readFile(place('replaced'), 'utf8'), 'a longer text than the new one');
    unwrap(await file.finish());
    assert.equal(await readFile(place('replaced'), 'utf8'), 'new');
  });

  test('that is abandoned leaves nothing', async () => {
    const file = unwrap(await files.create(place('abandoned'), false));
    unwrap(await file.write(Buffer.alloc(300_000, 1)));
    await file.abandon();
    await assert.rejects(stat(place('abandoned')), { code: 'ENOENT' });
    assert.deepEqual(await partsLeft(), []);
  });

  test('is not written through a link that somebody laid in its way', async () => {
    await writeFile(place('precious'), 'precious');
    await symlink(place('precious'), place(`trap.${process.pid}.part`));
    const refused = await files.create(place('trap'), false);
    assert.equal(refused.ok ? undefined : refused.error.code, 'cli/not-written');
    assert.equal(await readFile(place('precious'), 'utf8'), 'precious');
    await rm(place(`trap.${process.pid}.part`));
  });

  test('where nothing can be written is told as that', async () => {
    const refused = await files.create(place('nowhere/file'), false);
    assert.equal(refused.ok ? undefined : refused.error.code, 'cli/not-written');
  });
});

describe('a file that is read', () => {
  test('comes in pieces that are its bytes', async () => {
    const bytes = Buffer.from(Uint8Array.from({ length: 600_001 }, (_, at) => at % 251));
    await writeFile(place('long'), bytes);
    const pieces: Uint8Array[] = [];
    for await (const piece of unwrap(await files.open(place('long')))) pieces.push(piece);
    assert.ok(pieces.length >= 3);
    assert.ok(pieces.every(({ length }) => length <= 262_144));
    assert.deepEqual(Buffer.concat(pieces), bytes);
  });

  test('and is not there, or is a folder, is told as that', async () => {
    await mkdir(place('folder'));
    for (const name of ['missing', 'folder']) {
      const refused = await files.open(place(name));
      assert.equal(refused.ok ? undefined : refused.error.code, 'cli/not-read');
    }
  });
});

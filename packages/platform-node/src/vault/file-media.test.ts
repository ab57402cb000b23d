import assert from 'node:assert/strict';
import { mkdtemp, rm, stat, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { mediaConformance } from '@pars/vault/conformance';
import { createFileMedia, type FileMedia, openFileMedia } from './file-media.ts';

describe('a container in a file', () => {
  let folder = '';
  let files = 0;
  const pathByMedia = new Map<unknown, string>();
  // The suite does not close what it is given, and a handle that is forgotten is an error.
  const opened: FileMedia[] = [];
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'pars-media-'));
  });
  after(async () => {
    for (const media of opened) await media[Symbol.asyncDispose]();
    await rm(folder, { recursive: true });
  });

  function nextPath(): string {
    files += 1;
    return join(folder, `container-${files}`);
  }

  const suite = mediaConformance({
    async create(sizeBytes) {
      const path = nextPath();
      const media = await createFileMedia(path, sizeBytes);
      opened.push(media);
      pathByMedia.set(media, path);
      return media;
    },
    async reopen(media) {
      await (media as FileMedia)[Symbol.asyncDispose]();
      const again = await openFileMedia(pathByMedia.get(media) ?? '');
      opened.push(again);
      return again;
    },
  });
  for (const { name, run } of suite) test(name, run);

  test('is readable by its owner alone, and never replaces a file', async () => {
    const path = nextPath();
    await using media = await createFileMedia(path, 4096);
    assert.equal(media.sizeBytes, 4096);
    if (process.platform !== 'win32') assert.equal((await stat(path)).mode & 0o777, 0o600);
    await assert.rejects(createFileMedia(path, 4096), { code: 'base/storage-failed' });
  });

  test('an absent file and a symbolic link are refused', async () => {
    await assert.rejects(openFileMedia(nextPath()), { code: 'base/storage-failed' });
    const target = nextPath();
    await writeFile(target, 'not yours');
    const link = nextPath();
    await symlink(target, link);
    await assert.rejects(openFileMedia(link), { code: 'base/storage-failed' });
  });

  test('a file that is cut while it is open is told as damaged', async () => {
    const path = nextPath();
    await using media = await createFileMedia(path, 8192);
    await truncate(path, 4096);
    await assert.rejects(media.read(0, 8192), { code: 'base/storage-failed' });
    assert.equal((await media.read(0, 4096)).length, 4096);
  });

  test('refuses every call after it was closed', async () => {
    const media = await createFileMedia(nextPath(), 4096);
    await media[Symbol.asyncDispose]();
    await assert.rejects(media.read(0, 1));
    await assert.rejects(media.write(0, new Uint8Array(1)));
    await assert.rejects(media.flush());
  });
});

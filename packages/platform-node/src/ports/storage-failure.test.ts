import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { ParsError } from '@pars/base';
import { createFileBlobStore } from './file-blob-store.ts';
import { createSqliteStore } from './sqlite-store.ts';
import { storageErrorFrom } from './storage-failure.ts';

const bytes = new Uint8Array(1);

describe('what the disk refuses', () => {
  for (const [reason, fields] of [
    ['full', { code: 'ENOSPC', syscall: 'write' }],
    ['full', { code: 'EDQUOT', syscall: 'write' }],
    ['read-only', { code: 'EROFS', syscall: 'open' }],
    ['not-permitted', { code: 'EACCES', syscall: 'open' }],
    ['failed', { code: 'EIO', syscall: 'fsync' }],
    ['full', { code: 'ERR_SQLITE_ERROR', errcode: 13 }],
    ['read-only', { code: 'ERR_SQLITE_ERROR', errcode: 8 | (5 << 8) }],
    ['failed', { code: 'ERR_SQLITE_ERROR', errcode: 10 | (3 << 8) }],
    ['damaged', { code: 'ERR_SQLITE_ERROR', errcode: 11 }],
  ] as const) {
    test(`${fields.code} ${'errcode' in fields ? fields.errcode : ''} is ${reason}`, () => {
      const found = storageErrorFrom(Object.assign(new Error('from below'), fields));
      assert.ok(found instanceof ParsError);
      assert.equal(found.code, 'base/storage-failed');
      assert.deepEqual(found.meta, { reason });
    });
  }

  test('a bug stays what it is', () => {
    const errors = [
      new TypeError('x is not a function'),
      new ParsError('base/argument'),
      Object.assign(new Error('syntax'), { code: 'ERR_SQLITE_ERROR', errcode: 1 }),
      Object.assign(new Error('no syscall'), { code: 'ERR_INVALID_ARG_TYPE' }),
    ];
    for (const error of errors) assert.equal(storageErrorFrom(error), error);
  });

  test('a file that is no database is told at the opening', async () => {
    await inFolder(async (folder) => {
      const path = join(folder, 'store.sqlite');
      await writeFile(path, 'this was a database once, and now it is not any more');
      assert.throws(() => createSqliteStore(path), isStorageFailure('damaged'));
    });
  });

  test('damage inside the database is told by reading and by listing', async () => {
    await inFolder(async (folder) => {
      const path = join(folder, 'store.sqlite');
      const store = createSqliteStore(path);
      const rows = Array.from({ length: 64 }, (_, index) => Uint8Array.of(index));
      await store.write(rows.map((key) => ({ key, value: new Uint8Array(8_192) })));
      await store.close();
      const damaged = createSqliteStore(path);
      const content = await readFile(path);
      // Everything behind the first page, which holds the schema.
      await writeFile(path, content.fill(0xff, 4_096));
      await assert.rejects(damaged.get(Uint8Array.of(40)), isStorageFailure('damaged'));
      const listing = async () => Array.fromAsync(damaged.list({}));
      await assert.rejects(listing(), isStorageFailure('damaged'));
      await damaged.close();
    });
  });

  test('a folder that went away is told by every change of a blob', async () => {
    await inFolder(async (folder) => {
      const blobs = await createFileBlobStore(join(folder, 'blobs'));
      await rm(join(folder, 'blobs'), { recursive: true });
      await assert.rejects(blobs.replace('a', bytes), isStorageFailure('failed'));
      await assert.rejects(blobs.remove('a'), isStorageFailure('failed'));
    });
  });

  test('a folder that cannot be made is told', async () => {
    await inFolder(async (folder) => {
      await writeFile(join(folder, 'file'), '');
      await assert.rejects(createFileBlobStore(join(folder, 'file')), isStorageFailure('failed'));
    });
  });
});

function isStorageFailure(reason: string): (error: unknown) => boolean {
  return (error) =>
    error instanceof ParsError &&
    error.code === 'base/storage-failed' &&
    error.meta['reason'] === reason;
}

async function inFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'pars-storage-'));
  try {
    await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

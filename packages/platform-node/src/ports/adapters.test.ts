import assert from 'node:assert/strict';
import { mkdtemp, open, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, test } from 'node:test';
import { ParsError } from '@pars/base';
import { createFileBlobStore } from './file-blob-store.ts';
import { createStderrLog } from './json-line-log.ts';
import { createSqliteStore } from './sqlite-store.ts';

const clock = { nowMs: () => 1_767_225_600_000, monotonicMs: () => 0 };
const isWindows = process.platform === 'win32';
const modeSkip = isWindows ? { skip: 'Windows has no POSIX modes' } : {};

describe('createFileBlobStore', () => {
  test('keeps others out of its folder and files', modeSkip, async () => {
    await inFolder(async (folder) => {
      const blobs = await createFileBlobStore(join(folder, 'blobs'));
      await blobs.replace('a', new Uint8Array(3));
      assert.equal((await stat(join(folder, 'blobs'))).mode & 0o777, 0o700);
      assert.equal((await stat(join(folder, 'blobs', 'a'))).mode & 0o777, 0o600);
    });
  });

  test('removes what a crash left half-written, and nothing else', async () => {
    await inFolder(async (folder) => {
      await writeFile(join(folder, '.unfinished-0011'), 'x');
      await writeFile(join(folder, 'kept'), 'x');
      await createFileBlobStore(folder);
      assert.deepEqual(await readdir(folder), ['kept']);
    });
  });

  test('a failed replacement rejects, leaves no debris and does not block the next', async () => {
    await inFolder(async (folder) => {
      const place = join(folder, 'blobs');
      const blobs = await createFileBlobStore(place);
      await rm(place, { recursive: true });
      await assert.rejects(blobs.replace('a', new Uint8Array(1)));
      const again = await createFileBlobStore(place);
      await blobs.replace('a', new Uint8Array(1));
      assert.deepEqual(await again.read('a'), new Uint8Array(1));
    });
  });

  test('never writes into the old file: who has it open keeps the old content', async () => {
    await inFolder(async (folder) => {
      const blobs = await createFileBlobStore(folder);
      await blobs.replace('a', new Uint8Array(5).fill(1));
      const old = await open(join(folder, 'a'));
      await blobs.replace('a', new Uint8Array(3).fill(2));
      assert.deepEqual(new Uint8Array(await old.readFile()), new Uint8Array(5).fill(1));
      await old.close();
      assert.deepEqual(await blobs.read('a'), new Uint8Array(3).fill(2));
    });
  });

  test('gives plain bytes, not a Buffer', async () => {
    await inFolder(async (folder) => {
      const blobs = await createFileBlobStore(folder);
      await blobs.replace('a', new Uint8Array(3));
      assert.ok(!Buffer.isBuffer(await blobs.read('a')));
    });
  });
});

describe('createSqliteStore', () => {
  test('keeps others out of its files', modeSkip, async () => {
    await inFolder(async (folder) => {
      const store = createSqliteStore(join(folder, 'store.sqlite'));
      await store.write([{ key: new Uint8Array(1), value: new Uint8Array(1) }]);
      for (const name of await readdir(folder)) {
        assert.equal((await stat(join(folder, name))).mode & 0o777, 0o600, name);
      }
      await store.close();
    });
  });

  test('numbers rows at random: their order would tell which came last', async () => {
    await inFolder(async (folder) => {
      const path = join(folder, 'store.sqlite');
      const store = createSqliteStore(path);
      const came = Array.from({ length: 32 }, (_, number) => (number * 77) % 256);
      for (const key of came) {
        await store.write([{ key: Uint8Array.of(key), value: new Uint8Array(9) }]);
      }
      await store.close();
      const database = new DatabaseSync(path, { readOnly: true });
      const rows = database.prepare('SELECT key FROM entry ORDER BY rowid').all();
      const found = rows.map(({ key }) => (key as Uint8Array)[0]);
      assert.equal(new Set(found).size, 32);
      assert.notDeepEqual(found, came);
      database.close();
    });
  });

  test('refuses a 65th list at once and takes it when one is done', async () => {
    await inFolder(async (folder) => {
      const store = createSqliteStore(join(folder, 'store.sqlite'));
      await store.write(
        Array.from({ length: 200 }, (_, index) => ({
          key: new Uint8Array([index]),
          value: new Uint8Array(10),
        })),
      );
      const lists = Array.from({ length: 64 }, () => store.list({})[Symbol.asyncIterator]());
      assert.throws(() => store.list({}), ParsError);
      assert.equal((await store.get(new Uint8Array([7])))?.length, 10, 'other calls still work');
      await lists[0]?.next();
      await lists[0]?.return?.();
      store.list({});
      await store.close();
      const second = lists[1];
      await assert.rejects(async () => second?.next(), ParsError);
    });
  });

  test('a list that is half read does not hold up writes', async () => {
    await inFolder(async (folder) => {
      const store = createSqliteStore(join(folder, 'store.sqlite'));
      const value = new Uint8Array(100_000);
      await store.write(
        Array.from({ length: 20 }, (_, index) => ({ key: new Uint8Array([index]), value })),
      );
      let seen = 0;
      for await (const { key } of store.list({})) {
        await store.write([{ key }]);
        seen += 1;
      }
      assert.equal(seen, 20);
      for await (const _ of store.list({})) assert.fail('everything was deleted');
      await store.close();
    });
  });
});

describe('createStderrLog', () => {
  test('writes one ASCII line of JSON an entry', () => {
    const { lines, log } = recorded();
    log.write('info', 'test/event', { text: 'سلام\n\u001b[2J\u009b', count: 1 });
    assert.equal(lines.length, 1);
    assert.match(lines[0] ?? '', /^[\x20-\x7e]+\n$/);
    assert.deepEqual(JSON.parse(lines[0] ?? ''), {
      time: '2026-01-01T00:00:00.000Z',
      level: 'info',
      event: 'test/event',
      fields: { text: 'سلام\n\u001b[2J\u009b', count: 1 },
    });
  });

  test('drops entries below its level', () => {
    const { lines, log } = recorded('warn');
    for (const level of ['debug', 'info', 'warn', 'error'] as const) log.write(level, 'test/x');
    assert.deepEqual(
      lines.map((line) => (JSON.parse(line) as { level: string }).level),
      ['warn', 'error'],
    );
    const standard = recorded();
    standard.log.write('debug', 'test/x');
    assert.equal(standard.lines.length, 0);
  });

  test('drops and counts entries while its reader is slow', () => {
    const { lines, sink, log } = recorded();
    sink.writableLength = 2 * 1024 * 1024;
    log.write('info', 'test/lost');
    log.write('info', 'test/lost');
    assert.equal(lines.length, 0);
    sink.writableLength = 0;
    log.write('info', 'test/kept');
    const entries = lines.map((line) => JSON.parse(line) as { event: string; fields: object });
    assert.deepEqual(
      entries.map(({ event, fields }) => [event, fields]),
      [
        ['log/dropped', { count: 2 }],
        ['test/kept', {}],
      ],
    );
  });

  test('cuts long texts', () => {
    const { lines, log } = recorded();
    log.write('info', 'test/long', { text: 'x'.repeat(100_000) });
    assert.ok((lines[0]?.length ?? 0) < 1200);
  });
});

async function inFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'pars-ports-'));
  try {
    await work(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

function recorded(level?: 'debug' | 'info' | 'warn' | 'error') {
  const lines: string[] = [];
  const sink = { write: (line: string) => lines.push(line), writableLength: 0 };
  const log = createStderrLog({ clock }, level === undefined ? { sink } : { sink, level });
  return { lines, sink, log };
}

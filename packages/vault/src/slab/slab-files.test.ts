import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Failure, type Result, unwrap } from '@pars/base';
import type { MemoryMedia } from '../fakes/index.ts';
import { loseProcess, type OpenedVault, openDatabases } from '../sql/database-fixture.ts';
import type { SqlDatabase } from '../sql/sql-database.ts';
import { createWorld, inTime, type World } from '../vault-fixture.ts';
import { TICK_MS } from '../vault-session.ts';
import { openSlabWith } from './open-slab.ts';
import type { SlabVolume } from './slab.ts';
import { openSlabFiles, type SlabFiles, slabFileSchema, slabRefsOf } from './slab-files.ts';
import { createSlabMedia, SMALL_SLAB } from './slab-fixture.ts';

interface Life extends OpenedVault {
  readonly files: SlabFiles;
  readonly decoyFiles: SlabFiles;
  readonly slabs: readonly [SlabVolume, SlabVolume];
}

/** Unlocks with the hidden password and opens databases, slab and files, as a node does. */
async function open(world: World, media: MemoryMedia): Promise<Life> {
  const opened = await openDatabases(world, 'hidden');
  for (const database of [opened.decoy, opened.hidden]) {
    const tables = await database.read((sql) => sql.get('SELECT name FROM sqlite_master LIMIT 1'));
    if (unwrap(tables) !== undefined) continue;
    unwrap(
      await database.write((sql) => {
        for (const statement of slabFileSchema) sql.run(statement);
      }),
    );
  }
  const [decoy, hidden] = [
    unwrap(await slabRefsOf(opened.decoy)),
    unwrap(await slabRefsOf(opened.hidden)),
  ];
  const deps = { ...world.deps, media };
  const slab = unwrap(await openSlabWith(deps, opened.vault, { decoy, hidden }, SMALL_SLAB));
  const slabs = [slab.decoy, slab.hidden as SlabVolume] as const;
  const filesOf = async (database: SqlDatabase, volume: SlabVolume): Promise<SlabFiles> =>
    unwrap(await openSlabFiles(database, volume));
  return {
    ...opened,
    slabs,
    decoyFiles: await filesOf(opened.decoy, slabs[0]),
    files: await filesOf(opened.hidden, slabs[1]),
  };
}

function bytesOf(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, at) => (at * 31 + 7) % 251);
}

/** In pieces of 50 bytes, which are no chunks. */
function sourceOf(bytes: Uint8Array): (fromByte: number) => AsyncIterable<Uint8Array> {
  return async function* (fromByte) {
    for (let at = fromByte; at < bytes.length; at += 50) yield bytes.subarray(at, at + 50);
  };
}

async function whole(stream: AsyncIterable<Result<Uint8Array, Failure>>): Promise<number[]> {
  const bytes: number[] = [];
  for await (const piece of stream) bytes.push(...unwrap(piece));
  return bytes;
}

async function tickUntil(world: World, promise: Promise<unknown>): Promise<void> {
  let isDone = false;
  void promise.then(() => {
    isDone = true;
  });
  while (!isDone) {
    await world.time.advance(TICK_MS);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

describe('files in the slab', () => {
  test('files of any length can be read at once and after the next unlock, whole and from the middle', async () => {
    const world = await createWorld('files');
    const media = await createSlabMedia(world);
    const life = await open(world, media);
    const lengths = [0, 1, 64, 65, 300];
    for (const length of lengths) {
      const put = life.files.put(`${length} bytes`, sourceOf(bytesOf(length)));
      const { file, durable } = unwrap(await put);
      assert.deepEqual(await whole(life.files.read(file.id)), [...bytesOf(length)]);
      await tickUntil(world, durable);
      unwrap(await durable);
    }
    unwrap(await inTime(world, life.vault.lock()));
    const again = await open(world, media);
    const list = unwrap(await again.files.list());
    assert.deepEqual(
      list.map(({ name, bytes, isComplete }) => [name, bytes, isComplete]),
      lengths.map((length) => [`${length} bytes`, length, true]),
    );
    for (const { id, bytes } of list) {
      assert.deepEqual(await whole(again.files.read(id)), [...bytesOf(bytes)]);
      assert.deepEqual(await whole(again.files.read(id, 63)), [...bytesOf(bytes)].slice(63));
    }
    assert.deepEqual(unwrap(await again.decoyFiles.list()), []);
    await inTime(world, again.vault.lock());
  });

  test('a crash in the middle of a put leaves what can be resumed, and nothing that is called complete', async () => {
    for (let crash = 1; crash <= 41; crash += 8) {
      const world = await createWorld(`crash ${crash}`);
      const media = await createSlabMedia(world);
      const first = await open(world, media);
      unwrap(await inTime(world, first.vault.flushNow()));
      const content = bytesOf(700);
      const put = first.files.put('large', sourceOf(content)).catch(() => undefined);
      world.deps.media.crashAt(crash);
      for (let tick = 0; tick < 8; tick += 1) await world.time.advance(TICK_MS);
      await put;
      await loseProcess(world, first);
      media.restart();
      const life = await open(world, media);
      const [file] = unwrap(await life.files.list());
      if (file !== undefined && !file.isComplete) {
        assert.equal(file.bytes % SMALL_SLAB.chunkBytes, 0);
        assert.deepEqual(await whole(life.files.read(file.id)), [
          ...content.subarray(0, file.bytes),
        ]);
        unwrap(await life.files.resume(file.id, sourceOf(content)));
      }
      if (file !== undefined && life.slabs[1].missing.length === 0) {
        assert.deepEqual(await whole(life.files.read(file.id)), [...content]);
      }
      await loseProcess(world, life);
    }
  });

  test('a removed file is gone and makes room; a full slab refuses and keeps what it has', async () => {
    const world = await createWorld('room');
    const media = await createSlabMedia(world);
    const life = await open(world, media);
    const most = life.slabs[1].maxChunks * SMALL_SLAB.chunkBytes;
    const { file, durable } = unwrap(await life.files.put('all', sourceOf(bytesOf(most))));
    await tickUntil(world, durable);
    const more = await life.files.put('more', sourceOf(bytesOf(1)));
    assert.equal(more.ok === false && more.error.code, 'vault/slab-full');
    unwrap(await life.files.remove(file.id));
    assert.deepEqual(await whole(life.files.read(file.id)), []);
    assert.equal(unwrap(await slabRefsOf(life.hidden)).length, 0);
    const [rest] = unwrap(await life.files.list());
    assert.deepEqual([rest?.name, rest?.bytes, rest?.isComplete], ['more', 0, false]);
    unwrap(await life.files.resume(rest?.id ?? 0, sourceOf(bytesOf(100))));
    assert.deepEqual(await whole(life.files.read(rest?.id ?? 0)), [...bytesOf(100)]);
    await inTime(world, life.vault.lock());
    const closed = await life.files.put('late', sourceOf(bytesOf(1)));
    assert.equal(closed.ok, false);
  });

  test('a chunk that is lost ends the stream with its code', async () => {
    const world = await createWorld('lost');
    const media = await createSlabMedia(world);
    const life = await open(world, media);
    const { file, durable } = unwrap(await life.files.put('one', sourceOf(bytesOf(200))));
    await tickUntil(world, durable);
    unwrap(
      await life.hidden.write((sql) =>
        sql.run('UPDATE slab_chunk SET version = version + 1 WHERE position = 1'),
      ),
    );
    const codes: string[] = [];
    for await (const piece of life.files.read(file.id)) {
      codes.push(piece.ok ? `${piece.value.length}` : piece.error.code);
    }
    assert.deepEqual(codes, ['64', 'vault/chunk-missing']);
    await inTime(world, life.vault.lock());
  });
});

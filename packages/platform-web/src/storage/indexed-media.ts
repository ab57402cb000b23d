import { ParsError } from '@pars/base';
import { type IndexedDatabase, openIndexedDatabase, resultOf } from './indexed-database.ts';
import { bytesFrom, type IndexedStoreOptions } from './indexed-store.ts';
import type { BrowserMedia } from './opfs-media.ts';

/**
 * Opens a container in a database of IndexedDB, for pages that are no secure
 * context and for browsers without files. It lies there in blocks of 32 KiB; a
 * block that was never written is zeros. Writes are held in memory and become
 * one transaction at `flush`, or when they are 4 MiB. An absent container is
 * told as `base/storage-failed`.
 *
 * A browser's database keeps replaced values in its log for a while: what is
 * erased here is gone later than in a file.
 */
export async function openIndexedMedia({
  factory,
  name,
}: IndexedStoreOptions): Promise<BrowserMedia> {
  const database = await openIndexedDatabase(factory, name);
  try {
    const sizeBytes = await sizeOf(database);
    if (sizeBytes === undefined) throw new ParsError('base/storage-failed', { reason: 'failed' });
    return mediaOf(database, sizeBytes);
  } catch (error) {
    database.close();
    throw error;
  }
}

/** Makes a new container, zeros at first. `base/storage-failed` where there is one. */
export async function createIndexedMedia(
  { factory, name }: IndexedStoreOptions,
  sizeBytes: number,
): Promise<BrowserMedia> {
  const database = await openIndexedDatabase(factory, name);
  try {
    const found = await sizeOf(database);
    if (found !== undefined) throw new ParsError('base/storage-failed', { reason: 'failed' });
    const { entries, end } = database.begin('readwrite');
    entries.put(sizeBytes, SIZE);
    await end;
    return mediaOf(database, sizeBytes);
  } catch (error) {
    database.close();
    throw error;
  }
}

/** The key beside the numbers of the blocks. */
const SIZE = 'size';

async function sizeOf(database: IndexedDatabase): Promise<number | undefined> {
  const size: unknown = await resultOf(database.begin('readonly').entries.get(SIZE));
  return typeof size === 'number' ? size : undefined;
}

function mediaOf(database: IndexedDatabase, sizeBytes: number): BrowserMedia {
  /** Whole blocks that are not on the disk yet, by number. */
  const waiting = new Map<number, Uint8Array>();
  let turn: Promise<unknown> = Promise.resolve();

  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const next = turn.then(work);
    turn = next.catch(() => undefined);
    return next;
  }

  function requireInside(offset: number, length: number): void {
    if (!Number.isSafeInteger(offset) || offset < 0 || offset + length > sizeBytes) {
      throw new ParsError('base/argument', { what: 'region' });
    }
  }

  async function blocksOf(offset: number, length: number): Promise<readonly Uint8Array[]> {
    const { entries } = database.begin('readonly');
    const reads = Array.from(numbersOf(offset, length), async (number) => {
      const held = waiting.get(number);
      if (held !== undefined) return held;
      const stored = bytesFrom(await resultOf(entries.get(number)));
      if (stored === undefined) return new Uint8Array(BLOCK_BYTES);
      if (stored.length !== BLOCK_BYTES) {
        throw new ParsError('base/storage-failed', { reason: 'damaged' });
      }
      return stored;
    });
    return await Promise.all(reads);
  }

  async function store(): Promise<void> {
    if (waiting.size === 0) return;
    const { entries, end } = database.begin('readwrite');
    for (const [number, block] of waiting) entries.put(block, number);
    await end;
    waiting.clear();
  }

  return {
    sizeBytes,
    async read(offset, length, into) {
      requireInside(offset, length);
      return await inTurn(async () => {
        const bytes = into ?? new Uint8Array(length);
        let at = -(offset % BLOCK_BYTES);
        for (const block of await blocksOf(offset, length)) {
          const part = block.subarray(Math.max(0, -at), Math.min(BLOCK_BYTES, length - at));
          bytes.set(part, Math.max(0, at));
          at += BLOCK_BYTES;
        }
        return bytes;
      });
    },
    async write(offset, bytes) {
      requireInside(offset, bytes.length);
      const own = bytes.slice();
      await inTurn(async () => {
        const blocks = await blocksOf(offset, own.length);
        let at = -(offset % BLOCK_BYTES);
        for (const [index, number] of numbersOf(offset, own.length).entries()) {
          const block = (blocks[index] ?? new Uint8Array(BLOCK_BYTES)).slice();
          const part = own.subarray(Math.max(0, at), Math.min(own.length, at + BLOCK_BYTES));
          block.set(part, Math.max(0, -at));
          waiting.set(number, block);
          at += BLOCK_BYTES;
        }
        if (waiting.size >= MOST_WAITING) await store();
      });
    },
    async flush() {
      await inTurn(store);
    },
    async close() {
      await turn;
      database.close();
    },
  };
}

/** Chromium would put larger values into files of their own. */
const BLOCK_BYTES = 32 * 1024;
const MOST_WAITING = 128;

function numbersOf(offset: number, length: number): readonly number[] {
  if (length === 0) return [];
  const first = Math.floor(offset / BLOCK_BYTES);
  const last = Math.floor((offset + length - 1) / BLOCK_BYTES);
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}

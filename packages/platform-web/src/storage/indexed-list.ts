import { compareBytes, ParsError, type StoreEntry } from '@pars/base';
import { type IndexedDatabase, resultOf } from './indexed-database.ts';
import { storageErrorFrom } from './storage-failure.ts';

/** The keys of a list, in buffers of its own. */
export interface ListRange {
  readonly from: Uint8Array | undefined;
  readonly to: Uint8Array | undefined;
  readonly reverse: boolean;
}

/** Lists entries as of the moment of the call. */
export interface ListReaders {
  list(range: ListRange, limit: number, signal?: AbortSignal): AsyncIterable<StoreEntry>;
  /** Called by a write in its transaction, before it changes anything. */
  keepOld(entries: IDBObjectStore, keys: readonly Uint8Array<ArrayBuffer>[]): void;
  /** Ends every list that is still being read. */
  close(): void;
}

/**
 * Readers of a database. A transaction of IndexedDB cannot be held open while
 * the reader of a list thinks, and would hold up the writers. So a list is read
 * in pieces of one transaction each, and every write that comes in between
 * first saves what it replaces for the lists that have not passed it.
 */
export function createListReaders(database: IndexedDatabase): ListReaders {
  const reading = new Set<Reading>();
  let isClosed = false;

  function list(range: ListRange, limit: number, signal?: AbortSignal): AsyncIterable<StoreEntry> {
    if (signal?.aborted === true) return rejected(signal);
    if (reading.size >= MAX_READERS) {
      throw new ParsError('base/argument', { what: 'lists read at once', most: MAX_READERS });
    }
    const state: Reading = { range, passed: undefined, oldValueOf: new Map() };
    if (isEmpty(range) || limit === 0) return nothing(database);
    reading.add(state);
    // Begun inside of the call: it sees what was written before and nothing that is written later.
    const first = readOn(state, Math.min(limit, FIRST_PIECE));
    first.catch(() => undefined);
    return remaining(state, first, limit, signal);
  }

  /** Where nothing is left to read, nothing has to be kept any more, be the list read or not. */
  async function readOn(state: Reading, count: number): Promise<Piece> {
    try {
      const piece = await readPiece(database, state, count);
      if (piece.isLast) reading.delete(state);
      return piece;
    } catch (error) {
      reading.delete(state);
      throw error;
    }
  }

  async function* remaining(
    state: Reading,
    first: Promise<Piece>,
    limit: number,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<StoreEntry> {
    try {
      let left = limit;
      let size = FIRST_PIECE;
      let next = first;
      for (;;) {
        const piece = await next;
        for (const entry of piece.entries) {
          signal?.throwIfAborted();
          if (isClosed) throw new ParsError('base/storage-closed');
          yield entry;
          left -= 1;
          if (left === 0) return;
        }
        if (piece.isLast) return;
        size = sizeAfter(piece, size);
        next = readOn(state, Math.min(left, size));
      }
    } finally {
      reading.delete(state);
    }
  }

  return {
    list,
    keepOld(entries, keys) {
      for (const state of reading) {
        for (const key of keys) {
          if (!isAhead(state, key)) continue;
          void resultOf(entries.get(key)).then(
            (value) => keepFirst(state, key, value),
            // The transaction fails with it, and then nothing was replaced.
            () => undefined,
          );
        }
      }
    },
    close() {
      isClosed = true;
      reading.clear();
    },
  };
}

const MAX_READERS = 64;
const FIRST_PIECE = 32;
const MAX_PIECE = 1_024;
const PIECE_BYTES = 1024 * 1024;

/** A list on its way. */
interface Reading {
  readonly range: ListRange;
  /** The key up to which it has come, in its direction. */
  passed: Uint8Array | undefined;
  /** By the key's text: what was there at the call, for keys that were written since. */
  readonly oldValueOf: Map<string, Old>;
}

interface Old {
  readonly key: Uint8Array;
  readonly value: Uint8Array | undefined;
}

interface Piece {
  readonly entries: readonly StoreEntry[];
  readonly isLast: boolean;
}

async function readPiece(database: IndexedDatabase, state: Reading, count: number): Promise<Piece> {
  const { reverse } = state.range;
  const { entries } = database.begin('readonly');
  const read = await (reverse ? readBackwards : readForwards)(entries, rangeAhead(state), count);
  const isLast = read.length < count;
  const end = isLast ? undefined : read.at(-1)?.key;
  const merged = mergeOld(state, read, end);
  state.passed = end;
  return { entries: merged, isLast };
}

/** What was read, as it was at the call, up to the key `end` or else to the end of the range. */
function mergeOld(
  state: Reading,
  read: readonly StoreEntry[],
  end: Uint8Array | undefined,
): readonly StoreEntry[] {
  if (state.oldValueOf.size === 0) return read;
  const direction = state.range.reverse ? -1 : 1;
  const olds = [...state.oldValueOf].filter(
    ([, { key }]) => end === undefined || direction * compareBytes(key, end) <= 0,
  );
  const replaced = new Set(olds.map(([text]) => text));
  for (const text of replaced) state.oldValueOf.delete(text);
  const back = olds.flatMap(([, { key, value }]) => (value === undefined ? [] : [{ key, value }]));
  return [...read.filter(({ key }) => !replaced.has(textOf(key))), ...back].toSorted(
    (a, b) => direction * compareBytes(a.key, b.key),
  );
}

function keepFirst(state: Reading, key: Uint8Array, value: unknown): void {
  const text = textOf(key);
  if (state.oldValueOf.has(text) || !isAhead(state, key)) return;
  state.oldValueOf.set(text, { key, value: value as Uint8Array | undefined });
}

function isAhead({ range, passed }: Reading, key: Uint8Array): boolean {
  if (range.from !== undefined && compareBytes(key, range.from) < 0) return false;
  if (range.to !== undefined && compareBytes(key, range.to) >= 0) return false;
  if (passed === undefined) return true;
  return (range.reverse ? -1 : 1) * compareBytes(key, passed) > 0;
}

function rangeAhead({ range, passed }: Reading): IDBKeyRange | undefined {
  const lower = range.reverse ? range.from : (passed ?? range.from);
  const upper = range.reverse ? (passed ?? range.to) : range.to;
  const lowerOpen = !range.reverse && passed !== undefined;
  if (lower === undefined) return upper && IDBKeyRange.upperBound(upper, true);
  if (upper === undefined) return IDBKeyRange.lowerBound(lower, lowerOpen);
  return IDBKeyRange.bound(lower, upper, lowerOpen, true);
}

function isEmpty({ from, to }: ListRange): boolean {
  if (to?.length === 0) return true;
  return from !== undefined && to !== undefined && compareBytes(from, to) >= 0;
}

async function readForwards(
  entries: IDBObjectStore,
  range: IDBKeyRange | undefined,
  count: number,
): Promise<readonly StoreEntry[]> {
  const [keys, values] = await Promise.all([
    resultOf(entries.getAllKeys(range, count)),
    resultOf(entries.getAll(range, count)),
  ]);
  return keys.map((key, index) => ({
    key: new Uint8Array(key as ArrayBuffer),
    value: values[index] as Uint8Array,
  }));
}

function readBackwards(
  entries: IDBObjectStore,
  range: IDBKeyRange | undefined,
  count: number,
): Promise<readonly StoreEntry[]> {
  const request = entries.openCursor(range, 'prev');
  const read: StoreEntry[] = [];
  return new Promise((resolve, reject) => {
    request.addEventListener('success', () => {
      const cursor = request.result;
      if (cursor === null) return resolve(read);
      read.push({ key: new Uint8Array(cursor.key as ArrayBuffer), value: cursor.value });
      if (read.length === count) resolve(read);
      else cursor.continue();
    });
    request.addEventListener('error', () => reject(storageErrorFrom(request.error)));
  });
}

/** Pieces grow while they are small, and shrink when values are large. */
function sizeAfter({ entries }: Piece, size: number): number {
  const bytes = entries.reduce((sum, { key, value }) => sum + key.length + value.length, 0);
  if (bytes > PIECE_BYTES) return Math.max(1, Math.floor((size * PIECE_BYTES) / bytes));
  return Math.min(MAX_PIECE, size * 2);
}

async function* nothing(database: IndexedDatabase): AsyncGenerator<StoreEntry> {
  // A closed store refuses this list too.
  database.begin('readonly');
}

async function* rejected(signal: AbortSignal): AsyncGenerator<StoreEntry> {
  signal.throwIfAborted();
}

function textOf(key: Uint8Array): string {
  return String.fromCharCode(...key);
}

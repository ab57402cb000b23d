import { compareBytes } from '../bytes/bytes.ts';
import type { StoreEntry } from '../ports/store.ts';

/** Entries ordered by key, of which a snapshot costs nothing until something changes. */
export interface SortedEntries {
  get(key: Uint8Array): StoreEntry | undefined;
  /** Keeps the entry itself: nobody may change it any more. */
  put(entry: StoreEntry): void;
  delete(key: Uint8Array): void;
  /** What is there now, whatever is put or deleted later. */
  snapshot(): EntriesSnapshot;
}

/** Entries as of one moment. */
export interface EntriesSnapshot {
  /** Entries from `from` on, and before `to`; backwards from `to` when reversed. */
  walk(range: {
    readonly from?: Uint8Array | undefined;
    readonly to?: Uint8Array | undefined;
    readonly reverse: boolean;
  }): Iterable<StoreEntry>;
  /** Nobody reads the snapshot any more: changes need no copies for its sake. */
  release(): void;
}

/** A run of neighbours, never empty, and the age that made it. */
interface Chunk {
  readonly age: number;
  readonly entries: StoreEntry[];
}

interface Position {
  /** Index of the chunk; one past the last for the end. */
  readonly chunk: number;
  readonly index: number;
}

const CHUNK_ENTRIES = 256;

/** No entries. Put, get and delete are logarithmic; a change after a snapshot copies one chunk. */
export function createSortedEntries(): SortedEntries {
  /** Grows with every snapshot. */
  let age = 0;
  /** Ages that a snapshot still shows: what they or earlier ones made is not changed in place. */
  const liveAges: number[] = [];
  let chunksAge = 0;
  let chunks: Chunk[] = [];

  const isShared = (madeAt: number) => madeAt <= (liveAges.at(-1) ?? -1);

  function ownChunks(): Chunk[] {
    if (isShared(chunksAge)) {
      chunks = chunks.slice();
      chunksAge = age;
    }
    return chunks;
  }

  function ownChunk(at: number): Chunk {
    const chunk = chunks[at] as Chunk;
    if (!isShared(chunk.age)) return chunk;
    const copy = { age, entries: chunk.entries.slice() };
    ownChunks()[at] = copy;
    return copy;
  }

  return {
    get(key) {
      const { chunk, index } = positionOf(chunks, key);
      const found = chunks[chunk]?.entries[index];
      return found !== undefined && compareBytes(found.key, key) === 0 ? found : undefined;
    },
    put(entry) {
      if (chunks.length === 0) {
        ownChunks().push({ age, entries: [entry] });
        return;
      }
      const at = chunkFor(chunks, entry.key);
      const { entries } = ownChunk(at);
      const index = indexIn(entries, entry.key);
      const found = entries[index];
      if (found !== undefined && compareBytes(found.key, entry.key) === 0) {
        entries[index] = entry;
        return;
      }
      entries.splice(index, 0, entry);
      if (entries.length <= CHUNK_ENTRIES) return;
      const rest = entries.splice(CHUNK_ENTRIES / 2);
      ownChunks().splice(at + 1, 0, { age, entries: rest });
    },
    delete(key) {
      const { chunk, index } = positionOf(chunks, key);
      const found = chunks[chunk]?.entries[index];
      if (found === undefined || compareBytes(found.key, key) !== 0) return;
      const { entries } = ownChunk(chunk);
      entries.splice(index, 1);
      if (entries.length === 0) ownChunks().splice(chunk, 1);
    },
    snapshot() {
      const mine = age;
      liveAges.push(mine);
      age += 1;
      return snapshotOf(chunks, () => {
        const at = liveAges.lastIndexOf(mine);
        if (at !== -1) liveAges.splice(at, 1);
      });
    },
  };
}

function snapshotOf(chunks: readonly Chunk[], release: () => void): EntriesSnapshot {
  return {
    release,
    *walk({ from, to, reverse }) {
      const first = from === undefined ? { chunk: 0, index: 0 } : positionOf(chunks, from);
      const end = to === undefined ? { chunk: chunks.length, index: 0 } : positionOf(chunks, to);
      const step = reverse ? -1 : 1;
      const last = reverse ? first.chunk : end.chunk;
      for (let at = reverse ? end.chunk : first.chunk; step * (last - at) >= 0; at += step) {
        const entries = chunks[at]?.entries ?? [];
        const low = at === first.chunk ? first.index : 0;
        const high = at === end.chunk ? end.index : entries.length;
        for (let done = 0; done < high - low; done += 1) {
          yield entries[reverse ? high - 1 - done : low + done] as StoreEntry;
        }
      }
    },
  };
}

/** Of the first entry whose key is not below `key`. */
function positionOf(chunks: readonly Chunk[], key: Uint8Array): Position {
  if (chunks.length === 0) return { chunk: 0, index: 0 };
  const chunk = chunkFor(chunks, key);
  const entries = chunks[chunk]?.entries ?? [];
  const index = indexIn(entries, key);
  return index < entries.length ? { chunk, index } : { chunk: chunk + 1, index: 0 };
}

/** The last chunk that begins at `key` or below it, or the first one. */
function chunkFor(chunks: readonly Chunk[], key: Uint8Array): number {
  let low = 1;
  let high = chunks.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const first = (chunks[middle] as Chunk).entries[0] as StoreEntry;
    if (compareBytes(first.key, key) <= 0) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** The index of the first entry whose key is not below `key`. */
function indexIn(entries: readonly StoreEntry[], key: Uint8Array): number {
  let low = 0;
  let high = entries.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (compareBytes((entries[middle] as StoreEntry).key, key) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

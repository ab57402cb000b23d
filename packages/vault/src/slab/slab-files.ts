import { err, type Failure, ok, ParsError, type Result } from '@pars/base';
import type { SqlDatabase, SqlReader } from '../sql/sql-database.ts';
import type { SqlRow } from '../sql/sql-engine.ts';
import type { ChunkRef, PutChunk, SlabVolume } from './slab.ts';

/** A file in the slab, as its rows tell. */
export interface SlabFile {
  readonly id: number;
  readonly name: string;
  /** Bytes that were taken so far; all of them once it is complete. */
  readonly bytes: number;
  readonly isComplete: boolean;
}

/** A file that was taken whole. */
export interface StoredFile {
  readonly file: SlabFile;
  /** Resolves when a crash can undo nothing of it, or fails when the vault locks first: about an hour for 50 MB. */
  readonly durable: Promise<Result<void, Failure>>;
}

/** Where the bytes of a file come from: from byte `fromByte` on, in pieces of any length. */
export type FileSource = (fromByte: number) => AsyncIterable<Uint8Array>;

/**
 * Big files of one volume: their names and the refs of their chunks are rows of
 * its database, their bytes chunks of its slab (PIP-3000 §14.4). One put of a
 * file at a time. Every call can fail with `sql/closed`, `sql/busy` or `vault/locked`.
 */
export interface SlabFiles {
  /** All files, in the order in which they were begun. */
  list(): Promise<Result<readonly SlabFile[], Failure>>;
  /**
   * Takes a new file, which can be read when this resolves: at once, except that
   * at most 64 MiB wait for the clock. `name`: 1 to 1,024
   * characters. Fails with `vault/slab-full`; what was taken by then stays, as an
   * incomplete file. What `source` throws is thrown, likewise.
   */
  put(name: string, source: FileSource): Promise<Result<StoredFile, Failure>>;
  /** Goes on with an incomplete file, after a crash too: `source` is asked for what is missing. Fails with `vault/chunk-missing` where there is none. */
  resume(id: number, source: FileSource): Promise<Result<StoredFile, Failure>>;
  /**
   * The bytes from `fromByte` on, a chunk at a time. The first piece that cannot
   * be read is the last of the stream: `vault/chunk-missing`, `vault/page-damaged`,
   * `vault/medium-failed`. A file that is not there is an empty stream.
   */
  read(id: number, fromByte?: number): AsyncIterable<Result<Uint8Array, Failure>>;
  /** Deletes a file: it is erased with the rows, two flushes later, and makes room at once. */
  remove(id: number): Promise<Result<void, Failure>>;
}

/** The statements that make the tables of files; part of a migration. */
export const slabFileSchema: readonly string[] = [
  `CREATE TABLE slab_file (
    id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL,
    bytes INTEGER NOT NULL, is_complete INTEGER NOT NULL
  ) STRICT`,
  `CREATE TABLE slab_chunk (
    file INTEGER NOT NULL REFERENCES slab_file (id) ON DELETE CASCADE, position INTEGER NOT NULL,
    chunk INTEGER NOT NULL, version INTEGER NOT NULL, key BLOB NOT NULL, PRIMARY KEY (file, position)
  ) STRICT, WITHOUT ROWID`,
];

const MAX_NAME = 1024;
/** All refs of the files of a volume: what `openSlab` asks for. */
export async function slabRefsOf(
  database: SqlDatabase,
): Promise<Result<readonly ChunkRef[], Failure>> {
  return await database.read((sql) =>
    sql.all('SELECT chunk, version, key FROM slab_chunk').map(refOf),
  );
}

/**
 * The files of a volume whose slab was just opened with its {@link slabRefsOf}. What a
 * crash cut off of an incomplete file is forgotten first, so that it can be resumed.
 */
export async function openSlabFiles(
  database: SqlDatabase,
  volume: SlabVolume,
): Promise<Result<SlabFiles, Failure>> {
  const { chunkBytes } = volume;
  const settled = await settle(database, volume);
  if (!settled.ok) return settled;
  const busy = new Set<number>();

  async function store(id: number, source: FileSource): Promise<Result<StoredFile, Failure>> {
    if (busy.has(id)) throw new ParsError('vault/argument', { what: 'a file that is being put' });
    busy.add(id);
    try {
      return await storeAlone(id, source);
    } finally {
      busy.delete(id);
    }
  }

  async function storeAlone(id: number, source: FileSource): Promise<Result<StoredFile, Failure>> {
    const begun = await database.read((sql) => fileOf(sql, id));
    if (!begun.ok) return begun;
    const file = begun.value;
    if (file === undefined || file.isComplete) return err('vault/chunk-missing');
    let bytes = file.bytes;
    const waiting: Promise<Result<void, Failure>>[] = [];
    let oldest = 0;
    const add = async (content: Uint8Array, length: number): Promise<Result<void, Failure>> => {
      let taken = volume.put(content);
      // Too much waits for the clock already: 64 MiB.
      while (!taken.ok && taken.error.code === 'vault/queue-full' && oldest < waiting.length) {
        await waiting[oldest];
        oldest += 1;
        taken = volume.put(content);
      }
      if (!taken.ok) return taken;
      const added = await addChunk(database, id, taken.value, {
        position: bytes / chunkBytes,
        bytes: bytes + length,
      });
      if (!added.ok) {
        volume.remove(taken.value.ref);
        return added;
      }
      waiting.push(taken.value.durable);
      bytes += length;
      return added;
    };

    const chunk = new Uint8Array(chunkBytes);
    let filled = 0;
    for await (const piece of source(bytes)) {
      for (let at = 0; at < piece.length; ) {
        const part = piece.subarray(at, at + chunkBytes - filled);
        chunk.set(part, filled);
        filled += part.length;
        at += part.length;
        if (filled < chunkBytes) continue;
        const added = await add(chunk, chunkBytes);
        if (!added.ok) return added;
        filled = 0;
      }
    }
    if (filled > 0) {
      const added = await add(chunk.fill(0, filled), filled);
      if (!added.ok) return added;
    }
    chunk.fill(0);
    const ended = await database.write((sql) =>
      sql.run('UPDATE slab_file SET is_complete = 1 WHERE id = ?', [id]),
    );
    if (!ended.ok) return ended;
    const durable = Promise.all([...waiting, database.durable(ended.value.sequence)]).then(
      (results): Result<void, Failure> => results.find(({ ok: isOk }) => !isOk) ?? ok(undefined),
    );
    return ok({ file: { ...file, bytes, isComplete: true }, durable });
  }

  return ok({
    list: () =>
      database.read((sql) => sql.all('SELECT * FROM slab_file ORDER BY id').map(fileFrom)),
    async put(name, source) {
      if (name.length < 1 || name.length > MAX_NAME) {
        throw new ParsError('vault/argument', { what: 'name' });
      }
      const begun = await database.write((sql) => {
        sql.run('INSERT INTO slab_file (name, bytes, is_complete) VALUES (?, 0, 0)', [name]);
        return Number(sql.get('SELECT last_insert_rowid() AS id')?.['id']);
      });
      return begun.ok ? await store(begun.value.value, source) : begun;
    },
    resume: store,
    async *read(id, fromByte = 0) {
      const found = await database.read((sql) => ({
        file: fileOf(sql, id),
        refs: refsOfFile(sql, id),
      }));
      if (!found.ok) return yield found;
      const { file, refs } = found.value;
      const first = Math.floor(fromByte / chunkBytes);
      for (const [at, ref] of refs.entries()) {
        if (at < first) continue;
        const content = await volume.read(ref);
        if (!content.ok) return yield content;
        const start = Math.max(0, fromByte - at * chunkBytes);
        yield ok(content.value.subarray(start, (file?.bytes ?? 0) - at * chunkBytes));
      }
    },
    async remove(id) {
      const removed = await database.write((sql) => {
        const refs = refsOfFile(sql, id);
        sql.run('DELETE FROM slab_file WHERE id = ?', [id]);
        return refs;
      });
      if (!removed.ok) return removed;
      for (const ref of removed.value.value) volume.remove(ref);
      return ok(undefined);
    },
  });
}

/** Takes back what an incomplete file lost in a crash: from its first missing chunk on, and a half-full last one. */
async function settle(database: SqlDatabase, volume: SlabVolume): Promise<Result<void, Failure>> {
  const missing = new Set(volume.missing.map(({ chunk, version }) => `${chunk} ${version}`));
  const cut = await database.write((sql) => {
    const lost: ChunkRef[] = [];
    for (const file of sql.all('SELECT * FROM slab_file WHERE is_complete = 0').map(fileFrom)) {
      const refs = refsOfFile(sql, file.id);
      const full = Math.floor(file.bytes / volume.chunkBytes);
      const hole = refs.findIndex(({ chunk, version }) => missing.has(`${chunk} ${version}`));
      const kept = hole === -1 ? full : Math.min(hole, full);
      if (kept === refs.length) continue;
      lost.push(...refs.slice(kept));
      sql.run('DELETE FROM slab_chunk WHERE file = ? AND position >= ?', [file.id, kept]);
      sql.run('UPDATE slab_file SET bytes = ? WHERE id = ?', [kept * volume.chunkBytes, file.id]);
    }
    return lost;
  });
  if (!cut.ok) return cut;
  for (const ref of cut.value.value) {
    if (!missing.has(`${ref.chunk} ${ref.version}`)) volume.remove(ref);
  }
  return ok(undefined);
}

async function addChunk(
  database: SqlDatabase,
  id: number,
  { ref }: PutChunk,
  at: { readonly position: number; readonly bytes: number },
): Promise<Result<void, Failure>> {
  const written = await database.write((sql) => {
    sql.run('INSERT INTO slab_chunk (file, position, chunk, version, key) VALUES (?, ?, ?, ?, ?)', [
      id,
      at.position,
      ref.chunk,
      ref.version,
      ref.key,
    ]);
    sql.run('UPDATE slab_file SET bytes = ? WHERE id = ?', [at.bytes, id]);
  });
  return written.ok ? ok(undefined) : written;
}

function fileOf(sql: SqlReader, id: number): SlabFile | undefined {
  const row = sql.get('SELECT * FROM slab_file WHERE id = ?', [id]);
  return row === undefined ? undefined : fileFrom(row);
}

function fileFrom(row: SqlRow): SlabFile {
  return {
    id: Number(row['id']),
    name: String(row['name']),
    bytes: Number(row['bytes']),
    isComplete: row['is_complete'] === 1,
  };
}

function refsOfFile(sql: SqlReader, id: number): readonly ChunkRef[] {
  const chunks = 'SELECT chunk, version, key FROM slab_chunk WHERE file = ? ORDER BY position';
  return sql.all(chunks, [id]).map(refOf);
}

function refOf(row: SqlRow): ChunkRef {
  return {
    chunk: Number(row['chunk']),
    version: Number(row['version']),
    key: row['key'] as Uint8Array,
  };
}

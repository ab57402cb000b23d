import type { Store } from '@pars/base';
import { bytesToKey } from '../byte-key.ts';
import type { VertexId } from '../vertex.ts';
import { decodeIndexRecord, type IndexRecord } from './index-record.ts';
import { createRecentMap } from './recent-map.ts';
import { type ReplicaRows, uint48FromBytes } from './replica-rows.ts';

/** Index records by id and by position: those of the store, and those about to be written. */
export interface VertexIndex {
  /** The record when it is in memory; otherwise nothing is known. */
  recall(id: VertexId): IndexRecord | undefined;
  byId(id: VertexId, signal?: AbortSignal): Promise<IndexRecord | undefined>;
  byPosition(position: number, signal?: AbortSignal): Promise<IndexRecord | undefined>;
  /** Shows a record before it is in the store. */
  stage(record: IndexRecord): void;
  /** What was staged is in the store now. */
  commitStaged(): void;
  /** What was staged will never be in the store. */
  dropStaged(): void;
  /** Forgets what was read: rows were deleted. */
  clear(): void;
}

/**
 * The index over the store's rows. In memory are what is staged and at most
 * 2 × {@link GENERATION_SIZE} records that were used lately.
 */
export function createVertexIndex(store: Store, rows: ReplicaRows): VertexIndex {
  const staged = new Map<number, IndexRecord>();
  const stagedPositions = new Map<string, number>();
  const records = createRecentMap<number, IndexRecord>(GENERATION_SIZE);
  const positions = createRecentMap<string, number>(GENERATION_SIZE);

  async function byPosition(
    position: number,
    signal?: AbortSignal,
  ): Promise<IndexRecord | undefined> {
    const known = recallPosition(position);
    if (known !== undefined) return known;
    const row = await store.get(rows.record(position), signal);
    if (row === undefined) return undefined;
    const { record } = decodeIndexRecord(position, row);
    records.set(position, record);
    return record;
  }

  function recallPosition(position: number): IndexRecord | undefined {
    return staged.get(position) ?? records.get(position);
  }

  return {
    byPosition,
    recall(id) {
      const key = bytesToKey(id);
      const position = stagedPositions.get(key) ?? positions.get(key);
      return position === undefined ? undefined : recallPosition(position);
    },
    async byId(id, signal) {
      const key = bytesToKey(id);
      const known = stagedPositions.get(key) ?? positions.get(key);
      if (known !== undefined) return await byPosition(known, signal);
      const row = await store.get(rows.byId(id), signal);
      if (row === undefined) return undefined;
      const position = uint48FromBytes(row);
      positions.set(key, position);
      return await byPosition(position, signal);
    },
    stage(record) {
      staged.set(record.position, record);
      stagedPositions.set(bytesToKey(record.id), record.position);
    },
    commitStaged() {
      for (const [position, record] of staged) records.set(position, record);
      for (const [key, position] of stagedPositions) positions.set(key, position);
      staged.clear();
      stagedPositions.clear();
    },
    dropStaged() {
      staged.clear();
      stagedPositions.clear();
    },
    clear() {
      records.clear();
      positions.clear();
    },
  };
}

/** Entries of one generation of the caches. */
const GENERATION_SIZE = 4096;

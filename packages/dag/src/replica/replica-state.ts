import { ParsError, type Store, type StoreWrite } from '@pars/base';
import type { Vertex, VertexId } from '../vertex.ts';
import { encodeIndexRecord, type IndexRecord } from './index-record.ts';
import {
  type ReplicaHead,
  type ReplicaRows,
  replicaHeadCodec,
  uint48ToBytes,
} from './replica-rows.ts';
import { createVertexIndex, type VertexIndex } from './vertex-index.ts';

/**
 * The rows of one replica and what is about to be written. One owner at a time
 * changes it; whoever reads sees staged vertices too, so that a gate finds
 * every ancestor of what it judges.
 */
export interface ReplicaState {
  readonly store: Store;
  readonly rows: ReplicaRows;
  readonly index: VertexIndex;
  /** What the store holds. */
  readonly head: ReplicaHead;
  /** The position that the next staged vertex gets. */
  readonly nextPosition: number;
  readonly stagedCount: number;
  readonly stagedBytes: number;
  stage(vertex: Vertex, record: IndexRecord, parents: readonly IndexRecord[]): void;
  /** Writes what is staged in one batch, with the head. */
  flush(signal?: AbortSignal): Promise<void>;
  /** Forgets what is staged. */
  dropStaged(): void;
  /** Writes these rows and the new head in one batch. Nothing may be staged. */
  writeHead(head: ReplicaHead, writes: readonly StoreWrite[]): Promise<void>;
  vertexBytes(record: IndexRecord, signal?: AbortSignal): Promise<Uint8Array | undefined>;
  /** Throws `dag/closed` after {@link close} or a failed write. */
  requireUsable(): void;
  close(): void;
}

/** The state of a replica whose head was read from the store, or written to it. */
export function createReplicaState(
  store: Store,
  rows: ReplicaRows,
  firstHead: ReplicaHead,
): ReplicaState {
  const index = createVertexIndex(store, rows);
  const bytesByPosition = new Map<number, Uint8Array>();
  let head = firstHead;
  let nextPosition = head.nextPosition;
  let staged: StoreWrite[] = [];
  let stagedBytes = 0;
  let usable = true;

  function requireUsable(): void {
    if (!usable) throw new ParsError('dag/closed');
  }

  async function write(newHead: ReplicaHead, writes: readonly StoreWrite[], signal?: AbortSignal) {
    requireUsable();
    signal?.throwIfAborted();
    const headRow = { key: rows.head, value: replicaHeadCodec.encode(newHead) };
    try {
      await store.write([...writes, headRow]);
    } catch (error) {
      // Whether it took effect is not known: only the store can tell, when it is opened again.
      usable = false;
      throw error;
    }
    head = newHead;
  }

  function clearStaged(): void {
    staged = [];
    stagedBytes = 0;
    bytesByPosition.clear();
  }

  return {
    store,
    rows,
    index,
    get head() {
      return head;
    },
    get nextPosition() {
      return nextPosition;
    },
    get stagedCount() {
      return bytesByPosition.size;
    },
    get stagedBytes() {
      return stagedBytes;
    },
    stage(vertex, record, parents) {
      staged.push(
        ...vertexRows(rows, vertex.bytes, record),
        { key: rows.frontier(record.time, record.id), value: EMPTY },
        ...parents.map((parent) => ({ key: rows.frontier(parent.time, parent.id) })),
      );
      stagedBytes += vertex.bytes.length;
      bytesByPosition.set(record.position, vertex.bytes);
      nextPosition = record.position + 1;
      index.stage(record);
    },
    async flush(signal) {
      if (staged.length === 0) return;
      await write({ ...head, nextPosition }, staged, signal);
      clearStaged();
      index.commitStaged();
    },
    dropStaged() {
      clearStaged();
      nextPosition = head.nextPosition;
      index.dropStaged();
    },
    async writeHead(newHead, writes) {
      await write(newHead, writes);
      nextPosition = newHead.nextPosition;
    },
    async vertexBytes(record, signal) {
      const pending = bytesByPosition.get(record.position);
      return pending?.slice() ?? (await store.get(rows.vertex(record.position), signal));
    },
    requireUsable,
    close() {
      usable = false;
    },
  };
}

/** The rows that hold a vertex and its place in the index. */
export function vertexRows(
  rows: ReplicaRows,
  bytes: Uint8Array,
  record: IndexRecord,
): readonly StoreWrite[] {
  return [
    { key: rows.byId(record.id), value: uint48ToBytes(record.position) },
    { key: rows.record(record.position), value: encodeIndexRecord(record) },
    { key: rows.vertex(record.position), value: bytes },
  ];
}

/** The rows of a vertex that goes. */
export function vertexRemoval(
  rows: ReplicaRows,
  record: { readonly id: VertexId; readonly position: number },
): readonly StoreWrite[] {
  return [
    { key: rows.byId(record.id) },
    { key: rows.record(record.position) },
    { key: rows.vertex(record.position) },
  ];
}

const EMPTY = new Uint8Array(0);

import { ParsError, type Store, type StoreWrite } from '@pars/base';
import type { Vertex, VertexId } from '../vertex.ts';
import {
  decodeIndexRecord,
  encodeIndexRecord,
  type IndexRecord,
  isInline,
} from './index-record.ts';
import { createRecentMap } from './recent-map.ts';
import {
  type ReplicaHead,
  type ReplicaRows,
  replicaHeadCodec,
  uint48ToBytes,
} from './replica-rows.ts';
import { createTreePages, type TreePages } from './tree-pages.ts';
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
  /** Nodes of the trees of labels. */
  readonly trees: TreePages;
  /** What the store holds. */
  readonly head: ReplicaHead;
  /** The position that the next staged vertex gets. */
  readonly nextPosition: number;
  /** True: the vertex at this position has no child here, so nothing that names it as a parent is here. False: not known. */
  isKnownHead(position: number): boolean;
  readonly stagedCount: number;
  /** Of encodings, and about what nodes of trees take. */
  readonly stagedBytes: number;
  stage(vertex: Vertex, record: IndexRecord, parents: readonly IndexRecord[]): void;
  /** Writes what is staged in one batch, with the head. */
  flush(signal?: AbortSignal): Promise<void>;
  /** Forgets what is staged. */
  dropStaged(): void;
  /** Writes these rows and the new head in one batch. Nothing may be staged. */
  writeHead(head: ReplicaHead, writes: readonly StoreWrite[]): Promise<void>;
  /** Of a vertex at or above the base: rows below it may be there until a pruning is over. */
  recordOf(id: VertexId, signal?: AbortSignal): Promise<IndexRecord | undefined>;
  vertexBytes(position: number, signal?: AbortSignal): Promise<Uint8Array | undefined>;
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
  const trees = createTreePages(store, rows, firstHead.treeNodes);
  const bytesByPosition = new Map<number, Uint8Array>();
  /** What becomes of heads: most that appear in a batch are gone at its end, and never written. */
  const frontier = new Map<number, StoreWrite>();
  const recentHeads = createRecentMap<number, true>(MAX_RECENT_HEADS);
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
    frontier.clear();
  }

  function addHead({ time, id, position }: IndexRecord): void {
    frontier.set(position, { key: rows.frontier(time, id), value: EMPTY });
    recentHeads.set(position, true);
  }

  function removeHead({ time, id, position }: IndexRecord): void {
    // A head that was added in this batch is not in the store.
    if (frontier.get(position)?.value !== undefined) frontier.delete(position);
    else frontier.set(position, { key: rows.frontier(time, id) });
    recentHeads.delete(position);
  }

  return {
    store,
    rows,
    index,
    trees,
    get head() {
      return head;
    },
    get nextPosition() {
      return nextPosition;
    },
    isKnownHead: (position) => recentHeads.get(position) === true,
    get stagedCount() {
      return bytesByPosition.size;
    },
    get stagedBytes() {
      return stagedBytes + trees.stagedCount * NODE_BYTES;
    },
    stage(vertex, record, parents) {
      for (const row of vertexRows(rows, vertex.bytes, record)) staged.push(row);
      for (const parent of parents) removeHead(parent);
      addHead(record);
      stagedBytes += vertex.bytes.length;
      bytesByPosition.set(record.position, vertex.bytes);
      nextPosition = record.position + 1;
      index.stage(record);
    },
    async flush(signal) {
      if (staged.length === 0) return;
      const writes = [...staged, ...frontier.values(), ...(await trees.stagedRows(signal))];
      await write({ ...head, nextPosition, treeNodes: trees.count }, writes, signal);
      clearStaged();
      index.commitStaged();
      trees.commitStaged();
    },
    dropStaged() {
      // Heads of a batch that never was: what they took the place of may be a head still.
      if (frontier.size > 0) recentHeads.clear();
      clearStaged();
      nextPosition = head.nextPosition;
      index.dropStaged();
      trees.dropStaged();
    },
    async writeHead(newHead, writes) {
      await write(newHead, writes);
      nextPosition = newHead.nextPosition;
    },
    async recordOf(id, signal) {
      const record = index.recall(id) ?? (await index.byId(id, signal));
      return record !== undefined && record.position >= (head.base?.position ?? 0)
        ? record
        : undefined;
    },
    async vertexBytes(position, signal) {
      const pending = bytesByPosition.get(position);
      if (pending !== undefined) return pending.slice();
      const row = await store.get(rows.record(position), signal);
      if (row === undefined) return undefined;
      const { vertex } = decodeIndexRecord(position, row);
      return vertex ?? (await store.get(rows.vertex(position), signal));
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
  const writes = [
    { key: rows.byId(record.id), value: uint48ToBytes(record.position) },
    { key: rows.record(record.position), value: encodeIndexRecord(record, bytes) },
  ];
  if (!isInline(bytes)) writes.push({ key: rows.vertex(record.position), value: bytes });
  return writes;
}

/** The rows of a vertex that goes. `bytes` is what its record's row holds of it. */
export function vertexRemoval(
  rows: ReplicaRows,
  { id, position }: IndexRecord,
  bytes: Uint8Array | undefined,
): readonly StoreWrite[] {
  const removals = [{ key: rows.byId(id) }, { key: rows.record(position) }];
  if (bytes === undefined) removals.push({ key: rows.vertex(position) });
  return removals;
}

/** Heads of one generation that are kept in mind. */
const MAX_RECENT_HEADS = 1024;
const EMPTY = new Uint8Array(0);
/** About the bytes of a node in its row. */
const NODE_BYTES = 100;

import {
  compareBytes,
  equalBytes,
  type Failure,
  ok,
  ParsError,
  type Result,
  type StoreDep,
} from '@pars/base';
import { type DagFailureCode, dagError } from '../errors.ts';
import {
  decodeVertex,
  type HashDep,
  MAX_PARENTS,
  type SpaceId,
  type Vertex,
  type VertexId,
} from '../vertex.ts';
import { admitVertices, type Receipt, type VertexGate } from './admission.ts';
import { isAncestor } from './ancestry.ts';
import {
  type Difference,
  type DifferenceOptions,
  findDifference,
  type LoggedVertex,
  listFrontier,
  listLog,
  MAX_FRONTIER,
} from './difference.ts';
import type { IndexRecord } from './index-record.ts';
import { createParking, PARKING_LIMITS, type ParkingLimits } from './parking.ts';
import { NO_POSITIONS } from './position-tree.ts';
import { finishPruning, pruneBelow } from './pruning.ts';
import {
  createReplicaRows,
  type ReplicaHead,
  type ReplicaRows,
  replicaHeadCodec,
} from './replica-rows.ts';
import { createReplicaState, type ReplicaState, vertexRows } from './replica-state.ts';

/** What a replica is made of. */
export interface ReplicaDeps extends StoreDep, HashDep {
  readonly gate: VertexGate;
}

/** Which replica to open. */
export interface ReplicaOptions {
  readonly space: SpaceId;
  /** At most 64 bytes that no other user of the store begins its keys with. Default: none. */
  readonly keyPrefix?: Uint8Array;
  /** Starts an empty replica at a snapshot: the encoding of its base vertex (PIP-1001 §7). */
  readonly base?: Uint8Array;
  readonly parking?: Partial<ParkingLimits>;
}

/** How two vertices stand to each other. */
export type CausalRelation = 'same' | 'before' | 'after' | 'concurrent';

/**
 * The vertices of one space that this node holds: closed under parents, durable,
 * indexed in the store. Memory does not grow with the history (PIP-1001 §3 to §7).
 *
 * After a write of the store failed, every call throws `dag/closed`; opening it
 * again finds each vertex wholly there or not at all.
 */
export interface Replica extends AsyncDisposable {
  readonly space: SpaceId;
  /** 1 more than the position of the newest vertex; `log` gives what came after such a number. */
  readonly sequence: number;
  /** The snapshot it was pruned at, if it was. */
  readonly base: { readonly id: VertexId; readonly time: number } | undefined;
  /** How much waits for parents. */
  readonly parked: { readonly vertices: number; readonly bytes: number };
  /**
   * Takes encodings of vertices in any order, from anybody. `source` says who
   * is charged for what has to wait (a link, a bundle; never part of an id).
   * When it resolves, `added` is durable. Calls run one after the other.
   */
  receive(source: string, encodings: readonly Uint8Array[], signal?: AbortSignal): Promise<Receipt>;
  /** Parents (the newest 16 heads) and time for the next own vertex. */
  nextPlace(
    signal?: AbortSignal,
  ): Promise<{ readonly parents: readonly VertexId[]; readonly time: number }>;
  /** The newest heads, at most 1,024, greatest time first. */
  frontier(signal?: AbortSignal): Promise<readonly VertexId[]>;
  /** Parents that parked vertices wait for, at most `limit` (default 1,024). */
  missing(limit?: number): readonly VertexId[];
  has(id: VertexId, signal?: AbortSignal): Promise<boolean>;
  get(id: VertexId, signal?: AbortSignal): Promise<Vertex | undefined>;
  /** Fails with `dag/unknown-vertex`. */
  relate(
    a: VertexId,
    b: VertexId,
    signal?: AbortSignal,
  ): Promise<Result<CausalRelation, Failure<DagFailureCode>>>;
  /**
   * Whether `past`, an id that once was in this replica, is an ancestor of
   * `of`. What was pruned is below everything that came later.
   */
  includes(of: VertexId, past: VertexId, signal?: AbortSignal): Promise<boolean>;
  /** Fails with `dag/too-many-heads` or `dag/snapshot-needed`. */
  difference(
    heads: readonly VertexId[],
    options?: DifferenceOptions,
    signal?: AbortSignal,
  ): Promise<Result<Difference, Failure<DagFailureCode>>>;
  /** At most `limit` (default 512) vertices after the sequence number `after`, in causal order. */
  log(after: number, limit?: number, signal?: AbortSignal): Promise<readonly LoggedVertex[]>;
  /**
   * Forgets everything below `at`. Only when every member has said that it
   * holds `at` (PIP-1001 §7). Fails with `dag/unknown-vertex` or `dag/cut-not-clean`.
   */
  prune(at: VertexId, signal?: AbortSignal): Promise<Result<void, Failure<DagFailureCode>>>;
}

/** Opens or starts a replica. Fails with `dag/wrong-space`, `dag/unknown-version`, `dag/not-empty` or what is wrong with `base`. */
export async function openReplica(
  deps: ReplicaDeps,
  options: ReplicaOptions,
  signal?: AbortSignal,
): Promise<Result<Replica, Failure<DagFailureCode>>> {
  const rows = createReplicaRows(options.keyPrefix ?? new Uint8Array(0));
  const row = await deps.store.get(rows.head, signal);
  const head = row === undefined ? await startReplica(deps, rows, options) : readHead(row, options);
  if (!head.ok) return head;
  const state = createReplicaState(deps.store, rows, head.value);
  await finishPruning(state, signal);
  return ok(createReplica(deps, state, { ...PARKING_LIMITS, ...options.parking }));
}

function createReplica(
  deps: ReplicaDeps,
  state: ReplicaState,
  parkingLimits: ParkingLimits,
): Replica {
  const parking = createParking(parkingLimits);
  const inTurn = createTurns();

  async function change<T>(work: () => Promise<T>): Promise<T> {
    return await inTurn(async () => {
      state.requireUsable();
      try {
        return await work();
      } finally {
        // After success nothing is staged; after an abort or an error it must not stay.
        state.dropStaged();
      }
    });
  }

  /** Reading waits for nobody: when a pruning began meanwhile, what was read may be of two states. */
  async function whole<T>(read: () => Promise<T>): Promise<T> {
    for (;;) {
      state.requireUsable();
      const base = state.head.base?.position;
      try {
        const answer = await read();
        if (state.head.base?.position === base) return answer;
      } catch (error) {
        if (state.head.base?.position === base) throw error;
      }
    }
  }

  return {
    space: state.head.space,
    get sequence() {
      return state.head.nextPosition;
    },
    get base() {
      const { base } = state.head;
      return base === undefined ? undefined : { id: base.id, time: base.time };
    },
    get parked() {
      return { vertices: parking.vertexCount, bytes: parking.byteCount };
    },
    receive: async (source, encodings, signal) =>
      await change(
        async () => await admitVertices(deps, state, parking, source, encodings, signal),
      ),
    async nextPlace(signal) {
      state.requireUsable();
      const heads = await listFrontier(state, MAX_PARENTS, signal);
      const parents = heads.map((head) => head.id).toSorted(compareBytes);
      return { parents, time: 1 + (heads[0]?.time ?? 0) };
    },
    async frontier(signal) {
      state.requireUsable();
      return (await listFrontier(state, MAX_FRONTIER, signal)).map((head) => head.id);
    },
    missing: (limit = MAX_FRONTIER) => parking.missing(limit),
    async has(id, signal) {
      state.requireUsable();
      return (await state.recordOf(id, signal)) !== undefined;
    },
    get: async (id, signal) =>
      await whole(async () => {
        const record = await state.recordOf(id, signal);
        if (record === undefined) return undefined;
        const bytes = await state.vertexBytes(record.position, signal);
        const vertex =
          bytes === undefined ? undefined : decodeVertex(deps, state.head.space, bytes, id);
        if (vertex?.ok !== true) throw new ParsError('dag/store-corrupt');
        return vertex.value;
      }),
    relate: async (a, b, signal) =>
      await whole(async () => {
        const [recordA, recordB] = [
          await state.recordOf(a, signal),
          await state.recordOf(b, signal),
        ];
        if (recordA === undefined || recordB === undefined) return dagError('dag/unknown-vertex');
        return ok(await relate(state, recordA, recordB, signal));
      }),
    includes: async (of, past, signal) =>
      await whole(async () => {
        const later = await state.recordOf(of, signal);
        if (later === undefined) throw new ParsError('dag/argument', { what: 'unknown vertex' });
        const earlier = await state.recordOf(past, signal);
        if (earlier !== undefined) return await isAncestor(state.trees, earlier, later, signal);
        return state.head.base !== undefined;
      }),
    difference: async (heads, options = {}, signal) =>
      await whole(async () => await findDifference(state, heads, options, signal)),
    log: async (after, limit = 512, signal) =>
      await whole(async () => await listLog(state, after, limit, signal)),
    prune: async (at, signal) => await change(async () => await pruneBelow(state, at, signal)),
    async [Symbol.asyncDispose]() {
      await inTurn(async () => state.close());
    },
  };
}

async function startReplica(
  deps: ReplicaDeps,
  rows: ReplicaRows,
  { space, base }: ReplicaOptions,
): Promise<Result<ReplicaHead, Failure<DagFailureCode>>> {
  const empty = { version: VERSION, space, nextPosition: 0, prunedTo: 0, treeNodes: 0 };
  if (base === undefined) {
    await deps.store.write([{ key: rows.head, value: replicaHeadCodec.encode(empty) }]);
    return ok(empty);
  }
  const vertex = decodeVertex(deps, space, base);
  if (!vertex.ok) return vertex;
  const { id, time } = vertex.value;
  const record: IndexRecord = {
    id,
    position: 0,
    time,
    parents: [],
    label: { ranges: [0, 0], exactFrom: 0, below: NO_POSITIONS },
    treeNodes: 0,
  };
  const head = { ...empty, nextPosition: 1, base: { id, time, position: 0 } };
  await deps.store.write([
    ...vertexRows(rows, base, record),
    { key: rows.frontier(time, id), value: new Uint8Array(0) },
    { key: rows.head, value: replicaHeadCodec.encode(head) },
  ]);
  return ok(head);
}

function readHead(
  row: Uint8Array,
  { space, base }: ReplicaOptions,
): Result<ReplicaHead, Failure<DagFailureCode>> {
  const head = replicaHeadCodec.decode(row);
  if (!head.ok) throw new ParsError('dag/store-corrupt');
  if (head.value.version !== VERSION) return dagError('dag/unknown-version');
  if (!equalBytes(head.value.space, space)) return dagError('dag/wrong-space');
  if (base !== undefined) return dagError('dag/not-empty');
  return ok(head.value);
}

/** Of the rows of a replica. */
const VERSION = 1;

async function relate(
  { trees }: ReplicaState,
  a: IndexRecord,
  b: IndexRecord,
  signal: AbortSignal | undefined,
): Promise<CausalRelation> {
  if (a.position === b.position) return 'same';
  const [earlier, later] = a.position < b.position ? [a, b] : [b, a];
  if (!(await isAncestor(trees, earlier, later, signal))) return 'concurrent';
  return earlier === a ? 'before' : 'after';
}

/** Runs what it is given one after the other, whatever becomes of each. */
function createTurns(): <T>(work: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return async (work) => {
    const mine = last.then(work, work);
    last = mine.catch(() => undefined);
    return await mine;
  };
}

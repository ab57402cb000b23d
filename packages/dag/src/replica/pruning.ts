import { type Failure, ok, ParsError, type Result, type StoreWrite } from '@pars/base';
import { type DagFailureCode, dagError } from '../errors.ts';
import type { VertexId } from '../vertex.ts';
import { decodeIndexRecord, type IndexRecord } from './index-record.ts';
import { uint48FromBytes } from './replica-rows.ts';
import { type ReplicaState, vertexRemoval } from './replica-state.ts';
import { PAGE_NODES } from './tree-pages.ts';

/**
 * Makes `at` the base of the replica: what is below is forgotten, what comes
 * later must be above (PIP-1001 §7). Fails, and changes nothing, unless every
 * vertex here is `at`, below it or above it.
 */
export async function pruneBelow(
  state: ReplicaState,
  at: VertexId,
  signal?: AbortSignal,
): Promise<Result<void, Failure<DagFailureCode>>> {
  const record = await state.index.byId(at, signal);
  const lowest = state.head.base?.position ?? 0;
  // Below the base there may be rows that a crash kept from being deleted.
  if (record === undefined || record.position < lowest) return dagError('dag/unknown-vertex');
  if (!(await isCleanCut(state, record, signal))) return dagError('dag/cut-not-clean');
  const { id, time, position } = record;
  await state.writeHead({ ...state.head, base: { id, time, position } }, []);
  await finishPruning(state, signal);
  return ok(undefined);
}

/** Deletes what is below the base, in small batches. Goes on where a crash or abort ended it. */
export async function finishPruning(state: ReplicaState, signal?: AbortSignal): Promise<void> {
  const { rows, store } = state;
  const end = state.head.base?.position ?? 0;
  if (state.head.prunedTo < end) await dropTreePages(state, end, signal);
  while (state.head.prunedTo < end) {
    signal?.throwIfAborted();
    const from = rows.record(state.head.prunedTo);
    const range = { from, to: rows.record(end), limit: PRUNED_AT_ONCE };
    const removals: StoreWrite[] = [];
    let prunedTo = end;
    let count = 0;
    for await (const { key, value } of store.list(range, signal)) {
      const position = uint48FromBytes(key, key.length - 6);
      const { record, vertex } = decodeIndexRecord(position, value);
      removals.push(...vertexRemoval(rows, record, vertex));
      count += 1;
      if (count === PRUNED_AT_ONCE) prunedTo = position + 1;
    }
    await state.writeHead({ ...state.head, prunedTo }, removals);
  }
  state.index.clear();
}

/**
 * Deletes the pages whose nodes are all older than the base. Nothing kept leads
 * to them: every set that is kept holds everything up to the base, and what is
 * wholly inside of a set has no nodes.
 */
async function dropTreePages(
  { rows, store, index, trees, head, writeHead }: ReplicaState,
  base: number,
  signal?: AbortSignal,
): Promise<void> {
  const record = await index.byPosition(base, signal);
  if (record === undefined) throw new ParsError('dag/store-corrupt');
  const to = rows.treePage(Math.floor(record.treeNodes / PAGE_NODES));
  for (;;) {
    signal?.throwIfAborted();
    const removals: StoreWrite[] = [];
    const range = { from: rows.treePage(0), to, limit: PRUNED_AT_ONCE };
    for await (const { key } of store.list(range, signal)) removals.push({ key });
    if (removals.length === 0) break;
    await writeHead(head, removals);
  }
  trees.clear();
}

/** Rows of this many vertices, or this many pages, are deleted in a batch. */
const PRUNED_AT_ONCE = 512;

/**
 * Whether everything else is below or above: all that came earlier is an
 * ancestor, and all that came later has parents, none of them earlier.
 */
async function isCleanCut(
  { rows, store, head }: ReplicaState,
  at: IndexRecord,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const { ranges } = at.label;
  if (ranges.length !== 2 || ranges[0] !== 0 || ranges[1] !== at.position) return false;
  let from = at.position + 1;
  while (from < head.nextPosition) {
    const range = { from: rows.record(from), to: rows.record(head.nextPosition), limit: 512 };
    for await (const { key, value } of store.list(range, signal)) {
      const position = uint48FromBytes(key, key.length - 6);
      const [lowest = -1] = decodeIndexRecord(position, value).record.parents;
      if (lowest < at.position) return false;
      from = position + 1;
    }
  }
  return true;
}

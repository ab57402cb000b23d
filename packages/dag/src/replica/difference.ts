import { type Failure, ok, type Result } from '@pars/base';
import { type DagFailureCode, dagError } from '../errors.ts';
import type { VertexId } from '../vertex.ts';
import { treesOf, uniteLabels } from './ancestor-label.ts';
import { decodeIndexRecord, type IndexRecord } from './index-record.ts';
import { listAbsent, type PositionTree } from './position-tree.ts';
import { uint48FromBytes } from './replica-rows.ts';
import type { ReplicaState } from './replica-state.ts';

/** Most ids in a frontier that one side tells the other. */
export const MAX_FRONTIER = 1024;

/** How much of a difference to give at once. */
export interface DifferenceOptions {
  /** Default 512. */
  readonly maxVertices?: number;
  /** Default 4 MiB; one vertex is always given. */
  readonly maxBytes?: number;
  /** `next` of the page before. */
  readonly from?: number;
}

/** Vertices that the other side lacks, in causal order. */
export interface Difference {
  readonly vertices: readonly Uint8Array[];
  /** Where to go on with the same heads; absent when this is all. */
  readonly next?: number;
  /** Heads that we lack: ask for them. */
  readonly unknown: readonly VertexId[];
}

/**
 * What is not at or below `heads` (PIP-1001 §6). The labels of the heads give
 * it as ranges and trees, so the work is that of what is given and of where the
 * heads' pasts differ, not of what is shared.
 */
export async function findDifference(
  state: ReplicaState,
  heads: readonly VertexId[],
  options: DifferenceOptions,
  signal?: AbortSignal,
): Promise<Result<Difference, Failure<DagFailureCode>>> {
  const { maxVertices = 512, maxBytes = 4 * 1024 * 1024, from = 0 } = options;
  if (heads.length > MAX_FRONTIER) return dagError('dag/too-many-heads');
  const known: IndexRecord[] = [];
  const unknown: VertexId[] = [];
  for (const id of heads) {
    const record = await state.recordOf(id, signal);
    if (record === undefined) unknown.push(id);
    else known.push(record);
  }
  const { base, nextPosition } = state.head;
  if (base !== undefined && known.length === 0) return dagError('dag/snapshot-needed');

  const vertices: Uint8Array[] = [];
  let byteCount = 0;
  const first = Math.max(from, base?.position ?? 0);
  for await (const position of positionsNotBelow(state, known, first, nextPosition, signal)) {
    const bytes = await state.vertexBytes(position, signal);
    if (bytes === undefined) continue;
    const isFull =
      vertices.length >= maxVertices ||
      (vertices.length > 0 && byteCount + bytes.length > maxBytes);
    if (isFull) return ok({ vertices, next: position, unknown });
    vertices.push(bytes);
    byteCount += bytes.length;
  }
  return ok({ vertices, unknown });
}

/** Positions from `first` to before `end` that are neither heads nor ancestors of heads. */
async function* positionsNotBelow(
  { trees: nodes }: ReplicaState,
  heads: readonly IndexRecord[],
  first: number,
  end: number,
  signal: AbortSignal | undefined,
): AsyncGenerator<number> {
  const { ranges, exactFrom } = uniteLabels(heads.map((head) => head.label));
  const trees = treesOfNewest(heads);
  let position = first;
  for (let range = 0; position < end; range += 2) {
    const gapEnd = Math.min(end, ranges[range] ?? end);
    // Before `exactFrom` a gap of the ranges may be none: the trees know.
    const doubtEnd = Math.min(gapEnd, exactFrom);
    while (position < doubtEnd) {
      const absent = await listAbsent(nodes, trees, position, doubtEnd, AT_ONCE, signal);
      yield* absent;
      position = absent.length < AT_ONCE ? doubtEnd : (absent.at(-1) as number) + 1;
    }
    for (; position < gapEnd; position += 1) yield position;
    position = Math.max(position, (ranges[range + 1] ?? end) + 1);
  }
}

/**
 * The trees of the heads, of the newest when there are very many: whoever names
 * a thousand heads of a history made for it would have us read all of it for
 * each. They then get what they hold already, which harms nobody.
 */
function treesOfNewest(heads: readonly IndexRecord[]): readonly PositionTree[] {
  const forgetful = heads.filter((head) => treesOf(head.label).length > 0);
  const newest = forgetful.sort((a, b) => b.time - a.time).slice(0, MAX_HEAD_TREES);
  return newest.flatMap((head) => treesOf(head.label));
}

/** So many trees are searched for a difference. */
export const MAX_HEAD_TREES = 64;

/** So many positions are looked for at once. */
const AT_ONCE = 512;

/** A vertex and its place in the order of arrival. */
export interface LoggedVertex {
  /** 1 more than the position; what `after` takes. Local to this replica. */
  readonly sequence: number;
  readonly id: VertexId;
  readonly time: number;
  readonly bytes: Uint8Array;
}

/** Up to `limit` vertices after a sequence number (0: from the first), in causal order. */
export async function listLog(
  state: ReplicaState,
  after: number,
  limit: number,
  signal?: AbortSignal,
): Promise<readonly LoggedVertex[]> {
  const { rows, store, head } = state;
  const from = Math.max(after, head.base?.position ?? 0);
  const range = { from: rows.record(from), to: rows.record(head.nextPosition), limit };
  const logged: LoggedVertex[] = [];
  for await (const { key, value } of store.list(range, signal)) {
    const position = uint48FromBytes(key, key.length - 6);
    const { record, vertex } = decodeIndexRecord(position, value);
    const { id, time } = record;
    const bytes = vertex ?? (await store.get(rows.vertex(position), signal));
    if (bytes !== undefined) logged.push({ sequence: position + 1, id, time, bytes });
  }
  return logged;
}

/** Ids of the newest heads, greatest time first. */
export async function listFrontier(
  { rows, store }: ReplicaState,
  limit: number,
  signal?: AbortSignal,
): Promise<readonly { readonly id: VertexId; readonly time: number }[]> {
  const prefix = rows.frontierPrefix;
  const to = prefix.slice();
  to[to.length - 1] = (to.at(-1) ?? 0) + 1;
  const heads: { readonly id: VertexId; readonly time: number }[] = [];
  for await (const { key } of store.list({ from: prefix, to, reverse: true, limit }, signal)) {
    const time = uint48FromBytes(key, prefix.length);
    heads.push({ id: key.slice(prefix.length + 6) as VertexId, time });
  }
  return heads;
}

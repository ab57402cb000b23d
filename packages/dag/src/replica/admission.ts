import type { Failure, Result } from '@pars/base';
import { type DagFailureCode, dagError } from '../errors.ts';
import { decodeVertex, type HashDep, type Vertex, type VertexId } from '../vertex.ts';
import { labelAbove } from './ancestor-label.ts';
import { isAncestor } from './ancestry.ts';
import type { IndexRecord } from './index-record.ts';
import type { ParkedVertex, Parking } from './parking.ts';
import type { ReplicaState } from './replica-state.ts';

/** Who decides whether a vertex may enter; the layer that can open payload and proof. */
export interface VertexGate {
  /**
   * Called once all parents are in the replica, in causal order. An error
   * refuses this copy only: another one with a good proof may follow. Must not
   * call `receive` or `prune` of the same replica, and may call everything else.
   */
  admit(vertex: Vertex, signal?: AbortSignal): Promise<Result<void, Failure>>;
}

/** A vertex that did not enter, and why. */
export interface Refusal {
  readonly source: string;
  /** Absent when the bytes are no vertex. */
  readonly id?: VertexId;
  /** A `dag/…` failure, or the gate's own. */
  readonly failure: Failure;
}

/** What became of the vertices that were handed in, and of those that waited for them. */
export interface Receipt {
  /** What is durable now, in causal order. */
  readonly added: readonly VertexId[];
  /** How many were there already, or waited already. */
  readonly duplicates: number;
  /** How many wait for parents now. */
  readonly parked: number;
  /** How many left the parking because of its bounds. */
  readonly evicted: number;
  readonly refused: readonly Refusal[];
}

/** One call of `receive`, from bytes to rows. */
export async function admitVertices(
  deps: HashDep & { readonly gate: VertexGate },
  state: ReplicaState,
  parking: Parking,
  source: string,
  encodings: readonly Uint8Array[],
  signal?: AbortSignal,
): Promise<Receipt> {
  const { head } = state;
  const added: VertexId[] = [];
  const refused: Refusal[] = [];
  let [duplicates, parked, evicted] = [0, 0, 0];

  for (const bytes of encodings) {
    signal?.throwIfAborted();
    const vertex = decodeVertex(deps, head.space, bytes);
    if (vertex.ok) await offer({ vertex: vertex.value, source });
    else refused.push({ source, failure: vertex.error });
  }
  await state.flush(signal);
  return { added, duplicates, parked, evicted, refused };

  /** Takes one vertex, and then all that waited for it alone. */
  async function offer(first: ParkedVertex): Promise<void> {
    const open = [first];
    for (let next = 0; next < open.length; next += 1) {
      const candidate = open[next] as ParkedVertex;
      const { vertex } = candidate;
      if (parking.has(vertex.id) || (await isHeld(state, vertex, signal))) {
        duplicates += 1;
        continue;
      }
      if (head.base !== undefined && vertex.time <= head.base.time) {
        refuse(candidate, dagError('dag/below-snapshot').error);
        continue;
      }
      const { parents, missing } = await findParents(state, vertex, signal);
      if (missing.length > 0) {
        evicted += parking.park(candidate, missing);
        parked += 1;
        continue;
      }
      const fault = await findFault(state, vertex, parents, signal);
      const verdict = fault === undefined ? await deps.gate.admit(vertex, signal) : dagError(fault);
      if (!verdict.ok) {
        refuse(candidate, verdict.error);
        continue;
      }
      state.stage(vertex, await recordOf(state, vertex, parents), parents);
      added.push(vertex.id);
      open.push(...parking.settle(vertex.id));
      if (state.stagedCount >= MAX_STAGED || state.stagedBytes >= MAX_STAGED_BYTES) {
        await state.flush(signal);
      }
    }
  }

  function refuse({ vertex, source }: ParkedVertex, failure: Failure): void {
    refused.push({ source, id: vertex.id, failure });
    for (const waiting of parking.abandon(vertex.id)) {
      const { error } = dagError('dag/ancestor-refused');
      refused.push({ source: waiting.source, id: waiting.vertex.id, failure: error });
    }
  }
}

/** A batch holds at most this many vertices, or a little more than this many bytes. */
const MAX_STAGED = 512;
const MAX_STAGED_BYTES = 4 * 1024 * 1024;

/**
 * Whether the vertex is in the replica. When a parent of it is a head, it is
 * not, and the store need not be asked: so it is with nearly all that is new.
 */
async function isHeld(
  state: ReplicaState,
  { id, parents }: Vertex,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const { index } = state;
  for (const parent of parents) {
    const record = index.recall(parent);
    if (record !== undefined && state.isKnownHead(record.position)) return false;
  }
  return (await state.recordOf(id, signal)) !== undefined;
}

async function findParents(
  state: ReplicaState,
  vertex: Vertex,
  signal: AbortSignal | undefined,
): Promise<{ readonly parents: readonly IndexRecord[]; readonly missing: readonly VertexId[] }> {
  const parents: IndexRecord[] = [];
  const missing: VertexId[] = [];
  for (const id of vertex.parents) {
    const parent = await state.recordOf(id, signal);
    if (parent === undefined) missing.push(id);
    else parents.push(parent);
  }
  return { parents: parents.sort((a, b) => a.position - b.position), missing };
}

/** What the parents tell against a vertex (PIP-1001 §3). */
async function findFault(
  { trees }: ReplicaState,
  vertex: Vertex,
  parents: readonly IndexRecord[],
  signal: AbortSignal | undefined,
): Promise<DagFailureCode | undefined> {
  const greatest = parents.reduce((time, parent) => Math.max(time, parent.time), 0);
  if (vertex.time !== greatest + 1) return 'dag/wrong-time';
  for (const [upper, above] of parents.entries()) {
    for (const below of parents.slice(0, upper)) {
      if (await isAncestor(trees, below, above, signal)) return 'dag/redundant-parent';
    }
  }
  return undefined;
}

async function recordOf(
  { trees, nextPosition: position }: ReplicaState,
  { id, time }: Vertex,
  parents: readonly IndexRecord[],
): Promise<IndexRecord> {
  const treeNodes = trees.count;
  const labels = parents.map((parent) => parent.label);
  const label = await labelAbove(trees, position, labels);
  const positions = parents.map((parent) => parent.position);
  return { id, position, time, parents: positions, label, treeNodes };
}

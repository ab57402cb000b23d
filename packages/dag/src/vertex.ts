import {
  type Branded,
  type Codec,
  compareBytes,
  createCodec,
  defineId,
  type Err,
  equalBytes,
  type Failure,
  type IdKind,
  ok,
  ParsError,
  type Result,
  schema,
  utf8ToBytes,
} from '@pars/base';
import type { SymmetricPrimitives } from '@pars/crypto';
import { type DagFailureCode, dagError } from './errors.ts';
import { PARENT_STRIDE, readVertexLayout, type VertexLayout } from './vertex-reader.ts';

/** SHA3-256 of a vertex: 32 bytes (PIP-1001 §2). */
export type VertexId = Branded<Uint8Array, 'VertexId'>;
/** A chat, a group or a document: 32 bytes that its members know (PIP-1001 §1). */
export type SpaceId = Branded<Uint8Array, 'SpaceId'>;

/** Ids of vertices, 32 bytes. */
export const vertexIds: IdKind<'VertexId'> = defineId('VertexId', 32);
/** Ids of spaces, 32 bytes. */
export const spaceIds: IdKind<'SpaceId'> = defineId('SpaceId', 32);

/** Most parents of a vertex. */
export const MAX_PARENTS = 16;
/** Longest sealed payload, in bytes: with everything around it, it fits {@link MAX_VERTEX_BYTES}. */
export const MAX_PAYLOAD_BYTES: number = 246 * 1024;
/** Longest sealed proof, in bytes: a hybrid signature, its author and the overhead of a box fit. */
export const MAX_PROOF_BYTES = 8192;
/** Longest encoding of a vertex: the largest parcel (256 KiB) without its 512 bytes of overhead. */
export const MAX_VERTEX_BYTES: number = 256 * 1024 - 512;
/** Greatest logical time. At 1,000 vertices a second, one after the other, it lasts 8,900 years. */
export const MAX_TIME: number = 2 ** 48 - 1;

/** What the id covers: everything but the proof (PIP-1001 §2). */
export interface VertexCore {
  /** 0 to 16 ids, ascending as bytes, each once. */
  readonly parents: readonly VertexId[];
  /** 1 without parents, else 1 more than the greatest time of a parent. */
  readonly time: number;
  /** Sealed content, opaque here: 0 to 246 KiB. The author stands inside. */
  readonly payload: Uint8Array;
}

/** One vertex, checked as far as its own bytes allow. */
export interface Vertex extends VertexCore {
  readonly id: VertexId;
  /** Sealed proof of authorship over the id, opaque here: 0 to 8,192 bytes. */
  readonly proof: Uint8Array;
  /** The encoding that all of the above was read from, in an array of its own; payload and proof are views of it. */
  readonly bytes: Uint8Array;
}

/** A core and its id, ready to be signed. */
export interface DraftVertex {
  readonly id: VertexId;
  /** The bytes that the id is the hash of, after label and space. */
  readonly core: Uint8Array;
}

/** SHA3-256, from `suite.symmetric`. */
export interface HashDep {
  readonly hash: Pick<SymmetricPrimitives, 'sha3'>;
}

/**
 * The id of a new vertex, over which its author then makes the proof. A core
 * outside of its limits is a bug: `ParsError`. PIP-1001 §2.
 */
export function draftVertex(deps: HashDep, space: SpaceId, core: VertexCore): DraftVertex {
  const fault = coreFault(core);
  if (fault !== undefined) throw new ParsError('dag/argument', { what: fault });
  const bytes = coreCodec.encode(core);
  return { id: idOfCore(deps, space, bytes), core: bytes };
}

/** The wire form of a draft and its proof, at most {@link MAX_VERTEX_BYTES} bytes. PIP-1001 §2. */
export function encodeVertex(draft: DraftVertex, proof: Uint8Array): Uint8Array {
  return vertexCodec.encode({ core: draft.core, proof });
}

/**
 * Reads a vertex of a stranger. Never throws; the cost is bounded by
 * {@link MAX_VERTEX_BYTES}. With `expected`, other bytes are refused with
 * `dag/wrong-id`. Parents and proof are not looked at: that is the replica's part.
 */
export function decodeVertex(
  deps: HashDep,
  space: SpaceId,
  bytes: Uint8Array,
  expected?: VertexId,
): Result<Vertex, Failure<DagFailureCode>> {
  if (bytes.length > MAX_VERTEX_BYTES) return dagError('dag/vertex-too-large');
  const own = new Uint8Array(bytes);
  const layout = readVertexLayout(own, MAX_PARENTS);
  if (layout === undefined || !fitsLimits(layout)) return refuseMalformed(own);
  const { time } = layout;
  const parents = parentsOf(own, layout);
  const payload = own.subarray(layout.payloadFrom, layout.payloadTo);
  const fault = coreFault({ parents, time, payload });
  if (fault !== undefined) return dagError(fault);
  const id = idOfCore(deps, space, own.subarray(layout.coreFrom, layout.coreTo));
  if (expected !== undefined && !equalBytes(id, expected)) return dagError('dag/wrong-id');
  for (const parent of parents) if (equalBytes(parent, id)) return dagError('dag/own-parent');
  const proof = own.subarray(layout.proofFrom, layout.proofTo);
  return ok({ id, parents, time, payload, proof, bytes: own });
}

/**
 * The total order of a space: by logical time, then by id as bytes. It never
 * puts a vertex before one of its ancestors. PIP-1001 §4.
 */
export function compareVertices(
  a: { readonly time: number; readonly id: VertexId },
  b: { readonly time: number; readonly id: VertexId },
): number {
  return a.time - b.time || compareBytes(a.id, b.id);
}

/** Whether the parts are no larger than the schemas below let them be. */
function fitsLimits(layout: VertexLayout): boolean {
  const { time, payloadFrom, payloadTo, proofFrom, proofTo } = layout;
  return (
    time >= 1 &&
    time <= MAX_TIME &&
    payloadTo - payloadFrom <= MAX_PAYLOAD_BYTES &&
    proofTo - proofFrom <= MAX_PROOF_BYTES
  );
}

/** Copies: an id that is kept must not keep the vertex it was read from. */
function parentsOf(bytes: Uint8Array, layout: VertexLayout): readonly VertexId[] {
  const parents: VertexId[] = [];
  for (let index = 0; index < layout.parentCount; index += 1) {
    const from = layout.parentsFrom + index * PARENT_STRIDE;
    parents.push(bytes.slice(from, from + 32) as VertexId);
  }
  return parents;
}

/** What the codec has against bytes that {@link readVertexLayout} does not know. */
function refuseMalformed(bytes: Uint8Array): Err<Failure<DagFailureCode>> {
  const outer = vertexCodec.decode(bytes);
  if (!outer.ok) return dagError('dag/vertex-malformed', { reason: outer.error.code });
  const core = coreCodec.decode(outer.value.core);
  // Reader and codec agree (a property says so); should they ever not, nobody takes the vertex.
  return dagError('dag/vertex-malformed', core.ok ? {} : { reason: core.error.code });
}

/** What is wrong with a core although it fits its schema. */
function coreFault({ parents, time }: VertexCore): DagFailureCode | undefined {
  for (let index = 1; index < parents.length; index += 1) {
    if (compareBytes(parents[index - 1] as VertexId, parents[index] as VertexId) >= 0) {
      return 'dag/parents-unordered';
    }
  }
  // The exact rule needs the parents; this much is known without them.
  if ((parents.length === 0) !== (time === 1)) return 'dag/wrong-time';
  return undefined;
}

function idOfCore({ hash }: HashDep, space: SpaceId, core: Uint8Array): VertexId {
  const input = hashInput.subarray(0, LABEL.length + space.length + core.length);
  if (input.length < LABEL.length + space.length + core.length) {
    return hash.sha3(LABEL, space, core) as VertexId;
  }
  input.set(LABEL);
  input.set(space, LABEL.length);
  input.set(core, LABEL.length + space.length);
  return hash.sha3(input) as VertexId;
}

const LABEL = utf8ToBytes('pars/1 vertex');
// Native hashes take one part quicker than three, and a new array for each would cost that again.
// It holds nothing beyond a call, and nothing secret: what is hashed is what travels.
const hashInput = new Uint8Array(4096);

const coreCodec: Codec<VertexCore> = createCodec(
  'dag/vertex-core',
  schema.struct({
    parents: [0, schema.array(vertexIds.schema, { max: MAX_PARENTS })],
    time: [1, schema.int({ min: 1, max: MAX_TIME })],
    payload: [2, schema.bytes({ max: MAX_PAYLOAD_BYTES })],
  }),
  { maxBytes: MAX_VERTEX_BYTES },
);

const vertexCodec: Codec<{ readonly core: Uint8Array; readonly proof: Uint8Array }> = createCodec(
  'dag/vertex',
  schema.struct({
    core: [0, schema.bytes({ max: MAX_VERTEX_BYTES })],
    proof: [1, schema.bytes({ max: MAX_PROOF_BYTES })],
  }),
  { maxBytes: MAX_VERTEX_BYTES },
);

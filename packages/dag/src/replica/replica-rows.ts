import { type Codec, createCodec, ParsError, schema } from '@pars/base';
import { MAX_TIME, type SpaceId, spaceIds, type VertexId, vertexIds } from '../vertex.ts';

/** The keys of one replica in a store that others may share. */
export interface ReplicaRows {
  /** The one row of {@link ReplicaHead}. */
  readonly head: Uint8Array;
  /** id → position. */
  byId(id: VertexId): Uint8Array;
  /** position → index record, and the vertex's bytes when they are few. */
  record(position: number): Uint8Array;
  /** position → the vertex's bytes when they are many. */
  vertex(position: number): Uint8Array;
  /** One row for each vertex without a child, ordered by time and id. */
  frontier(time: number, id: VertexId): Uint8Array;
  /** Every key of {@link frontier} begins with these bytes. */
  readonly frontierPrefix: Uint8Array;
  /** number of a page → 64 nodes of trees. */
  treePage(page: number): Uint8Array;
}

/** Longest prefix of a replica's keys, in bytes. */
export const MAX_KEY_PREFIX_BYTES = 64;

/** The keys under a prefix, which no other user of the store may begin with. */
export function createReplicaRows(prefix: Uint8Array): ReplicaRows {
  if (prefix.length > MAX_KEY_PREFIX_BYTES) {
    throw new ParsError('dag/argument', { what: 'key prefix' });
  }
  // One buffer for each key: this runs several times for every vertex.
  function keyOf(kind: number, restBytes: number): Uint8Array {
    const key = new Uint8Array(prefix.length + 1 + restBytes);
    key.set(prefix);
    key[prefix.length] = kind;
    return key;
  }

  function positionKey(kind: number, position: number): Uint8Array {
    const key = keyOf(kind, 6);
    writeUint48(key, prefix.length + 1, position);
    return key;
  }

  return {
    head: keyOf(1, 0),
    byId(id) {
      const key = keyOf(2, 32);
      key.set(id, prefix.length + 1);
      return key;
    },
    record: (position) => positionKey(3, position),
    vertex: (position) => positionKey(4, position),
    frontier(time, id) {
      const key = keyOf(5, 38);
      writeUint48(key, prefix.length + 1, time);
      key.set(id, prefix.length + 7);
      return key;
    },
    frontierPrefix: keyOf(5, 0),
    treePage: (page) => positionKey(6, page),
  };
}

/** The vertex at which a replica was pruned. */
export interface ReplicaBase {
  readonly id: VertexId;
  readonly time: number;
  readonly position: number;
}

/** What a replica must know of itself when it is opened. */
export interface ReplicaHead {
  readonly version: number;
  readonly space: SpaceId;
  /** The position of the next vertex. */
  readonly nextPosition: number;
  /** The snapshot that everything kept is at or above. */
  readonly base?: ReplicaBase;
  /** The lowest position whose rows may still have to be deleted. */
  readonly prunedTo: number;
  /** How many nodes of trees there are. */
  readonly treeNodes: number;
}

/** The row under {@link ReplicaRows.head}. */
export const replicaHeadCodec: Codec<ReplicaHead> = createCodec(
  'dag/replica-head',
  schema.struct({
    version: [0, schema.uint({ max: 255 })],
    space: [1, spaceIds.schema],
    nextPosition: [2, schema.uint({ max: MAX_TIME })],
    base: [
      3,
      schema.struct({
        id: [0, vertexIds.schema],
        time: [1, schema.uint({ max: MAX_TIME })],
        position: [2, schema.uint({ max: MAX_TIME })],
      }),
      'optional',
    ],
    prunedTo: [4, schema.uint({ max: MAX_TIME })],
    treeNodes: [5, schema.uint({ max: MAX_TIME })],
  }),
  { maxBytes: 256 },
);

/** 6 bytes, big endian. `value` is 0 to 2^48-1. */
export function uint48ToBytes(value: number): Uint8Array {
  const bytes = new Uint8Array(6);
  writeUint48(bytes, 0, value);
  return bytes;
}

/** The 6 bytes at `offset`, big endian. Fewer: `ParsError`. */
export function uint48FromBytes(bytes: Uint8Array, offset = 0): number {
  if (bytes.length < offset + 6) throw new ParsError('dag/store-corrupt');
  const view = new DataView(bytes.buffer, bytes.byteOffset + offset, 6);
  return view.getUint16(0) * 2 ** 32 + view.getUint32(2);
}

function writeUint48(bytes: Uint8Array, offset: number, value: number): void {
  let rest = value;
  for (let index = offset + 5; index >= offset; index -= 1) {
    bytes[index] = rest % 256;
    rest = Math.floor(rest / 256);
  }
}

import { concatBytes, equalBytes, uint32FromBytes, uint32ToBytes, utf8ToBytes } from '@pars/base';
import { type HashDep, MAX_VERTEX_BYTES, type SpaceId } from '../vertex.ts';

/** What somebody needs who holds nothing that others still have (PIP-1003 §14). */
export interface SnapshotContent {
  /** The encoding of the vertex that the replica was pruned at, 1 to 261,632 bytes. */
  readonly base: Uint8Array;
  /** The application's state at that vertex, sealed and signed above: 0 to 16 MiB. */
  readonly state: Uint8Array;
}

/** Largest sealed state of a snapshot, in bytes: what one value of a `Store` holds. */
export const MAX_SNAPSHOT_STATE: number = 16 * 1024 * 1024;
/** Bytes of a chunk: each is checked by itself. */
export const snapshotChunkLength: number = 16 * 1024;

const maxContent = 4 + MAX_VERTEX_BYTES + MAX_SNAPSHOT_STATE;
const hashLength = 32;

/** Bytes of the longest stream: hashes of the chunks, then the chunks. */
export const MAX_SNAPSHOT_STREAM: number = streamLength(maxContent);

/** A snapshot as it travels. */
export interface SnapshotStream {
  /** Names the snapshot and vouches for every byte: 32 bytes. */
  readonly root: Uint8Array;
  /** Bytes of base and state with the length of the base, 5 to 17,039,364. */
  readonly contentLength: number;
  /** A copy of these bytes of the stream. */
  slice(offset: number, length: number): Uint8Array;
}

/** Chunk hashes and root of a snapshot. `undefined` when it is beyond its bounds. */
export function createSnapshotStream(
  deps: HashDep,
  space: SpaceId,
  { base, state }: SnapshotContent,
): SnapshotStream | undefined {
  const isOutside =
    base.length === 0 || base.length > MAX_VERTEX_BYTES || state.length > MAX_SNAPSHOT_STATE;
  if (isOutside) return undefined;
  const content = concatBytes(uint32ToBytes(base.length), base, state);
  const hashes: Uint8Array[] = [];
  for (let at = 0; at < content.length; at += snapshotChunkLength) {
    hashes.push(hashChunk(deps, content.subarray(at, at + snapshotChunkLength)));
  }
  const stream = concatBytes(...hashes, content);
  return {
    root: hashRoot(deps, space, content.length, concatBytes(...hashes)),
    contentLength: content.length,
    slice: (offset, length) => stream.slice(offset, offset + length),
  };
}

/** A snapshot that is coming in, checked chunk by chunk. Holds at most its stream in memory. */
export interface SnapshotAssembly {
  readonly root: Uint8Array;
  /** Bytes of the stream that are here without a gap. */
  readonly length: number;
  readonly totalLength: number;
  /** Takes bytes that lie at `offset`. False: they do not belong to this snapshot. What is there already is ignored. */
  add(offset: number, bytes: Uint8Array): boolean;
  /** The whole, once it is there. */
  content(): SnapshotContent | undefined;
}

/** Begins to collect; `undefined` when no snapshot has such a length. */
export function createSnapshotAssembly(
  deps: HashDep,
  space: SpaceId,
  root: Uint8Array,
  contentLength: number,
): SnapshotAssembly | undefined {
  if (contentLength < 5 || contentLength > maxContent) return undefined;
  const totalLength = streamLength(contentLength);
  const hashesLength = totalLength - contentLength;
  // Grows with what arrives: a claim alone takes no memory.
  let stream: Uint8Array = new Uint8Array(Math.min(totalLength, 65_536));
  let length = 0;
  let checkedChunks = 0;

  function append(bytes: Uint8Array): void {
    if (length + bytes.length > stream.length) {
      const larger = new Uint8Array(Math.min(totalLength, 2 * (length + bytes.length)));
      larger.set(stream.subarray(0, length));
      stream = larger;
    }
    stream.set(bytes, length);
    length += bytes.length;
  }

  /** Checks what has become whole; cuts off what is wrong, so that it can come again. */
  function check(before: number): boolean {
    if (before < hashesLength && length >= hashesLength) {
      const hashes = stream.subarray(0, hashesLength);
      if (!equalBytes(hashRoot(deps, space, contentLength, hashes), root)) return rewind(0);
    }
    if (length < hashesLength) return true;
    for (;;) {
      const from = hashesLength + checkedChunks * snapshotChunkLength;
      const to = Math.min(totalLength, from + snapshotChunkLength);
      if (from >= totalLength || to > length) return true;
      const expected = stream.subarray(
        checkedChunks * hashLength,
        (checkedChunks + 1) * hashLength,
      );
      if (!equalBytes(hashChunk(deps, stream.subarray(from, to)), expected)) return rewind(from);
      checkedChunks += 1;
    }
  }

  function rewind(to: number): false {
    length = to;
    return false;
  }

  return {
    root,
    get length() {
      return length;
    },
    totalLength,
    add(offset, bytes) {
      if (offset + bytes.length > totalLength || offset > length) return false;
      const fresh = bytes.subarray(length - offset);
      if (fresh.length === 0 || offset + bytes.length <= length) return true;
      const before = length;
      append(fresh);
      return check(before);
    },
    content() {
      if (length < totalLength) return undefined;
      const content = stream.subarray(hashesLength, totalLength);
      const baseLength = uint32FromBytes(content);
      if (baseLength === 0 || 4 + baseLength > content.length) return undefined;
      return { base: content.slice(4, 4 + baseLength), state: content.slice(4 + baseLength) };
    },
  };
}

function streamLength(contentLength: number): number {
  return contentLength + hashLength * Math.ceil(contentLength / snapshotChunkLength);
}

function hashChunk({ hash }: HashDep, chunk: Uint8Array): Uint8Array {
  return hash.sha3(chunkLabel, chunk);
}

function hashRoot(
  { hash }: HashDep,
  space: SpaceId,
  contentLength: number,
  hashes: Uint8Array,
): Uint8Array {
  return hash.sha3(rootLabel, space, uint32ToBytes(contentLength), hashes);
}

const chunkLabel = utf8ToBytes('pars/1 snapshot chunk');
const rootLabel = utf8ToBytes('pars/1 snapshot');

import {
  type Branded,
  compareBytes,
  concatBytes,
  ok,
  type Result,
  uint32FromBytes,
  uint32ToBytes,
} from '@pars/base';
import { MAX_FRONTIER, MAX_VERTEX_BYTES, type SpaceId, type VertexId } from '@pars/dag';
import { type MeshFailure, meshErr } from '../errors.ts';
import { maxParcelLength, type ParcelId, parcelSizes } from '../parcel/index.ts';
import { saltLength } from '../reconciliation/short-id.ts';
import { symbolLength } from '../reconciliation/sketch-symbols.ts';

/** Most symbols of a return sketch. */
export const maxBundleSymbols = 4_096;
/** Longest content of a peer record, in bytes. */
export const maxPeerRecordLength = 65_536;
/** Longest record of any kind: a snapshot with its saved states. */
export const maxRecordLength: number = 2 ** 24 + 2 ** 19;

/** A vertex with the space that it belongs to (PIP-1001 §2). */
export interface VertexRecord {
  readonly kind: 'vertex';
  readonly space: SpaceId;
  /** The encoding, at most 261,632 bytes. */
  readonly bytes: Uint8Array;
  /** Saves the writer from computing it; never trusted by a reader, and absent there. */
  readonly id?: VertexId;
}

/** A parcel (PIP-1002 §2). */
export interface ParcelRecord {
  readonly kind: 'parcel';
  readonly bytes: Uint8Array;
  /** Saves the writer from computing it; absent when read. */
  readonly id?: ParcelId;
}

/** Where the exporter stands in a space: who holds all these heads holds all of its vertices. */
export interface FrontierRecord {
  readonly kind: 'frontier';
  readonly space: SpaceId;
  /** Ascending as bytes, each once, at most 1,024. */
  readonly heads: readonly VertexId[];
}

/** What the exporter holds, as a sketch of its parcels' ids (PIP-1003 §4). */
export interface SketchRecord {
  readonly kind: 'sketch';
  /** 16 bytes, drawn for this sketch. */
  readonly salt: Uint8Array;
  /** How many ids it was made of. */
  readonly count: number;
  /** 16 bytes each, from symbol 0 on: 1 to 4,096 of them. */
  readonly symbols: Uint8Array;
}

/** A peer that may be met: opaque here, 1 to 65,536 bytes. */
export interface PeerRecord {
  readonly kind: 'peer';
  readonly bytes: Uint8Array;
}

/** Where a pruned space begins (PIP-1001 §7): opaque here, 1 to 17,301,472 bytes (the content of PIP-1003 §14 fits). */
export interface SnapshotRecord {
  readonly kind: 'snapshot';
  readonly space: SpaceId;
  readonly bytes: Uint8Array;
}

/** What a bundle carries (PIP-1004 §5). */
export type BundleRecord =
  | ParcelRecord
  | VertexRecord
  | FrontierRecord
  | SketchRecord
  | PeerRecord
  | SnapshotRecord;

/** The name of a kind. */
export type BundleRecordKind = BundleRecord['kind'];

/** The number of a kind in the file. 0 is padding, 1 a statement. */
export const kindNumbers: Readonly<Record<BundleRecordKind, number>> = {
  parcel: 2,
  vertex: 3,
  frontier: 4,
  sketch: 5,
  peer: 6,
  snapshot: 7,
};
/** The kind of the padding that fills a chunk. */
export const paddingKind = 0;
/** The kind of a statement of the exporter (PIP-1004 §6). */
export const statementKind = 1;

const nameByKind: ReadonlyMap<number, BundleRecordKind> = new Map(
  (Object.keys(kindNumbers) as BundleRecordKind[]).map((name) => [kindNumbers[name], name]),
);
const idLength = 32;

/** The name of a kind's number, or `undefined` for one that this version does not know. */
export function kindFromNumber(kind: number): BundleRecordKind | undefined {
  return nameByKind.get(kind);
}

/** A record's content; a view of its bytes where it is nothing else. Own records that break a limit: `mesh/bad-bundle-record`. */
export function encodeRecord(record: BundleRecord): Result<Uint8Array, MeshFailure> {
  const content = contentOf(record);
  // The one place that knows the limits is the decoder.
  const read = decodeRecord(kindNumbers[record.kind], content);
  return read.ok ? ok(content) : read;
}

/** Reads the content of a known kind (PIP-1004 §5): `mesh/bad-bundle-record`. Total; views of `content`. */
export function decodeRecord(kind: number, content: Uint8Array): Result<BundleRecord, MeshFailure> {
  const name = nameByKind.get(kind);
  const record = name && readers[name](content);
  return record === undefined ? meshErr('mesh/bad-bundle-record', { kind }) : ok(record);
}

function contentOf(record: BundleRecord): Uint8Array {
  switch (record.kind) {
    case 'parcel':
    case 'peer':
      return record.bytes;
    case 'vertex':
    case 'snapshot':
      return concatBytes(record.space, record.bytes);
    case 'frontier':
      return concatBytes(record.space, ...record.heads);
    case 'sketch':
      return concatBytes(record.salt, uint32ToBytes(record.count), record.symbols);
  }
}

const readers: Readonly<
  Record<BundleRecordKind, (content: Uint8Array) => BundleRecord | undefined>
> = {
  parcel: (bytes) =>
    parcelSizes.some((size) => size === bytes.length) && bytes.length <= maxParcelLength
      ? { kind: 'parcel', bytes }
      : undefined,
  vertex: (content) =>
    isWithin(content.length - idLength, 1, MAX_VERTEX_BYTES)
      ? { kind: 'vertex', ...splitSpace(content) }
      : undefined,
  frontier: (content) => {
    const { space, bytes } = splitSpace(content);
    const count = bytes.length / idLength;
    if (content.length < idLength || !isWithin(count, 0, MAX_FRONTIER)) return undefined;
    const heads = Array.from(
      { length: count },
      (_, at) => bytes.slice(idLength * at, idLength * (at + 1)) as VertexId,
    );
    const ascends = heads.every((head, at) => {
      const before = heads[at - 1];
      return before === undefined || compareBytes(before, head) < 0;
    });
    return ascends ? { kind: 'frontier', space, heads } : undefined;
  },
  sketch: (content) => {
    const start = saltLength + 4;
    if (!isWithin((content.length - start) / symbolLength, 1, maxBundleSymbols)) return undefined;
    return {
      kind: 'sketch',
      salt: content.slice(0, saltLength),
      count: uint32FromBytes(content, saltLength),
      symbols: content.slice(start),
    };
  },
  peer: (bytes) =>
    isWithin(bytes.length, 1, maxPeerRecordLength) ? { kind: 'peer', bytes } : undefined,
  snapshot: (content) =>
    isWithin(content.length, idLength + 1, maxRecordLength)
      ? { kind: 'snapshot', ...splitSpace(content) }
      : undefined,
};

function splitSpace(content: Uint8Array): {
  readonly space: Branded<Uint8Array, 'SpaceId'>;
  readonly bytes: Uint8Array;
} {
  return { space: content.slice(0, idLength) as SpaceId, bytes: content.subarray(idLength) };
}

function isWithin(value: number, least: number, most: number): boolean {
  return Number.isInteger(value) && value >= least && value <= most;
}

import type { Failure, Result } from '@pars/base';
import type { SigningPublicKeyBytes } from '@pars/crypto';
import type { Replica, SpaceId, VertexId } from '@pars/dag';
import type { MeshFailure } from '../errors.ts';
import type { ParcelStore } from '../parcel/index.ts';
import type { BundleDamage } from './bundle.ts';
import type {
  BundleRecordKind,
  PeerRecord,
  SketchRecord,
  SnapshotRecord,
} from './bundle-record.ts';

/** Where the content of a bundle goes. What has no place is counted and left out. */
export interface BundleTargets {
  readonly parcels?: Pick<ParcelStore, 'put'>;
  /** The replica of a space, or `undefined` when it is none of ours. Asked once for each space, and again after its snapshot was taken. */
  readonly replicaOf?: (space: SpaceId) => Promise<Replica | undefined>;
  /** Takes where a pruned space begins, before any of its vertices. Has to do no harm when repeated. */
  readonly takeSnapshot?: (snapshot: SnapshotRecord) => Promise<Result<unknown, Failure>>;
  /** Gives `known` for what changes nothing, and `unplaced` for what has no place. */
  readonly takePeer?: (peer: PeerRecord) => Promise<Result<unknown, Failure>>;
  /** Whom quotas charge: of `ParcelStore.put` and `Replica.receive`. Default: `bundle`. */
  readonly source?: string;
}

/** How many by failure code. */
export type CountByCode = Readonly<Record<string, number>>;

/** What became of the records of one kind. */
export interface RecordTally {
  /** New here, and durable. */
  readonly stored: number;
  /** Here already. */
  readonly known: number;
  /** Vertices that wait for parents, as of the end; they are not durable. */
  readonly waiting: number;
  /** No target took them: another space, or nothing given for this kind. */
  readonly unplaced: number;
  readonly refused: CountByCode;
}

/** Whether a space is now where the exporter was. */
export interface FrontierOutcome {
  readonly space: SpaceId;
  /** `unknown`: no replica of it here. */
  readonly reached: 'reached' | 'missing' | 'unknown';
  /** Heads of the exporter that are not held. */
  readonly missingHeads: readonly VertexId[];
}

/** What an import did (PIP-1004 §9). */
export interface BundleReport {
  /** Absent when no signed statement came through. */
  readonly exporter?: SigningPublicKeyBytes;
  readonly createdMs: number;
  readonly expiresMs: number;
  readonly bytes: number;
  readonly chunks: number;
  /** Chunks that the exporter provably wrote as they are. */
  readonly attestedChunks: number;
  readonly parcels: RecordTally;
  readonly vertices: RecordTally;
  readonly snapshots: RecordTally;
  readonly peers: RecordTally;
  /** Records of unknown kinds, skipped. */
  readonly unknown: number;
  /** Records that break their layout, and contradicting markers, by code. */
  readonly refused: CountByCode;
  readonly frontiers: readonly FrontierOutcome[];
  /** What the exporter holds: for the bundle that goes back. */
  readonly sketch?: SketchRecord;
  readonly damage: BundleDamage;
  /** Why it ended early, if it did: forged or contradicting statements. What was stored before stays: it proves itself. */
  readonly failure?: MeshFailure;
}

/** How far an import has come. */
export interface BundleImportProgress {
  readonly bytesRead: number;
  readonly chunks: number;
  readonly stored: number;
}

/** What can be told of a bundle without importing it. */
export interface BundleInspection {
  readonly exporter?: SigningPublicKeyBytes;
  readonly createdMs: number;
  readonly expiresMs: number;
  /** It can be looked at, not imported. */
  readonly expired: boolean;
  readonly bytes: number;
  readonly chunks: number;
  readonly attestedChunks: number;
  readonly countByKind: Readonly<Record<BundleRecordKind, number>>;
  readonly unknown: number;
  readonly refused: number;
  /** Spaces of vertices, snapshots and markers, at most 4,096. */
  readonly spaces: readonly {
    readonly space: SpaceId;
    readonly vertices: number;
    readonly hasSnapshot: boolean;
    readonly heads: readonly VertexId[];
  }[];
  readonly damage: BundleDamage;
  readonly failure?: MeshFailure;
}

import type { Replica, VertexId } from '@pars/dag';
import type { ParcelEntry, ParcelStore } from '../parcel/index.ts';
import type { PeerRecord, SketchRecord, SnapshotRecord } from './bundle-record.ts';

/** A space that goes into a bundle. */
export interface ExportedSpace {
  readonly replica: Replica;
  /** Has to be there when the replica has a base and the far side may not. */
  readonly snapshot?: SnapshotRecord;
  /** Heads that the far side has told of (a frontier marker of its bundle): what lies below is left out. */
  readonly farHeads?: readonly VertexId[];
}

/** What is chosen from (PIP-1004 §8). */
export interface BundleSelection {
  readonly parcels?: Pick<ParcelStore, 'entries' | 'get'>;
  /** Which parcels go along: by tag or shard, as the caller decides. Default: all. */
  readonly wants?: (entry: ParcelEntry) => boolean;
  readonly spaces?: readonly ExportedSpace[];
  readonly peers?: readonly PeerRecord[];
  /** What the far side holds: `sketch` of the report of its bundle. Parcels that it has are left out. */
  readonly far?: SketchRecord;
  /** Symbols of the sketch of the own parcels that goes along, 0 to 4,096. Default 4,096; 0: none. */
  readonly sketchSymbols?: number;
}

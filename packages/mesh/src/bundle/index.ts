export type {
  BundleDamage,
  BundleEvent,
  BundleKeys,
  BundleOptions,
  BundleReaderDeps,
  BundleRecipients,
  BundleSuiteDep,
  BundleWriteProgress,
  BundleWriterDeps,
  ChunkRange,
  MissingRecord,
} from './bundle.ts';
export {
  type BundleRecord,
  type BundleRecordKind,
  type FrontierRecord,
  maxBundleSymbols,
  type ParcelRecord,
  type PeerRecord,
  type SketchRecord,
  type SnapshotRecord,
  type VertexRecord,
} from './bundle-record.ts';
export type {
  BundleImportProgress,
  BundleInspection,
  BundleReport,
  BundleTargets,
  CountByCode,
  FrontierOutcome,
  RecordTally,
} from './bundle-report.ts';
export type { BundleSelection, ExportedSpace } from './bundle-source.ts';

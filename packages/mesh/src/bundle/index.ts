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
export { importBundle } from './bundle-import.ts';
export { inspectBundle } from './bundle-inspection.ts';
export { type BundleReadOptions, readBundle } from './bundle-reader.ts';
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
export { type BundleSelection, bundleFromStore, type ExportedSpace } from './bundle-source.ts';
export { maxBundleDays, writeBundle } from './bundle-writer.ts';

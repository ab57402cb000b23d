export {
  runSpaceSync,
  type SpaceSyncDeps,
  type SpaceSyncOptions,
  type SpaceSyncOutcome,
} from './space-sync-driver.ts';

export type { CrashMoment } from './crash-plan.ts';
export {
  createMemoryBlobDisk,
  createMemoryBlobStore,
  type MemoryBlobDisk,
} from './memory-blob-store.ts';
export { createMemoryStore, createMemoryStoreDisk, type MemoryStoreDisk } from './memory-store.ts';
export {
  createMemoryStreamNetwork,
  createStreamPair,
  type MemoryStreamNetwork,
  type MemoryStreamOptions,
} from './memory-streams.ts';
export { createRecordingLog, type LogEntry, type RecordingLog } from './recording-log.ts';
export { createSimulationRandom, type SimulationRandom } from './simulation-random.ts';
export { createVirtualTime, type VirtualTime, type VirtualTimeOptions } from './virtual-time.ts';

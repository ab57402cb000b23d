export { type BlobStoreSubject, blobStoreConformance } from './blob-store-conformance.ts';
export { type ByteStreamSubject, byteStreamConformance } from './byte-stream-conformance.ts';
export { check, checkEqual, checkRejects } from './check.ts';
export { clockConformance } from './clock-conformance.ts';
export type { ConformanceCase, FuzzTarget } from './conformance-case.ts';
export { type LogSubject, logConformance } from './log-conformance.ts';
export { metricsConformance } from './metrics-conformance.ts';
export { randomConformance } from './random-conformance.ts';
export { type SchedulerSubject, schedulerConformance } from './scheduler-conformance.ts';
export { type StoreSubject, storeConformance } from './store-conformance.ts';
export {
  type StreamTransportSubject,
  streamTransportConformance,
} from './stream-transport-conformance.ts';

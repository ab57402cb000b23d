export type { Branded } from './brand.ts';
export {
  compareBytes,
  concatBytes,
  equalBytes,
  startsWithBytes,
  uint32FromBytes,
  uint32ToBytes,
  uint64FromBytes,
  uint64ToBytes,
} from './bytes/bytes.ts';
export { utf8FromBytes, utf8ToBytes } from './bytes/utf8.ts';
export {
  type CborFailure,
  type Codec,
  createCodec,
  type Infer,
  type Schema,
  type StructSchema,
  schema,
} from './cbor/index.ts';
export { base32, base58, base64url, hex, type TextEncoding } from './encoding/text-encoding.ts';
export type {
  BaseErrorCode,
  CborFailureCode,
  EncodingFailureCode,
  IdFailureCode,
  TextFailureCode,
} from './errors.ts';
export { defineId, type IdKind } from './id-kind.ts';
export { createMemoryMetrics } from './metrics/memory-metrics.ts';
export { ParsError, unwrap } from './pars-error.ts';
export type { BlobStore, BlobStoreDep } from './ports/blob.ts';
export type { Clock, ClockDep } from './ports/clock.ts';
export type { Log, LogDep, LogFields, LogLevel } from './ports/log.ts';
export type { Metrics, MetricsDep } from './ports/metrics.ts';
export type { Random, RandomDep } from './ports/random.ts';
export type { Cancel, Scheduler, SchedulerDep } from './ports/scheduler.ts';
export {
  MAX_BLOB_BYTES,
  MAX_KEY_BYTES,
  MAX_VALUE_BYTES,
  requireBlobContent,
  requireBlobName,
  requireListLimit,
  requireStoreBatch,
  requireStoreKey,
} from './ports/storage-limits.ts';
export type { Store, StoreDep, StoreEntry, StoreRange, StoreWrite } from './ports/store.ts';
export type { ByteStream, DatagramTransport, StreamTransport } from './ports/transport.ts';
export { eraseBytes, expose, type Redacted, redact } from './redacted.ts';
export { type Err, err, type Failure, type Ok, ok, type Result } from './result.ts';
export { bytesFromText } from './text/byte-size.ts';
export { foldPersian } from './text/fold-persian.ts';
export { parseInteger, toAsciiDigits } from './text/parse-integer.ts';

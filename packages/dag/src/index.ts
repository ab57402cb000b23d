export { type GCounter, type GCounterOperation, gCounter } from './crdt/g-counter.ts';
export { type GSet, type GSetOperation, gSet, MAX_ELEMENT_BYTES } from './crdt/g-set.ts';
export { MAX_REGISTER_BYTES, type RegisterOperation } from './crdt/latest-writes.ts';
export { type LwwRegister, lwwRegister } from './crdt/lww-register.ts';
export { type MvRegister, mvRegister } from './crdt/mv-register.ts';
export { type OrSet, type OrSetOperation, orSet } from './crdt/or-set.ts';
export { type PnCounter, type PnCounterOperation, pnCounter } from './crdt/pn-counter.ts';
export { replayLog } from './crdt/replay.ts';
export type { Moment, ReplicatedKind, ReplicatedType } from './crdt/replicated-type.ts';
export { type Rga, rga } from './crdt/rga.ts';
export {
  MAX_INSERT_BYTES,
  MAX_REMOVED_RANGES,
  type RgaInsert,
  type RgaOperation,
  type RgaRemove,
} from './crdt/rga-format.ts';
export type { ElementRef } from './crdt/rga-run.ts';
export type { DagBugCode, DagFailureCode } from './errors.ts';
export {
  answerFrontierRead,
  type CarrierEffect,
  type FrontierHost,
  settleFrontierEffects,
} from './frontier-sync/frontier-host.ts';
export {
  type BaseRef,
  type FrontierAnswer,
  type FrontierEffect,
  type FrontierRead,
  type FrontierSync,
  type FrontierSyncDeps,
  type FrontierSyncOptions,
  MAX_FRONTIER_MESSAGE,
  MAX_WINDOW_BYTES,
  MIN_FRONTIER_MESSAGE,
} from './frontier-sync/frontier-machine.ts';
export { createFrontierSync } from './frontier-sync/frontier-sync.ts';
export { MAX_SNAPSHOT_STATE, type SnapshotContent } from './frontier-sync/snapshot.ts';
export type { Receipt, Refusal, VertexGate } from './replica/admission.ts';
export {
  type Difference,
  type DifferenceOptions,
  type LoggedVertex,
  MAX_FRONTIER,
} from './replica/difference.ts';
export { PARKING_LIMITS, type ParkingLimits } from './replica/parking.ts';
export {
  type CausalRelation,
  openReplica,
  type Replica,
  type ReplicaDeps,
  type ReplicaOptions,
} from './replica/replica.ts';
export { MAX_KEY_PREFIX_BYTES } from './replica/replica-rows.ts';
export {
  compareVertices,
  type DraftVertex,
  decodeVertex,
  draftVertex,
  encodeVertex,
  type HashDep,
  MAX_PARENTS,
  MAX_PAYLOAD_BYTES,
  MAX_PROOF_BYTES,
  MAX_TIME,
  MAX_VERTEX_BYTES,
  type SpaceId,
  spaceIds,
  type Vertex,
  type VertexCore,
  type VertexId,
  vertexIds,
} from './vertex.ts';

import type {
  BlobStoreDep,
  ClockDep,
  LogDep,
  MetricsDep,
  RandomDep,
  SchedulerDep,
  StoreDep,
} from '@pars/base';
import type { Suite } from '@pars/crypto';
import type { MeshHost } from '@pars/mesh';
import type { VaultPlace } from '@pars/vault';
import type { OpenSqlEngine } from '@pars/vault/sql';
import type { CarrierOptions } from './carrier/carrier.ts';
import type { SyncPolicy } from './carrier/sync-policy.ts';
import type { RadioPlan } from './carriers/radio-plan.ts';
import type { MeshServiceDeps, MeshServiceOptions } from './mesh/mesh-services.ts';

/**
 * Everything from outside that the engine uses. It owns none of it: the creator
 * disposes of it. Stores and blobs hold what the node carries for others and its
 * own keys; whatever is personal lies in the vault.
 */
export interface NodeEngineDeps
  extends BlobStoreDep,
    ClockDep,
    LogDep,
    MetricsDep,
    RandomDep,
    SchedulerDep,
    StoreDep {
  readonly suite: Suite;
  readonly mesh: MeshHost;
  readonly vaultPlace: VaultPlace;
  readonly openSqlEngine: OpenSqlEngine;
  /** What the part in the mesh takes; without it the node finds, relays and keeps nothing. */
  readonly meshService?: MeshServiceDeps;
}

/** What the creator of an engine decides. */
export interface NodeEngineOptions {
  /** Version of the software, `major.minor.patch`. */
  readonly version: string;
  /** Minutes without a call after which the vault locks itself; 15 unless given, 0 for never. The same whatever is open. */
  readonly idleLockMinutes?: number;
  /** How much is carried for others and in which network; without it the node carries nothing, and letters travel over links only. */
  readonly carry?: CarrierOptions;
  /** The node's part in the mesh; a desktop that offers no relay unless given. */
  readonly meshService?: MeshServiceOptions;
  /** Modems that this node sends and hears over. */
  readonly radios?: readonly RadioPlan[];
  /** With whom carried parcels are compared; by default the local network. */
  readonly syncPolicy?: SyncPolicy;
}

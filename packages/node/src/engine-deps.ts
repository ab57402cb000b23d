import type {
  BlobStoreDep,
  ClockDep,
  LogDep,
  MetricsDep,
  RandomDep,
  SchedulerDep,
  StoreDep,
} from '@pars/base';
import type { PasswordBox, PasswordProfile, Suite } from '@pars/crypto';
import type { MeshHost } from '@pars/mesh';
import type { CarrierOptions } from './carrier/carrier.ts';
import type { SyncPolicy } from './carrier/sync-policy.ts';

/** Everything from outside that the engine uses. It owns none of it: the creator disposes of it. */
export interface NodeEngineDeps
  extends BlobStoreDep,
    ClockDep,
    LogDep,
    MetricsDep,
    RandomDep,
    SchedulerDep,
    StoreDep {
  readonly suite: Suite;
  readonly passwordBox: PasswordBox;
  readonly mesh: MeshHost;
}

/** What the creator of an engine decides. */
export interface NodeEngineOptions {
  /** Version of the software, `major.minor.patch`. */
  readonly version: string;
  /** Cost of the password hash; `standard` unless the device is a phone or a browser. */
  readonly passwordProfile?: PasswordProfile;
  /** How much is carried for others and in which network; without it the node carries nothing, and letters travel over links only. */
  readonly carry?: CarrierOptions;
  /** With whom carried parcels are compared; by default contacts and the local network. */
  readonly syncPolicy?: SyncPolicy;
}

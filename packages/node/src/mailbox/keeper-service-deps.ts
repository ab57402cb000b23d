import type { Clock, Log, Metrics, Random, Scheduler } from '@pars/base';
import type { Suite } from '@pars/crypto';
import type { KeeperId, MailboxNetwork, MeshHost } from '@pars/mesh';
import type { Carrier } from '../carrier/carrier.ts';
import type { TaskSet } from '../task-set.ts';
import type { KeeperDirectory } from './keeper-directory.ts';

/** What keeping takes. */
export interface KeeperServiceDeps {
  readonly suite: Suite;
  readonly mesh: MeshHost;
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  readonly random: Random;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly tasks: TaskSet;
  /** Where parcels are kept; its network is the same. */
  readonly carrier: Carrier;
  readonly network: MailboxNetwork;
  readonly directory: KeeperDirectory;
  /** Fingerprint of the own node key, 32 bytes. */
  readonly ownId: KeeperId;
}

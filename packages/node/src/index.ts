export {
  type CarriedAmount,
  type Carrier,
  type CarrierOptions,
  createCarrier,
  type StoredParcel,
} from './carrier/carrier.ts';
export { FIRST_NETWORK } from './carrier/first-network.ts';
export type { SyncPolicy } from './carrier/sync-policy.ts';
export { SYNC_PROTOCOL, startSyncService } from './carrier/sync-service.ts';
export type { RadioPlan } from './carriers/radio-plan.ts';
export {
  type RadioService,
  type RadioServiceDeps,
  type RadioServiceOptions,
  type RadioStatus,
  startRadioService,
} from './carriers/radio-service.ts';
export {
  type Discovery,
  type DiscoveryDeps,
  type DiscoveryOptions,
  type DiscoveryRole,
  type DiscoveryStatus,
  linkTargets,
  startDiscovery,
} from './discovery/index.ts';
export type { NodeEngineDeps, NodeEngineOptions } from './engine-deps.ts';
export type { NodeBugCode, NodeFailureCode } from './errors.ts';
export type { NodeEvent } from './event-hub.ts';
export { directoryFromDiscovery } from './mailbox/discovery-directory.ts';
export { FIRST_MAILBOX_NETWORK } from './mailbox/first-mailboxes.ts';
export {
  type KeeperContact,
  type KeeperDirectory,
  keeperIdFromText,
} from './mailbox/keeper-directory.ts';
export { startKeeperService } from './mailbox/keeper-service.ts';
export type { KeeperServiceDeps } from './mailbox/keeper-service-deps.ts';
export {
  type MailboxClient,
  type MailboxClientDeps,
  type MailboxClientOptions,
  type ParcelProgress,
  startMailboxClient,
} from './mailbox/mailbox-client.ts';
export type { MeshServiceDeps, MeshServiceOptions } from './mesh/mesh-services.ts';
export { createNodeEngine, type NodeEngine } from './node-engine.ts';
export {
  GOSSIP_PROTOCOL,
  type GossipService,
  startGossipService,
} from './spreading/gossip-service.ts';
export { createTaskSet, type TaskSet } from './task-set.ts';

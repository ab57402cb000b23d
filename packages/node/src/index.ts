export { FIRST_NETWORK } from './carrier/first-network.ts';
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
export { createNodeEngine, type NodeEngine } from './node-engine.ts';

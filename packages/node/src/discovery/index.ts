export {
  type Discovery,
  type DiscoveryDeps,
  type DiscoveryOptions,
  type DiscoveryRole,
  type DiscoveryStatus,
  linkTargets,
  startDiscovery,
} from './discovery.ts';

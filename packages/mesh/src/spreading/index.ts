export { type GossipClass, gossipClasses } from './gossip-class.ts';
export type {
  AdmissionVerdict,
  GossipDeps,
  GossipEffect,
  GossipOptions,
  GossipPeer,
} from './gossip-effect.ts';
export { createGossip, type Gossip, type GossipStats, maxNeighbours } from './gossip-machine.ts';
export {
  chooseKeepers,
  type KeeperId,
  keeperCounts,
  responsibleKeepers,
  shardPlace,
} from './keeper-choice.ts';
export {
  createKeeperDelivery,
  type DeliveryEffect,
  type DeliveryOptions,
  type DeliveryStart,
  type KeeperDelivery,
  type KeeperDeps,
  keeperName,
} from './keeper-delivery.ts';
export {
  createKeeperFetch,
  type FetchDeps,
  type FetchEffect,
  type FetchOptions,
  type KeeperFetch,
} from './keeper-fetch.ts';
export {
  createKeeperServer,
  type KeeperEffect,
  type KeeperServer,
  type KeeperServerDeps,
} from './keeper-server.ts';
export { createNeighbourConduct, type NeighbourConduct, refusalMs } from './neighbour-conduct.ts';

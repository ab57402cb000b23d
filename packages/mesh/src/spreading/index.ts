export { type GossipClass, gossipClasses } from './gossip-class.ts';
export { maxNeighbours } from './gossip-core.ts';
export type {
  AdmissionVerdict,
  GossipDeps,
  GossipEffect,
  GossipOptions,
  GossipPeer,
} from './gossip-effect.ts';
export { createGossip, type Gossip, type GossipStats } from './gossip-machine.ts';
export { createNeighbourConduct, type NeighbourConduct, refusalMs } from './neighbour-conduct.ts';

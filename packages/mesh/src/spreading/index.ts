export { type GossipClass, gossipClasses } from './gossip-class.ts';
export type {
  AdmissionVerdict,
  GossipDeps,
  GossipEffect,
  GossipOptions,
  GossipPeer,
} from './gossip-effect.ts';
export { createGossip, type Gossip, type GossipStats, maxNeighbours } from './gossip-machine.ts';

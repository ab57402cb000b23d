export * from './bundle/index.ts';
export * from './carriers/index.ts';
export * from './discovery/index.ts';
export { type MeshFailure, type MeshFailureCode, meshErr } from './errors.ts';
export * from './link/index.ts';
export {
  type LinkAddress,
  linkAddressFromText,
  linkAddressToText,
  maxAddressLength,
} from './link-address.ts';
export type { AdoptOptions, LinkAdopter, RouteDialer } from './link-adopter.ts';
export * from './mailbox/index.ts';
export type { LinkChange, LinkPeer, MeshHost, NodeId } from './mesh-host.ts';
export {
  createMessageFrameReader,
  encodeMessageFrame,
  type MessageFrameReader,
} from './message-frame.ts';
export {
  classicalKeyFromNodeId,
  isKeyFingerprint,
  isNodeId,
  type KeyFingerprint,
  keyFingerprint,
  nodeIdFromKey,
} from './node-id.ts';
export { createNodeKeyPins, type NodeKeyPins } from './node-key-pins.ts';
export * from './parcel/index.ts';
export * from './reconciliation/index.ts';
export * from './relay/index.ts';
export { createRouteDialers, type RouteDialers } from './route-dialers.ts';
export * from './rtc/index.ts';
export * from './space-sync/index.ts';
export * from './spreading/index.ts';
export * from './stream-host/index.ts';
export { createStreamOutbox, type StreamOutbox } from './stream-outbox.ts';

export type { LinkPeer, MeshHost, NodeId } from './mesh-host.ts';

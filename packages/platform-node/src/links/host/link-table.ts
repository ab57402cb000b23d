import type { Connection } from '@libp2p/interface';
import { isRelayed, type LinkPeer, type NodeId } from '@pars/mesh';

/** The open links of a host; several with one node count as one. */
export interface LinkTable {
  /** `true` when it is the only one with its node. */
  add(connection: Connection, peer: LinkPeer): boolean;
  /** The peer, when that was the last link with it. */
  remove(connection: Connection): LinkPeer | undefined;
  /** The best open one with this node: a direct one, and of several the oldest. */
  connectionWith(nodeId: NodeId): Connection | undefined;
  peer(nodeId: NodeId): LinkPeer | undefined;
  peers(): readonly LinkPeer[];
  /** All with this node, the oldest first. */
  connectionsOf(nodeId: NodeId): readonly Connection[];
  readonly size: number;
  clear(): void;
}

interface OpenLink {
  readonly connection: Connection;
  readonly peer: LinkPeer;
}

/** A table without links. */
export function createLinkTable(): LinkTable {
  const linksById = new Map<NodeId, readonly OpenLink[]>();
  const linksOf = (nodeId: NodeId): readonly OpenLink[] => linksById.get(nodeId) ?? [];

  return {
    add(connection, peer) {
      const links = linksOf(peer.nodeId);
      linksById.set(peer.nodeId, [...links, { connection, peer }]);
      return links.length === 0;
    },
    remove(connection) {
      const nodeId = connection.remotePeer.toString() as NodeId;
      const links = linksOf(nodeId);
      const left = links.filter((link) => link.connection !== connection);
      if (left.length > 0) linksById.set(nodeId, left);
      else linksById.delete(nodeId);
      return left.length === 0 ? links[0]?.peer : undefined;
    },
    connectionWith: (nodeId) => bestOf(openOf(linksOf(nodeId)))?.connection,
    peer: (nodeId) => shown(linksOf(nodeId)),
    peers: () => [...linksById.values()].map(shown).filter((peer) => peer !== undefined),
    connectionsOf: (nodeId) => linksOf(nodeId).map(({ connection }) => connection),
    get size() {
      return linksById.size;
    },
    clear: () => linksById.clear(),
  };
}

/** One that is closing is shown as long as there is no other. */
function shown(links: readonly OpenLink[]): LinkPeer | undefined {
  return (bestOf(openOf(links)) ?? links[0])?.peer;
}

function openOf(links: readonly OpenLink[]): readonly OpenLink[] {
  return links.filter(({ connection }) => connection.status === 'open');
}

function bestOf(links: readonly OpenLink[]): OpenLink | undefined {
  return links.find(({ peer }) => !isRelayed(peer.address)) ?? links[0];
}

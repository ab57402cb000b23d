import type { Libp2pEvents, MessageStream, MultiaddrConnection, PeerId } from '@libp2p/interface';
import type { Failure, Log, Metrics } from '@pars/base';
import type { LinkClaim, NodeId } from '@pars/mesh';

/** Name of the link protocol: what libp2p shows as a connection's encryption. */
export const linkProtocol = '/pars/link/1';

/** Knows which connections passed the handshake, and counts those that did not. */
export interface LinkGuard {
  /** A handshake proved `claim` on this raw connection, whose frames `stream` carries. */
  admit(raw: MessageStream, stream: MessageStream, claim: LinkClaim): void;
  /** The claim proven below `stream`, or `undefined` when it is no stream of ours. */
  claimOf(stream: MessageStream): LinkClaim | undefined;
  /**
   * Whether a fully upgraded connection must be denied: it is not on a raw
   * connection that was admitted for exactly this peer.
   */
  mustDeny(peerId: PeerId, raw: MultiaddrConnection): boolean;
  /** Whether an open connection came through the handshake with its multiplexer. */
  isProtected(connection: Libp2pEvents['connection:open']['detail']): boolean;
  /** The proven key of a node with an open link. */
  keyOf(nodeId: NodeId): LinkClaim | undefined;
  /** Forgets the key of a node without links. */
  forget(nodeId: NodeId): void;
  /** Logs and counts a refusal; the counter's name is the code. */
  refuse(failure: Failure, direction: string): void;
}

/** A guard without any admitted connection. */
export function createLinkGuard(deps: { readonly log: Log; readonly metrics: Metrics }): LinkGuard {
  const claimByRaw = new WeakMap<object, LinkClaim>();
  const claimByStream = new WeakMap<MessageStream, LinkClaim>();
  const claimById = new Map<NodeId, LinkClaim>();

  const guard: LinkGuard = {
    admit(raw, stream, claim) {
      claimByRaw.set(raw, claim);
      claimByStream.set(stream, claim);
    },
    claimOf: (stream) => claimByStream.get(stream),
    mustDeny(peerId, raw) {
      const claim = claimByRaw.get(raw);
      if (claim !== undefined && claim.nodeId === peerId.toString()) {
        claimById.set(claim.nodeId, claim);
        return false;
      }
      guard.refuse({ code: 'mesh/unprotected-connection' }, raw.direction);
      return true;
    },
    isProtected(connection) {
      const isProtected =
        connection.encryption === linkProtocol &&
        connection.multiplexer === '/yamux/1.0.0' &&
        claimById.has(connection.remotePeer.toString() as NodeId);
      if (!isProtected) {
        guard.refuse({ code: 'mesh/unprotected-connection' }, connection.direction);
      }
      return isProtected;
    },
    keyOf: (nodeId) => claimById.get(nodeId),
    forget(nodeId) {
      claimById.delete(nodeId);
    },
    refuse(failure, direction) {
      deps.log.write('warn', 'mesh/link-refused', { code: failure.code, direction });
      deps.metrics.count(failure.code);
    },
  };
  return guard;
}

import type { Connection, MultiaddrConnection, PeerId } from '@libp2p/interface';
import type { Failure, Log, Metrics } from '@pars/base';
import type { LinkClaim, NodeId } from '@pars/mesh';

/** Knows which connections passed the handshake, and counts those that did not. */
export interface LinkGuard {
  /** A handshake proved `claim` at the other end of this connection. */
  admit(connection: MultiaddrConnection, claim: LinkClaim): void;
  /**
   * Whether an upgraded connection must be denied: it was not admitted for
   * exactly this peer. Used as libp2p's gater on every connection.
   */
  mustDeny(this: void, peerId: PeerId, connection: MultiaddrConnection): boolean;
  /**
   * The proven claim behind a connection that libp2p opened, or `undefined`
   * when it did not come through the link (and was counted).
   */
  claimOf(connection: Connection): LinkClaim | undefined;
  /** Forgets the claim of a node without links. */
  forget(nodeId: NodeId): void;
  /** Logs and counts a refusal; the counter's name is the code. */
  refuse(failure: Failure, direction: string): void;
}

/** A guard without any admitted connection. */
export function createLinkGuard(deps: { readonly log: Log; readonly metrics: Metrics }): LinkGuard {
  const claimByConnection = new WeakMap<MultiaddrConnection, LinkClaim>();
  const claimById = new Map<NodeId, LinkClaim>();

  function refuse(failure: Failure, direction: string): void {
    deps.log.write('warn', 'mesh/link-refused', { code: failure.code, direction });
    deps.metrics.count(failure.code);
  }

  return {
    admit(connection, claim) {
      claimByConnection.set(connection, claim);
    },
    mustDeny(peerId, connection) {
      const claim = claimByConnection.get(connection);
      if (claim !== undefined && claim.nodeId === peerId.toString()) {
        claimById.set(claim.nodeId, claim);
        return false;
      }
      refuse({ code: 'mesh/unprotected-connection' }, connection.direction);
      return true;
    },
    claimOf(connection) {
      const claim = claimById.get(connection.remotePeer.toString() as NodeId);
      // `native` is libp2p's word for encryption that it did not do itself.
      const isLink =
        connection.encryption === 'native' && connection.multiplexer === '/yamux/1.0.0';
      if (claim !== undefined && isLink) return claim;
      refuse({ code: 'mesh/unprotected-connection' }, connection.direction);
      return undefined;
    },
    forget(nodeId) {
      claimById.delete(nodeId);
    },
    refuse,
  };
}

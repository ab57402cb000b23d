import type { Connection, MultiaddrConnection, PeerId } from '@libp2p/interface';
import type { Failure, Log, Metrics } from '@pars/base';
import type { LinkClaim, NodeId, NodeKeyPins } from '@pars/mesh';

/** Knows which connections passed the handshake, and counts those that did not. */
export interface LinkGuard {
  /** A handshake proved `claim` at the other end of this connection. */
  admit(connection: MultiaddrConnection, claim: LinkClaim): void;
  /**
   * Whether libp2p must not put a multiplexer on a connection: it was not
   * admitted for exactly this peer, or it has closed meanwhile (libp2p would
   * not notice, and keep it for ever).
   */
  mustDeny(this: void, peerId: PeerId, connection: MultiaddrConnection): boolean;
  /**
   * The same question just before libp2p opens the connection, and whether the
   * id still has the key that it had; a `false` is followed by the opening.
   */
  mustDenyUpgraded(this: void, peerId: PeerId, connection: MultiaddrConnection): boolean;
  /**
   * The proven claim behind a connection that libp2p opened, or `undefined`
   * when it did not come through the link (and was counted).
   */
  claimOf(connection: Connection): LinkClaim | undefined;
  /** Forgets the claim of a node without links. */
  forget(nodeId: NodeId): void;
  /** Logs and counts a refusal: by its code, and as `mesh/link-refused`. */
  refuse(failure: Failure, direction: string): void;
}

/** A guard without any admitted connection. */
export function createLinkGuard(deps: {
  /** Strangers cause its lines: see `limitLog`. */
  readonly log: Log;
  readonly metrics: Metrics;
  readonly pins: NodeKeyPins;
}): LinkGuard {
  const claimByConnection = new WeakMap<MultiaddrConnection, LinkClaim>();
  const claimById = new Map<NodeId, LinkClaim>();

  function refuse(failure: Failure, direction: string): void {
    deps.log.write('warn', 'mesh/link-refused', { code: failure.code, direction });
    deps.metrics.count(failure.code);
    deps.metrics.count('mesh/link-refused');
  }

  function admittedClaim(peerId: PeerId, connection: MultiaddrConnection): LinkClaim | undefined {
    const claim = claimByConnection.get(connection);
    if (claim !== undefined && claim.nodeId === peerId.toString()) {
      return connection.status === 'open' ? claim : undefined;
    }
    refuse({ code: 'mesh/unprotected-connection' }, connection.direction);
    return undefined;
  }

  return {
    admit(connection, claim) {
      claimByConnection.set(connection, claim);
    },
    mustDeny: (peerId, connection) => admittedClaim(peerId, connection) === undefined,
    mustDenyUpgraded(peerId, connection) {
      const claim = admittedClaim(peerId, connection);
      if (claim === undefined) return true;
      // Asked again: two handshakes of one id may have run side by side.
      const known = deps.pins.check(claim.nodeId, claim.fingerprint);
      if (!known.ok) {
        refuse(known.error, connection.direction);
        return true;
      }
      deps.pins.remember(claim.nodeId, claim.fingerprint);
      claimById.set(claim.nodeId, claim);
      return false;
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

import type { Branded, ByteStream, Failure, Result } from '@pars/base';
import type { SigningPublicKeyBytes } from '@pars/crypto';

/** A node's transport id, as text (a libp2p peer id). Never a person's identity. */
export type NodeId = Branded<string, 'NodeId'>;

/** A node at the other end of a proven link (PIP-1000). */
export interface LinkPeer {
  readonly nodeId: NodeId;
  /** Its hybrid node key, proven by the handshake: 2,624 bytes. */
  readonly nodeKey: SigningPublicKeyBytes;
  readonly address: string;
  readonly direction: 'inbound' | 'outbound';
  /** Wall-clock milliseconds when the link came up. */
  readonly sinceMs: number;
}

/** A link that came up or went down; two links with one node count as one. */
export interface LinkChange {
  readonly type: 'up' | 'down';
  readonly peer: LinkPeer;
}

/**
 * The port through which protocols meet other nodes. Every stream runs inside
 * a link of PIP-1000; there is no way to get one that does not.
 */
export interface MeshHost extends AsyncDisposable {
  readonly nodeId: NodeId;
  /**
   * Addresses under which this node can be dialled now, each as
   * `route/p2p/nodeId#fingerprint`. The fingerprint commits to the whole hybrid
   * key: pass addresses on with it.
   */
  addresses(): readonly string[];
  /**
   * Opens a link (or returns the one that is open) to
   * `route[/p2p/nodeId][#fingerprint]`; what is given must match. Codes: `mesh/…`.
   */
  dial(address: string, signal?: AbortSignal): Promise<Result<LinkPeer, Failure>>;
  peers(): readonly LinkPeer[];
  /**
   * Calls `listener` for each change of `peers()`, right after it, until the
   * returned function is called. It must not throw.
   */
  onLink(listener: (change: LinkChange) => void): () => void;
  /** Ends every link with this node at once; its streams are aborted. Nothing to do when there is none. */
  drop(nodeId: NodeId): void;
  /** Opens a stream for `protocol` (`/pars/…/1`) on an open link. */
  openStream(
    nodeId: NodeId,
    protocol: string,
    signal?: AbortSignal,
  ): Promise<Result<ByteStream, Failure>>;
  /**
   * Accepts streams for `protocol`. One handler a protocol (a second throws);
   * bounded concurrent streams a peer. The stream is disposed when the
   * handler's promise settles, and aborted when it rejects.
   */
  handle(protocol: string, handler: (stream: ByteStream, peer: LinkPeer) => Promise<void>): void;
}

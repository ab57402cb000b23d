import type { Branded, ByteStream, Failure, Result } from '@pars/base';
import type { SigningPublicKeyBytes } from '@pars/crypto';
import type { KeyFingerprint } from './node-id.ts';

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

/** Who must be at the other end; what is given must match. */
export interface LinkExpectation {
  readonly nodeId?: NodeId | undefined;
  readonly fingerprint?: KeyFingerprint | undefined;
}

/** What a host must know about a byte stream that it did not open itself. */
export interface AdoptOptions {
  /** `outbound` runs the initiator of the handshake, `inbound` the responder: the two ends must differ. */
  readonly direction: 'inbound' | 'outbound';
  /**
   * The route that the stream took, as in {@link LinkPeer}.address: a multiaddr
   * that says what carries it, e.g. `/webrtc`, `/ip4/192.0.2.1/udp/4001/webrtc`
   * or `/ip4/192.0.2.1/tcp/4001/p2p/relayId/p2p-circuit`. Its first part is the
   * source that an inbound stream counts under (PIP-1000 §5).
   */
  readonly address: string;
  /** Whom the handshake must prove, on an outbound stream. */
  readonly expected?: LinkExpectation;
  /** Ends the handshake; a link that is up stays. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Makes links out of byte streams that come from elsewhere: a relay, a data
 * channel, a serial line.
 */
export interface LinkAdopter {
  /**
   * Runs the handshake of PIP-1000 over `stream` and makes it a link like any
   * other: the same bounds, expectations, pins and refusals. The host owns the
   * stream from the call on and disposes or aborts it in every case. It is
   * reliable and ordered, and its `write` waits while the other side is slow.
   * Codes: `mesh/…`, those of `dial`.
   */
  adopt(stream: ByteStream, options: AdoptOptions): Promise<Result<LinkPeer, Failure>>;
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

import type { ByteStream, Failure, Result } from '@pars/base';
import type { LinkExpectation } from './link/link-initiator.ts';
import type { LinkAddress } from './link-address.ts';
import type { LinkPeer } from './mesh-host.ts';

/** What a host must know about a byte stream that it did not open itself. */
export interface AdoptOptions {
  /** `outbound` runs the initiator of the handshake, `inbound` the responder: the two ends must differ. */
  readonly direction: 'inbound' | 'outbound';
  /**
   * The route that the stream took, a multiaddr that says what carries it:
   * `/webrtc`, `/ip4/192.0.2.1/udp/4001/webrtc` where the far end of a data
   * channel is known, `/ip4/192.0.2.1/tcp/4001/p2p/relayId/p2p-circuit`.
   * What stands before its third `/` is the source that an inbound stream counts
   * under (PIP-1000 §5).
   */
  readonly address: string;
  /** Whom the handshake must prove, whoever begins it; anybody when absent. */
  readonly expected?: LinkExpectation;
  /** Ends the handshake; a link that is up stays. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Makes links out of byte streams that come from elsewhere: through a relay, a
 * data channel, a serial line. A part of every `MeshHost` that meets strangers.
 */
export interface LinkAdopter {
  /**
   * Runs the handshake of PIP-1000 over `stream` and makes it a link like any
   * other: the same bounds, expectations, pins and refusals. The host owns the
   * stream from the call on, and disposes or aborts it in every case. The stream
   * is reliable and ordered, and its `write` waits while the other side is slow.
   * Codes: `mesh/…`, those of `dial`.
   */
  adopt(stream: ByteStream, options: AdoptOptions): Promise<Result<LinkPeer, Failure>>;
  /**
   * Lets `dial` and `addresses` of the host use a way that it does not have
   * itself, until the returned function is called.
   */
  addRoutes(dialer: RouteDialer): () => void;
}

/** Reaches nodes over something else than the host's own transports, and adopts the streams. */
export interface RouteDialer {
  /** Whether it dials this route, as in `LinkAddress.route`. The first dialer that does is asked. Total. */
  dials(route: string): boolean;
  /** Links with the node behind the address, by `adopt`. Codes: `mesh/…`, those of `MeshHost.dial`. */
  dial(address: LinkAddress, signal?: AbortSignal): Promise<Result<LinkPeer, Failure>>;
  /** Routes under which others can dial this node now. */
  routes(): readonly string[];
}

import type { ByteStream } from '@pars/base';

/** A server that helps to find a way, which somebody gave by hand: it learns who meets whom, by address. */
export interface IceServer {
  /** `stun:host:port`, `turn:host:port` or `turns:host:port`. */
  readonly url: string;
  readonly username?: string;
  readonly credential?: string;
}

/** The WebRTC of a platform. */
export interface RtcEngine {
  /**
   * A connection with one data channel: negotiated beforehand as id 0, ordered,
   * reliable. Rejects with `mesh/rtc-unavailable` where the platform has none.
   */
  connect(options: { readonly iceServers: readonly IceServer[] }): Promise<RtcConnection>;
}

/**
 * One end of one connection. Descriptions are SDP with all candidates in them.
 * Failures reject; `mesh/rtc-failed` when nothing better is known.
 */
export interface RtcConnection {
  createOffer(): Promise<string>;
  createAnswer(offer: string): Promise<string>;
  acceptAnswer(answer: string): Promise<void>;
  /**
   * Resolves when the channel is open, with a stream whose closing closes the
   * connection. Rejects when the connection is closed before.
   */
  opened(): Promise<ByteStream>;
  /** Ends it. Has no effect on one whose stream was handed out. */
  close(): void;
}

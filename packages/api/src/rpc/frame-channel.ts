/**
 * One connection, as whole frames of UTF-8 JSON (PIP-4000 §3). A carrier (unix
 * socket, WebSocket, message port) implements it; dispatcher and client use it.
 */
export interface FrameChannel {
  /**
   * Incoming frames; ends when the connection ended, for whatever reason. Read
   * by one reader, which gives back-pressure. A carrier that meets a frame above
   * the limit yields the first `limit + 1` bytes of it as its last frame.
   */
  readonly source: AsyncIterable<Uint8Array>;
  /** Resolves when the carrier took the frame; order is kept. Rejects after the end. */
  send(frame: Uint8Array): Promise<void>;
  /** Ends the connection after what was sent. Never rejects. */
  close(): Promise<void>;
}

/** A reliable, ordered stream of bytes between two nodes, with back-pressure. */
export interface ByteStream extends AsyncDisposable {
  /** Incoming chunks; ends when the other side closed its sending half. Read by one reader only. */
  readonly source: AsyncIterable<Uint8Array>;
  /** Resolves when the bytes were taken by the transport. Rejects after close. */
  write(bytes: Uint8Array, signal?: AbortSignal): Promise<void>;
  /** Ends the sending half; the other side's `source` ends after what was written. */
  closeWrite(): Promise<void>;
  /** Drops the stream at once; the other side sees an error or the end. */
  abort(): void;
}

/** Opens and accepts byte streams. Addresses are opaque strings of the transport. */
export interface StreamTransport extends AsyncDisposable {
  dial(address: string, signal?: AbortSignal): Promise<ByteStream>;
  /** Starts accepting; returns the addresses under which it can be dialled. */
  listen(address: string, accept: (stream: ByteStream) => void): Promise<readonly string[]>;
}

/** Unreliable, unordered datagrams. */
export interface DatagramTransport extends AsyncDisposable {
  /** Largest datagram in bytes. */
  readonly maxBytes: number;
  send(address: string, bytes: Uint8Array): Promise<void>;
  readonly source: AsyncIterable<{ readonly from: string; readonly bytes: Uint8Array }>;
}

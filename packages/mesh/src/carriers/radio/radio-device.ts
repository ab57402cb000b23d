/** A modem that takes and gives frames of at most 230 bytes, whole or not at all. */
export interface RadioDevice extends AsyncDisposable {
  /** What was heard; ends when the device is gone. Read by one reader only. */
  readonly frames: AsyncIterable<Uint8Array>;
  /** Resolves when the modem has taken the frame, long before it is on the air. Rejects when the device is gone. */
  send(frame: Uint8Array, signal?: AbortSignal): Promise<void>;
}

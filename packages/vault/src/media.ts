/**
 * A random-access file of fixed size that this process alone has open. The
 * vault reads and writes whole regions at offsets that do not depend on data.
 */
export interface Media {
  readonly sizeBytes: number;
  /**
   * The bytes from `offset` on, in a fresh array; or in `into`, an array of
   * `length` bytes that the caller lends until the call has ended. Beyond the end
   * is a bug and rejects, as every failure does.
   */
  read(offset: number, length: number, into?: Uint8Array): Promise<Uint8Array>;
  /**
   * Overwrites in place. Until the next `flush` resolves, a crash may leave any
   * part of it written and any other part not.
   */
  write(offset: number, bytes: Uint8Array): Promise<void>;
  /** When it resolves, all earlier writes survive a crash, and no later write is applied before them. */
  flush(): Promise<void>;
}

/** What a module that keeps a container asks for. */
export interface MediaDep {
  readonly media: Media;
}

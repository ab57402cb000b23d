/** One write of a batch: put a value, or delete the key when `value` is absent. */
export interface StoreWrite {
  /** 1 to 1,024 bytes. */
  readonly key: Uint8Array;
  /** 0 to 16 MiB; `undefined` deletes the key. */
  readonly value?: Uint8Array | undefined;
}

/** Which keys to list. Keys are ordered as unsigned bytes. */
export interface StoreRange {
  /** First key, inclusive. */
  readonly from?: Uint8Array;
  /** End, exclusive. */
  readonly to?: Uint8Array;
  readonly reverse?: boolean;
  /** At most this many entries. */
  readonly limit?: number;
}

/** A key and its value. */
export interface StoreEntry {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}

/**
 * An ordered key-value store with atomic, durable batches. What the disk
 * refuses is thrown as `base/storage-failed`.
 */
export interface Store {
  get(key: Uint8Array, signal?: AbortSignal): Promise<Uint8Array | undefined>;
  /** Entries of the range as of the call, in key order. */
  list(range: StoreRange, signal?: AbortSignal): AsyncIterable<StoreEntry>;
  /**
   * Applies all writes or none, in order. When it resolves they survive a
   * crash; when the process dies earlier, all or none are there afterwards.
   */
  write(batch: readonly StoreWrite[], signal?: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

/** What a module that stores asks for. */
export interface StoreDep {
  readonly store: Store;
}

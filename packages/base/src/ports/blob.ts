/**
 * Named byte strings that are replaced whole (sealed files, keys). What the
 * disk refuses is thrown as `base/storage-failed`.
 */
export interface BlobStore {
  /** The content, or `undefined` when there is none. */
  read(name: string, signal?: AbortSignal): Promise<Uint8Array | undefined>;
  /** Replaces the content atomically and durably: a crash leaves old or new, never a mixture. */
  replace(name: string, content: Uint8Array, signal?: AbortSignal): Promise<void>;
  /** Deletes it if it is there. */
  remove(name: string, signal?: AbortSignal): Promise<void>;
}

/** What a module that keeps named blobs asks for. Names match `[a-z0-9][a-z0-9.-]{0,63}`. */
export interface BlobStoreDep {
  readonly blobs: BlobStore;
}

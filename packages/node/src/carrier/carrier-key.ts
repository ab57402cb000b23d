import { type BlobStore, type Random, type Redacted, redact } from '@pars/base';

/** The local key of the carried parcels. `isNew`: what lies in the store was written under another one. */
export interface CarrierKey {
  readonly key: Redacted<Uint8Array>;
  readonly isNew: boolean;
}

/**
 * The key of the rows of carried parcels (PIP-1002 §10): made once and kept in
 * clear beside the key of the node, because a node carries for others while
 * its person is locked. It protects other people's parcels, which are sealed
 * anyway, and nothing of the person. A damaged one is replaced.
 */
export async function loadOrCreateCarrierKey(deps: {
  readonly blobs: BlobStore;
  readonly random: Random;
}): Promise<CarrierKey> {
  const kept = await deps.blobs.read(BLOB_NAME);
  if (kept?.length === KEY_BYTES) return { key: redact(kept), isNew: false };
  const key = deps.random.bytes(KEY_BYTES);
  // Durable before the first row: rows under a lost key are lost.
  await deps.blobs.replace(BLOB_NAME, key);
  return { key: redact(key), isNew: true };
}

const BLOB_NAME = 'carrier-key';
const KEY_BYTES = 32;

import { type BlobStore, err, expose, type Failure, ok, type Result, redact } from '@pars/base';
import { SIGNING_SEED_LENGTH, type SigningSeed, type Suite } from '@pars/crypto';
import type { DaemonErrorCode } from './errors.ts';

const BLOB_NAME = 'node-seed';

/**
 * The seed of this node's transport key: made once, kept in the data folder
 * (mode 0600) in clear, because the node must link before anybody unlocks it.
 * It names a node, never a person. Fails with `parsd/bad-node-seed`.
 */
export async function loadOrCreateNodeSeed(
  blobs: BlobStore,
  suite: Suite,
): Promise<Result<SigningSeed, Failure<DaemonErrorCode>>> {
  const kept = await blobs.read(BLOB_NAME);
  if (kept !== undefined) {
    return kept.length === SIGNING_SEED_LENGTH ? ok(redact(kept)) : err('parsd/bad-node-seed');
  }
  const seed = suite.signature.generateSeed();
  // Durable before the first use: a node must not greet anybody under a key that it forgets.
  await blobs.replace(BLOB_NAME, expose(seed));
  return ok(seed);
}

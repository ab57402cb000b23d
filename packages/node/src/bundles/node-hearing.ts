import { type Failure, ok, type Result } from '@pars/base';
import type { PeerRecord } from '@pars/mesh';

/** Takes what a node says of itself (PIP-1005 §10). Codes: those of `readNodeRecord`. */
export type HearRecord = (bytes: Uint8Array) => Promise<Result<void, Failure>>;

/**
 * What one bundle tells of nodes: the first {@link MAX_RECORDS} records are
 * read, since each costs a signature; the others have no place here, as all
 * have not on a node without a part in the mesh.
 */
export function createNodeHearing(
  hear: HearRecord | undefined,
): (record: PeerRecord) => Promise<Result<'stored' | 'unplaced', Failure>> {
  let left = hear === undefined ? 0 : MAX_RECORDS;
  return async ({ bytes }) => {
    if (hear === undefined || left === 0) return ok('unplaced');
    left -= 1;
    const heard = await hear(bytes);
    return heard.ok ? ok('stored') : heard;
  };
}

const MAX_RECORDS = 64;

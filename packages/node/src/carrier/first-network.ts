import type { ParcelNetwork } from '@pars/mesh';

/**
 * The values of the first network (PIP-1002 §7), until its genesis sets them.
 * Shards have no bits: nobody keeps parcels by shard yet, so each bit would
 * narrow down recipients for nothing.
 */
export const FIRST_NETWORK: ParcelNetwork = { shardBits: 0, puzzleBits: 16, leastLevel: 0 };

import { statfs } from 'node:fs/promises';
import type { NodeEngineOptions } from '@pars/node';
import { FIRST_NETWORK } from '@pars/node';

/** The least room for parcels, in bytes: one neighbour's share holds the largest parcel (PIP-1002 §9). */
export const LEAST_CARRY_BYTES: number = 2_097_152;

/**
 * How much this node carries: what was asked for, else a tenth of what is
 * free on the disk of `folder` and at most 10 GB, so that a small disk is not
 * filled by the mail of others.
 */
export async function carryOptions(
  folder: string,
  asked: number | undefined,
): Promise<NonNullable<NodeEngineOptions['carry']>> {
  const capacityBytes = asked ?? Math.max(LEAST_CARRY_BYTES, await tenthOfFree(folder));
  // About 64 bytes of memory for each (PIP-1002): a million small ones at most.
  const maxParcels = Math.min(MOST_PARCELS, Math.floor(capacityBytes / SMALLEST_PARCEL));
  return { network: FIRST_NETWORK, capacityBytes, maxParcels };
}

async function tenthOfFree(folder: string): Promise<number> {
  try {
    const { bavail, bsize } = await statfs(folder);
    return Math.min(DEFAULT_BYTES, Math.floor((bavail * bsize) / 10));
  } catch {
    return LEAST_CARRY_BYTES;
  }
}

const DEFAULT_BYTES = 10_000_000_000;
const SMALLEST_PARCEL = 1_024;
const MOST_PARCELS = 1_000_000;

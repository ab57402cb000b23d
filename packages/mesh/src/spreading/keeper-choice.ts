import { compareBytes, uint32ToBytes, utf8ToBytes } from '@pars/base';
import type { SymmetricPrimitives } from '@pars/crypto';
import type { ParcelPriority } from '../parcel/index.ts';

/** A node that may keep parcels: by 32 bytes that name it, the fingerprint of its node key (PIP-1000 §1). */
export type KeeperId = Uint8Array;

/** How many keepers a parcel is brought to, by priority (PIP-1008 §10). */
export const keeperCounts: Readonly<Record<ParcelPriority, number>> = {
  normal: 3,
  high: 5,
  emergency: 7,
};

/** Nodes that may be asked in the place of those that do not answer: the nearest 10 are responsible. */
export const responsibleKeepers = 10;

const shardLabel = utf8ToBytes('pars/1 shard place');

/** Where a shard lies on a day: SHA3-256(label ‖ shard [4] ‖ day [4]); 32 bytes. */
export function shardPlace(symmetric: SymmetricPrimitives, shard: number, day: number): Uint8Array {
  return symmetric.sha3(shardLabel, uint32ToBytes(shard), uint32ToBytes(day));
}

/**
 * The `count` of the known nodes that are nearest to the place, the nearest
 * first: by the exclusive or of both, as a number of 256 bits. Each node counts
 * once. The same for everybody who knows the same nodes (PIP-1008 §10).
 */
export function chooseKeepers(
  place: Uint8Array,
  known: readonly KeeperId[],
  count: number,
): readonly KeeperId[] {
  const distances = known.map((id) => ({
    id,
    distance: id.map((byte, at) => byte ^ (place[at] ?? 0)),
  }));
  distances.sort((one, other) => compareBytes(one.distance, other.distance));
  const chosen: KeeperId[] = [];
  let last: Uint8Array | undefined;
  for (const { id, distance } of distances) {
    if (chosen.length >= count) break;
    if (last !== undefined && compareBytes(last, distance) === 0) continue;
    chosen.push(id);
    last = distance;
  }
  return chosen;
}

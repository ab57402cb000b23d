import { compareBytes, uint32ToBytes, utf8ToBytes } from '@pars/base';
import type { SymmetricPrimitives } from '@pars/crypto';
import { type ParcelId, parcelIds } from '../parcel/index.ts';

/** A node that may keep parcels: by 32 bytes that name it, the fingerprint of its node key (PIP-1000 §1). */
export type KeeperId = Uint8Array;

const shardLabel = utf8ToBytes('pars/1 shard place');
const mailboxLabel = utf8ToBytes('pars/1 parcel shard');

/** Where a shard lies on a day: SHA3-256(label ‖ shard [4] ‖ day [4]); 32 bytes (PIP-1006 §3). */
export function shardPlace(symmetric: SymmetricPrimitives, shard: number, day: number): Uint8Array {
  return symmetric.sha3(shardLabel, uint32ToBytes(shard), uint32ToBytes(day));
}

/**
 * The shard of a mailbox on the day on which its parcels expire: the first
 * `shardBits` bits of a number of 32 (PIP-1006 §3). `mailboxKey` has 32 bytes and
 * is the fingerprint of the recipient's node, so that a locked node knows it and
 * all profiles of a device have the same one.
 */
export function mailboxShard(
  symmetric: SymmetricPrimitives,
  mailboxKey: Uint8Array,
  day: number,
  shardBits: number,
): number {
  if (shardBits === 0) return 0;
  const bytes = symmetric.hkdf(mailboxKey, uint32ToBytes(day), mailboxLabel, 4);
  const whole = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0);
  const shift = 32 - shardBits;
  return ((whole >>> shift) << shift) >>> 0;
}

/**
 * The `count` of the known nodes that are nearest to the place, the nearest
 * first: by the exclusive or of both, as a number of 256 bits. Each node counts
 * once. The same for everybody who knows the same nodes (PIP-1006 §3).
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

/** A keeper's name in effects: its 32 bytes as base32, the text of a key fingerprint. */
export function keeperName(keeper: KeeperId): string {
  return parcelIds.toText(keeper as ParcelId);
}

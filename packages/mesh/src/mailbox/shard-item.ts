import {
  bucketFromParcelLength,
  type Parcel,
  type ParcelId,
  parcelSizes,
} from '../parcel/index.ts';

/**
 * How a parcel is named in its shard and day, as a number of 64 bits: 40 bits of
 * its tag, 21 of its id, 3 of its bucket (PIP-1006 §6). Whoever knows the tag
 * recognises it; copies under one tag have different names.
 */
export type ShardItem = bigint;

/** What of a tag an item shows: its first 5 bytes as a number. */
export type TagPrint = number;

/** Bytes of a tag that an item shows. */
const printLength = 5;

/** The item of a parcel; `tag` and `id` have 32 bytes, `bucket` is 0 to 5. */
export function shardItemOf(tag: Uint8Array, id: ParcelId, bucket: number): ShardItem {
  const idBits = (((id[0] ?? 0) << 16) | ((id[1] ?? 0) << 8) | (id[2] ?? 0)) >>> 3;
  return (BigInt(tagPrintOf(tag)) << 24n) | BigInt((idBits << 3) | bucket);
}

/** The item of a parcel that was read. */
export function shardItemOfParcel({ bytes, header, id }: Parcel): ShardItem {
  return shardItemOf(header.tag, id, bucketFromParcelLength(bytes.length) ?? 0);
}

/** The first 40 bits of a tag. */
export function tagPrintOf(tag: Uint8Array): TagPrint {
  let print = 0;
  for (let at = 0; at < printLength; at += 1) print = 256 * print + (tag[at] ?? 0);
  return print;
}

/** The 40 bits of the tag that the item shows. */
export function tagPrintOfItem(item: ShardItem): TagPrint {
  return Number(item >> 24n);
}

/** Bytes of the parcel that the item names; `undefined` for a bucket that there is not. */
export function sizeOfItem(item: ShardItem): number | undefined {
  return parcelSizes[Number(item & 7n)];
}

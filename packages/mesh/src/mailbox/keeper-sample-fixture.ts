import type { KeeperMessage } from './keeper-message.ts';

const bytes = (length: number, fill: number) => new Uint8Array(length).fill(fill);
const shardDay = { shard: 0x5a00_0000, day: 20_454 };

/** One message between a node and a keeper of every type. */
export const sampleKeeper: readonly KeeperMessage[] = [
  { type: 'store', challenge: bytes(32, 1), parcel: bytes(1_024, 2) },
  { type: 'stored', receipt: bytes(71, 3) },
  { type: 'refused', reason: 2, challenge: bytes(32, 4) },
  {
    type: 'visit',
    shardDay,
    listing: 'sketch',
    from: 0x0506_0708_090a_0b0cn,
    pieces: [
      { item: 0x0102_0304_0506_0708n, place: 0 },
      { item: 0xffff_ffff_ffff_ffffn, place: 63 },
    ],
  },
  {
    type: 'visited',
    count: 5,
    listed: 2,
    listing: bytes(32, 6),
    pieces: [bytes(16, 7), undefined, bytes(16, 8)],
    pieceLength: 16,
  },
  { type: 'offer', shardDay, items: [1n, 2n] },
  {
    type: 'lacking',
    isLacking: [true, false, false, true, false, false, false, false, true],
  },
  { type: 'prove', shardDay, challenge: bytes(32, 9), items: [3n] },
  { type: 'proofs', proofs: [bytes(32, 10), bytes(32, 0)] },
];

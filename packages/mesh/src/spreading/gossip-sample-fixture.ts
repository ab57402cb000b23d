import type { GossipMessage } from './gossip-message.ts';

const bytes = (length: number, fill: number) => new Uint8Array(length).fill(fill);

/** One message of gossip of every type. */
export const sampleGossip: readonly GossipMessage[] = [
  { type: 'hello', salt: bytes(16, 1) },
  { type: 'parcel', gossipClass: 'emergency', parcel: bytes(1_024, 2) },
  { type: 'part', gossipClass: 'ledger', bucket: 4, offset: 64_512, bytes: bytes(1_024, 3) },
  { type: 'have', gossipClass: 'island', shorts: [1, 2 ** 48 - 1] },
  { type: 'pull', shorts: [0x0102_0304_0506] },
  { type: 'gone', shorts: [7] },
  { type: 'graft' },
  { type: 'prune' },
];

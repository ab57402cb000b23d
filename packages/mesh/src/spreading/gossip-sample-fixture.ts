import type { GossipMessage } from './gossip-message.ts';
import type { KeeperMessage } from './keeper-message.ts';

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

/** One message between a node and a keeper of every type. */
export const sampleKeeper: readonly KeeperMessage[] = [
  { type: 'store', challenge: bytes(32, 1), parcel: bytes(1_024, 2) },
  { type: 'stored', receipt: bytes(71, 3) },
  { type: 'refused', reason: 2, challenge: bytes(32, 4) },
  { type: 'ask', question: 5, tags: [bytes(32, 6), bytes(32, 7)] },
  { type: 'found', question: 5, left: 1, parcel: bytes(1_024, 8) },
  { type: 'end', question: 5 },
];

import type { SyncMessage } from './sync-message.ts';

const salt = (fill: number) => new Uint8Array(16).fill(fill);
const range = { from: 1n, to: 2n ** 64n - 1n };

/** One message of every type. */
export const sampleMessages: readonly SyncMessage[] = [
  { type: 'open', askerSalt: salt(1), knownSalt: salt(0) },
  {
    type: 'summary',
    answererSalt: salt(2),
    days: [
      { day: 20_454, count: 3, sum: 0x0123_4567_89ab_cdefn },
      { day: 20_455, count: 4_194_304, sum: 0n },
    ],
  },
  { type: 'resumed' },
  { type: 'ask-symbols', day: 20_454, from: 8, count: 300, perMessage: 255 },
  { type: 'symbols', day: 20_454, from: 8, symbols: new Uint8Array(32).fill(3) },
  { type: 'ask-ranges', day: 20_454, ranges: [range, { from: 0n, to: 0n }] },
  { type: 'ranges', day: 20_454, ranges: [{ ...range, count: 7, sum: 9n }] },
  { type: 'ask-items', day: 20_454, range },
  { type: 'items', day: 20_454, range, shorts: [5n, 2n ** 63n] },
  { type: 'offer', day: 20_454, start: 500, shorts: [1n, 2n] },
  { type: 'take', next: 502 },
  { type: 'want', day: 20_454, partLength: 4_082, offset: 512, shorts: [1n, 2n, 3n] },
  { type: 'part', short: 1n, bucket: 1, offset: 4_000, bytes: new Uint8Array(96).fill(7) },
  { type: 'gone', short: 3n },
  { type: 'done' },
];

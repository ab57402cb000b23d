import { bucketFromParcelLength } from '../parcel/index.ts';
import { enqueue, flood, type GossipCore, send } from './gossip-core.ts';
import {
  encodeGossipMessage,
  maxWholeLength,
  partLength,
  shortAt,
  shortCountOf,
} from './gossip-message.ts';
import { maxQueuedBytes, type Neighbour } from './gossip-neighbour.ts';
import { gossipShortId } from './gossip-short-id.ts';
import { addSlot, type GossipEntry } from './gossip-window.ts';
import { spendBudget } from './neighbour-budgets.ts';

/** Told parcels that a neighbour may pull, at least. */
const maxTold = 4_096;
/** Reads under way. */
const maxReads = 256;

/** A neighbour asks for what it was told of. */
export function onPull(
  core: GossipCore,
  neighbour: Neighbour,
  message: Uint8Array,
  nowMs: number,
): void {
  const count = shortCountOf(message);
  if (!spendBudget(core.budgets, neighbour.slot, 'pulls', count, nowMs)) {
    return flood(core, neighbour, 'pull', nowMs);
  }
  const gone: number[] = [];
  for (let index = 0; index < count; index += 1) {
    const short = shortAt(message, index);
    const entry = findTold(neighbour, short);
    if (entry?.phase !== 'held') gone.push(short);
    else if (entry.bytes !== undefined) serve(core, neighbour, entry, entry.bytes, nowMs);
    else readFor(core, neighbour, entry);
  }
  if (gone.length > 0) send(core, neighbour, encodeGossipMessage({ type: 'gone', shorts: gone }));
}

function readFor(core: GossipCore, neighbour: Neighbour, entry: GossipEntry): void {
  if (entry.id === undefined) return;
  for (const read of core.reads.values()) {
    if (read.entry !== entry) continue;
    if (!read.slots.includes(neighbour.slot)) read.slots.push(neighbour.slot);
    return;
  }
  if (core.reads.size >= maxReads) return sayGone(core, neighbour, entry);
  core.lastTicket += 1;
  core.reads.set(core.lastTicket, { entry, slots: [neighbour.slot] });
  core.effects.push({ kind: 'read', ticket: core.lastTicket, id: entry.id });
}

/** Says that a parcel cannot be had now. */
export function sayGone(core: GossipCore, neighbour: Neighbour, entry: GossipEntry): void {
  if (neighbour.salt === undefined || entry.id === undefined) return;
  const short = gossipShortId(entry.id, neighbour.salt);
  send(core, neighbour, encodeGossipMessage({ type: 'gone', shorts: [short] }));
}

/** Answers a pull, whole or in parts. */
export function serve(
  core: GossipCore,
  neighbour: Neighbour,
  entry: GossipEntry,
  parcel: Uint8Array,
  nowMs: number,
): void {
  const { gossipClass } = entry;
  const bucket = bucketFromParcelLength(parcel.length);
  const hasRoom = neighbour.queuedBytes + parcel.length <= maxQueuedBytes;
  if (
    bucket === undefined ||
    !hasRoom ||
    !spendBudget(core.budgets, neighbour.slot, 'serving', parcel.length, nowMs)
  ) {
    return sayGone(core, neighbour, entry);
  }
  if (parcel.length <= maxWholeLength) {
    enqueue(core, neighbour, entry, encodeGossipMessage({ type: 'parcel', gossipClass, parcel }));
  } else {
    for (let offset = 0; offset < parcel.length; offset += partLength) {
      const bytes = parcel.subarray(offset, offset + partLength);
      const part = encodeGossipMessage({ type: 'part', gossipClass, bucket, offset, bytes });
      enqueue(core, neighbour, entry, part);
    }
  }
  addSlot(entry, neighbour.slot);
}

/** Remembers under which name a neighbour will pull an entry. */
export function noteTold(neighbour: Neighbour, short: number, entry: GossipEntry): void {
  const { toldShorts, toldEntries } = neighbour;
  if (toldShorts.length >= 2 * maxTold) {
    toldShorts.splice(0, maxTold);
    toldEntries.splice(0, maxTold);
  }
  toldShorts.push(short);
  toldEntries.push(entry);
}

/** What the neighbour means by a short id that it was told. */
function findTold(neighbour: Neighbour, short: number): GossipEntry | undefined {
  const { toldShorts, toldEntries } = neighbour;
  const place = toldShorts.lastIndexOf(short);
  return place === -1 ? undefined : toldEntries[place];
}

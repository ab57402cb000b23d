import { parcelHeaderLength, parcelIdFromHeader, parcelSizes } from '../parcel/index.ts';
import type { GossipClass } from './gossip-class.ts';
import {
  dropKept,
  dropPartial,
  flood,
  type GossipCore,
  keep,
  maxHeldBytes,
  never,
  refuse,
  report,
  send,
  spreads,
} from './gossip-core.ts';
import { encodeGossipMessage, type GossipMessage } from './gossip-message.ts';
import { answerTimeoutMs, feederScore, maxScore, type Neighbour } from './gossip-neighbour.ts';
import { answered } from './gossip-pulling.ts';
import { gossipShortId } from './gossip-short-id.ts';
import { getNamed } from './gossip-short-table.ts';
import { addSlot, type GossipEntry, hasSlot, removeSlot } from './gossip-window.ts';
import { spendBudget } from './neighbour-budgets.ts';

/** A whole parcel, pushed or pulled. */
export function onParcel(
  core: GossipCore,
  neighbour: Neighbour,
  gossipClass: GossipClass,
  parcel: Uint8Array,
  nowMs: number,
): void {
  const id = parcelIdFromHeader(core.symmetric, parcel.subarray(0, parcelHeaderLength));
  const short = gossipShortId(id, core.ownSalt);
  let entry = getNamed(core.byShort, short);
  const isAsked = entry !== undefined && hasSlot(entry.tried, neighbour.slot);
  if (entry !== undefined) {
    addSlot(entry, neighbour.slot);
    answered(core, entry, neighbour, nowMs);
    if (entry.phase !== 'wanted')
      return onDuplicate(core, neighbour, entry, parcel, isAsked, nowMs);
  }
  if (gossipClass === 'island' && !core.isIsland) return;
  if (!spreads(core, gossipClass, parcel)) {
    return report(core, neighbour, { code: 'mesh/not-gossiped' }, nowMs);
  }
  if (!spendBudget(core.budgets, neighbour.slot, gossipClass, parcel.length, nowMs)) {
    if (entry !== undefined) core.window.schedule(entry, nowMs + 1_000);
    return flood(core, neighbour, 'parcel', nowMs);
  }
  if (core.heldBytes + parcel.length > maxHeldBytes) dropKept(core, parcel.length);
  if (core.heldBytes + parcel.length > maxHeldBytes) {
    if (entry !== undefined) core.window.schedule(entry, nowMs + 100);
    return;
  }
  entry ??= core.window.add(short, gossipClass, nowMs);
  addSlot(entry, neighbour.slot);
  entry.gossipClass = gossipClass;
  core.window.schedule(entry, never);
  core.window.setPhase(entry, 'admitting');
  keep(core, entry, id, parcel);
  credit(core, neighbour, isAsked);
  core.lastTicket += 1;
  core.admissions.set(core.lastTicket, { entry, from: neighbour.slot });
  const { peer } = neighbour;
  core.effects.push({ kind: 'admit', ticket: core.lastTicket, peer, gossipClass, parcel });
}

/** A neighbour that is often the first to tell is asked to push. */
function credit(core: GossipCore, neighbour: Neighbour, wasAsked: boolean): void {
  neighbour.score = Math.min(maxScore, neighbour.score + 1);
  if (!wasAsked || neighbour.isFeeder || neighbour.score < feederScore) return;
  if (core.feeders >= core.settings.maxFeeders) return;
  neighbour.isFeeder = true;
  core.feeders += 1;
  for (const other of core.neighbours) if (!other.isFeeder) other.score = 0;
  send(core, neighbour, encodeGossipMessage({ type: 'graft' }));
}

function onDuplicate(
  core: GossipCore,
  neighbour: Neighbour,
  entry: GossipEntry,
  parcel: Uint8Array,
  isAsked: boolean,
  nowMs: number,
): void {
  if (isAsked) removeSlot(entry.tried, neighbour.slot);
  else if (!spendBudget(core.budgets, neighbour.slot, 'waste', parcel.length, nowMs)) {
    return flood(core, neighbour, 'duplicate', nowMs);
  }
  if (!neighbour.isFeeder || isAsked) return;
  // One duplicate takes away what two first arrivals gave: a feeder is first two times of three.
  neighbour.score -= 2;
  if (neighbour.score <= 0) stopFeeding(core, neighbour);
}

/** Asks a neighbour to push no more. */
export function stopFeeding(core: GossipCore, neighbour: Neighbour): void {
  neighbour.score = 0;
  if (!neighbour.isFeeder) return;
  neighbour.isFeeder = false;
  core.feeders -= 1;
  send(core, neighbour, encodeGossipMessage({ type: 'prune' }));
}

/** A part of a large parcel. */
export function onPart(
  core: GossipCore,
  neighbour: Neighbour,
  part: Extract<GossipMessage, { readonly type: 'part' }>,
  nowMs: number,
): void {
  const { bucket, offset, bytes, gossipClass } = part;
  const size = parcelSizes[bucket] ?? 0;
  if (offset === 0) {
    dropPartial(core, neighbour);
    const id = parcelIdFromHeader(core.symmetric, bytes.subarray(0, parcelHeaderLength));
    const entry = getNamed(core.byShort, gossipShortId(id, core.ownSalt));
    // Large parcels are pulled, never pushed: memory is given to what was asked for.
    if (entry?.pullingFrom !== neighbour.slot) return refuse(core, neighbour, 'part', nowMs);
    if (core.heldBytes + size > maxHeldBytes) dropKept(core, size);
    if (core.heldBytes + size > maxHeldBytes) return;
    core.heldBytes += size;
    neighbour.partial = { bytes: new Uint8Array(size), length: 0, gossipClass };
  }
  const { partial } = neighbour;
  // The first part may have been refused for want of room.
  if (partial === undefined) return;
  if (partial.length !== offset || partial.bytes.length !== size) {
    dropPartial(core, neighbour);
    return refuse(core, neighbour, 'part', nowMs);
  }
  partial.bytes.set(bytes, offset);
  partial.length += bytes.length;
  const id = parcelIdFromHeader(core.symmetric, partial.bytes.subarray(0, parcelHeaderLength));
  const entry = getNamed(core.byShort, gossipShortId(id, core.ownSalt));
  if (partial.length < size) {
    if (entry?.pullingFrom === neighbour.slot) {
      core.window.schedule(entry, nowMs + answerTimeoutMs(neighbour));
    }
    return;
  }
  dropPartial(core, neighbour);
  onParcel(core, neighbour, gossipClass, partial.bytes, nowMs);
}

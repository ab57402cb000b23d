import { type GossipClass, gossipClasses } from './gossip-class.ts';
import { enqueue, type GossipCore, never, send } from './gossip-core.ts';
import { encodeGossipMessage, encodeHave, maxHaves, maxWholeLength } from './gossip-message.ts';
import type { Neighbour } from './gossip-neighbour.ts';
import { noteTold } from './gossip-serving.ts';
import { gossipShortId } from './gossip-short-id.ts';
import { addSlot, countSlots, type GossipEntry, hasOtherSlot, hasSlot } from './gossip-window.ts';

/** Recent parcels that a neighbour is told of when its link comes up. */
const maxCatchUp = 4_096;

/** Passes on what the own store has taken: pushed to those who asked, and to few others while nobody else has it; told to the rest. */
export function spread(core: GossipCore, entry: GossipEntry, from: number, nowMs: number): void {
  const { bytes } = entry;
  if (bytes === undefined) return;
  if (entry.gossipClass === 'island' && !core.isIsland) return;
  const isEarly = !hasOtherSlot(entry, from);
  push(core, entry, isEarly ? earlyPushes(core, entry, from) : 0);
  core.untold.push(entry);
  // The first is told at once; what follows closely is gathered, so that a busy time fills its messages.
  const gatherMs = entry.gossipClass === 'emergency' ? 0 : core.settings.haveDelayMs;
  core.tellAtMs = Math.min(core.tellAtMs, Math.max(nowMs, core.lastTellMs + gatherMs));
  if (core.tellAtMs <= nowMs || core.untold.length >= maxHaves) tell(core, nowMs);
}

function earlyPushes(core: GossipCore, entry: GossipEntry, from: number): number {
  if (from < 0) return core.settings.ownPushes;
  return hasSlot(entry.tried, from) ? core.settings.pulledPushes : core.settings.earlyPushes;
}

/** Pushes to so many who did not ask for it, and to all who did. */
function push(core: GossipCore, entry: GossipEntry, early: number): void {
  const { bytes, gossipClass } = entry;
  if (bytes === undefined || bytes.length > maxWholeLength) return;
  let message: Uint8Array | undefined;
  let left = early;
  core.turn += 1;
  for (let step = 0; step < core.neighbours.length; step += 1) {
    const neighbour = core.neighbours[(core.turn + step) % core.neighbours.length];
    if (neighbour === undefined || hasSlot(entry, neighbour.slot)) continue;
    const isAsked = neighbour.wantsPushes;
    if (!isAsked && left <= 0) continue;
    if (!isAsked) left -= 1;
    message ??= encodeGossipMessage({ type: 'parcel', gossipClass, parcel: bytes });
    if (enqueue(core, neighbour, entry, message)) addSlot(entry, neighbour.slot);
  }
}

/** Tells some neighbours of the new parcels, fewer when many are known to have them. */
export function tell(core: GossipCore, nowMs: number): void {
  core.tellAtMs = never;
  core.lastTellMs = nowMs;
  const rare = core.untold.filter((entry) => countSlots(entry) < core.settings.lateTellFrom);
  if (rare.length > 0) for (const neighbour of core.neighbours) tellOf(core, neighbour, rare);
  for (const entry of core.untold) core.toldToSome.push(entry);
  core.untold.length = 0;
  core.tellRestAtMs = Math.min(core.tellRestAtMs, nowMs + core.settings.lateTellMs);
  if (core.toldToSome.length >= maxHaves) tellRest(core);
}

/** Tells everybody who is still not known to have the parcels told of before. */
export function tellRest(core: GossipCore): void {
  core.tellRestAtMs = never;
  for (const neighbour of core.neighbours) tellOf(core, neighbour, core.toldToSome);
  core.toldToSome.length = 0;
}

/** Whether there was anything to tell. */
function tellOf(core: GossipCore, neighbour: Neighbour, entries: readonly GossipEntry[]): boolean {
  const { salt } = neighbour;
  if (salt === undefined) return false;
  if (neighbour.inFlightBytes >= 2 * core.settings.sendWindowBytes) {
    neighbour.isOwedHaves = true;
    return false;
  }
  let isTold = false;
  for (const gossipClass of gossipClasses) {
    for (const entry of entries) {
      if (entry.gossipClass !== gossipClass || entry.phase !== 'held') continue;
      if (entry.id === undefined || hasSlot(entry, neighbour.slot)) continue;
      if (hasSlot(entry.told, neighbour.slot)) continue;
      addSlot(entry.told, neighbour.slot);
      isTold = true;
      const short = gossipShortId(entry.id, salt);
      core.telling.push(short);
      noteTold(neighbour, short, entry);
      if (core.telling.length >= maxHaves) sendHave(core, neighbour, gossipClass);
    }
    if (core.telling.length > 0) sendHave(core, neighbour, gossipClass);
  }
  return isTold;
}

function sendHave(core: GossipCore, neighbour: Neighbour, gossipClass: GossipClass): void {
  send(core, neighbour, encodeHave(gossipClass, core.telling));
  core.telling.length = 0;
}

/** The parcels held last, for a link that is new or was jammed. */
export function catchUp(core: GossipCore, neighbour: Neighbour): void {
  const held = [...core.window.entries()].filter(
    (entry) => entry.phase === 'held' && (entry.gossipClass !== 'island' || core.isIsland),
  );
  tellOf(core, neighbour, held.slice(-maxCatchUp));
}

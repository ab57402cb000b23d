import { dropPartial, flood, type GossipCore, report, send } from './gossip-core.ts';
import { classOf, encodeGossipMessage, maxPulls, shortAt, shortCountOf } from './gossip-message.ts';
import { answerTimeoutMs, type Neighbour, noteAnswer } from './gossip-neighbour.ts';
import { getNamed } from './gossip-short-table.ts';
import {
  addSlot,
  type GossipEntry,
  hasOtherSlot,
  hasSlot,
  removeSlot,
  shortOf,
} from './gossip-window.ts';
import { spendBudget } from './neighbour-budgets.ts';

/** Parcels told and not there yet, in all and under way from one neighbour. */
const maxWanted = 8_192;
const maxPullsOfNeighbour = 32;
/** Rounds of asking everyone who told of a parcel. */
const maxRounds = 6;
/** Unanswered pulls in a row that a bad link explains; from there on a neighbour is waited for others. */
const forgivenFailures = 2;
/** Unanswered pulls in a row before a neighbour is reported. */
const reportedFailures = 8;

/** A neighbour tells what it has. */
export function onHave(
  core: GossipCore,
  neighbour: Neighbour,
  message: Uint8Array,
  nowMs: number,
): void {
  const count = shortCountOf(message);
  if (!spendBudget(core.budgets, neighbour.slot, 'haves', count, nowMs)) {
    return flood(core, neighbour, 'have', nowMs);
  }
  const gossipClass = classOf(message);
  if (gossipClass === 'island' && !core.isIsland) return;
  for (let index = 0; index < count; index += 1) {
    const short = shortAt(message, index);
    let entry = getNamed(core.byShort, short);
    if (entry === undefined) {
      // Who never delivers is believed only about what others tell of, too.
      if (neighbour.failures >= reportedFailures) continue;
      if (core.window.wantedCount >= maxWanted) {
        flood(core, neighbour, 'wanted', nowMs);
        break;
      }
      entry = core.window.add(short, gossipClass, nowMs);
    }
    addSlot(entry, neighbour.slot);
    if (entry.phase !== 'wanted' || entry.pullingFrom >= 0) continue;
    const dueMs = nowMs + waitMs(core, neighbour);
    if (dueMs <= nowMs) look(core, entry, nowMs);
    else if (dueMs < entry.dueMs) core.window.schedule(entry, dueMs);
  }
  sendPulls(core);
}

/** How long to wait for a push before a told parcel is pulled. */
function waitMs(core: GossipCore, neighbour: Neighbour): number {
  const forFeeders = core.feeders > 0 && !neighbour.isFeeder ? core.settings.pullWaitMs : 0;
  return forFeeders + Math.min(400, 100 * Math.max(0, neighbour.failures - forgivenFailures));
}

/** Pulls a wanted parcel, from the next of those who have it. */
export function look(core: GossipCore, entry: GossipEntry, nowMs: number): void {
  if (entry.pullingFrom >= 0) giveUpPull(core, entry, nowMs);
  let best: Neighbour | undefined;
  let isBusy = false;
  for (const neighbour of core.neighbours) {
    if (neighbour.salt === undefined) continue;
    if (!hasSlot(entry, neighbour.slot) || hasSlot(entry.tried, neighbour.slot)) continue;
    if (neighbour.pulls >= maxPullsOfNeighbour) isBusy = true;
    else if (best === undefined || isBetter(neighbour, best)) best = neighbour;
  }
  if (best === undefined) return postpone(core, entry, isBusy, nowMs);
  addSlot(entry.tried, best.slot);
  entry.pullingFrom = best.slot;
  entry.pulledAtMs = nowMs;
  best.pulls += 1;
  const together = core.pulled[best.slot];
  if (together === undefined) core.pulled[best.slot] = [entry];
  else together.push(entry);
  core.hasPulls = true;
  core.window.schedule(entry, nowMs + answerTimeoutMs(best));
}

function postpone(core: GossipCore, entry: GossipEntry, isBusy: boolean, nowMs: number): void {
  if (isBusy) return core.window.schedule(entry, nowMs + 20);
  entry.rounds += 1;
  if (entry.rounds >= maxRounds || !hasOtherSlot(entry, -1)) return core.window.remove(entry);
  entry.tried = { firstSlots: 0, lastSlots: 0 };
  core.window.schedule(entry, nowMs + 50 * 2 ** entry.rounds);
}

function giveUpPull(core: GossipCore, entry: GossipEntry, nowMs: number): void {
  const neighbour = core.bySlot[entry.pullingFrom];
  entry.pullingFrom = -1;
  if (neighbour === undefined) return;
  neighbour.pulls -= 1;
  neighbour.failures += 1;
  dropPartial(core, neighbour);
  if (neighbour.failures % reportedFailures === 0) {
    report(core, neighbour, { code: 'mesh/gossip-withheld' }, nowMs);
  }
}

/** Sends what `look` has gathered, one message for up to 32 parcels. */
export function sendPulls(core: GossipCore): void {
  if (!core.hasPulls) return;
  core.hasPulls = false;
  for (let slot = 0; slot < core.pulled.length; slot += 1) {
    const entries = core.pulled[slot];
    const neighbour = core.bySlot[slot];
    if (entries === undefined) continue;
    core.pulled[slot] = undefined;
    if (neighbour === undefined) continue;
    for (let start = 0; start < entries.length; start += maxPulls) {
      const shorts = entries.slice(start, start + maxPulls).map(shortOf);
      // Under the own salt, as they were told.
      send(core, neighbour, encodeGossipMessage({ type: 'pull', shorts }));
    }
  }
  core.pulled.length = 0;
}

/** A neighbour cannot give what it told of. */
export function onGone(
  core: GossipCore,
  neighbour: Neighbour,
  message: Uint8Array,
  nowMs: number,
): void {
  for (let index = 0; index < shortCountOf(message); index += 1) {
    const entry = getNamed(core.byShort, shortAt(message, index));
    if (entry?.phase !== 'wanted' || entry.pullingFrom !== neighbour.slot) continue;
    removeSlot(entry, neighbour.slot);
    // It counts like silence: who is asked had told of it.
    look(core, entry, nowMs);
  }
  sendPulls(core);
}

/** A pull was answered, or made needless by a push. */
export function answered(
  core: GossipCore,
  entry: GossipEntry,
  neighbour: Neighbour,
  nowMs: number,
): void {
  if (entry.pullingFrom < 0 || entry.phase !== 'wanted') return;
  const asked = core.bySlot[entry.pullingFrom];
  entry.pullingFrom = -1;
  if (asked === undefined) return;
  asked.pulls -= 1;
  if (asked === neighbour) noteAnswer(neighbour, nowMs - entry.pulledAtMs);
}

function isBetter(one: Neighbour, other: Neighbour): boolean {
  if (one.failures !== other.failures) return one.failures < other.failures;
  return one.answerMs < other.answerMs;
}

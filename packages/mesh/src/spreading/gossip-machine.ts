import { ok, ParsError, type Result } from '@pars/base';
import { type MeshFailure, type MeshFailureCode, meshErr } from '../errors.ts';
import {
  bucketFromParcelLength,
  type ParcelId,
  parcelHeaderLength,
  parcelIdFromHeader,
  parcelSizes,
} from '../parcel/index.ts';
import { saltLength } from '../reconciliation/short-id.ts';
import { type GossipClass, gossipClasses } from './gossip-class.ts';
import {
  type AdmissionVerdict,
  type GossipDeps,
  type GossipEffect,
  type GossipOptions,
  type GossipPeer,
  gossipSettings,
} from './gossip-effect.ts';
import {
  classOf,
  encodeGossipMessage,
  encodeHave,
  type GossipMessage,
  gossipKinds,
  gossipMessageFault,
  kindOf,
  maxHaves,
  maxPulls,
  maxWholeLength,
  partLength,
  shortAt,
  shortCountOf,
  soundMessage,
} from './gossip-message.ts';
import {
  answerTimeoutMs,
  createNeighbour,
  feederScore,
  maxQueuedBytes,
  maxScore,
  type Neighbour,
  noteAnswer,
  takeWaiting,
} from './gossip-neighbour.ts';
import { gossipShortId } from './gossip-short-id.ts';
import { createShortTable, deleteNamed, getNamed, setNamed } from './gossip-short-table.ts';
import {
  addSlot,
  countSlots,
  createGossipWindow,
  type GossipEntry,
  hasOtherSlot,
  hasSlot,
  removeSlot,
  shortOf,
} from './gossip-window.ts';
import {
  createNeighbourBudgets,
  type NeighbourBudgets,
  resetBudgets,
  spendBudget,
} from './neighbour-budgets.ts';

/** Epidemic spreading of one node (PIP-1008 §4): synchronous, without I/O, in bounded memory. */
export interface Gossip {
  /** A link is up. `roundTripMs` as the link's handshake measured it. At most 64 at once: `mesh/too-many-links`. */
  peerUp(
    peer: GossipPeer,
    nowMs: number,
    roundTripMs?: number,
  ): Result<readonly GossipEffect[], MeshFailure>;
  /** The link is down; what was under way to and from the neighbour is lost. */
  peerDown(peer: GossipPeer, nowMs: number): readonly GossipEffect[];
  /** Takes a message of a neighbour whose link is up. */
  receive(peer: GossipPeer, message: Uint8Array, nowMs: number): readonly GossipEffect[];
  /** Does what is due. Call it at `nextDueMs`, or later. */
  tick(nowMs: number): readonly GossipEffect[];
  /** When `tick` has something to do; infinite when it has not. */
  readonly nextDueMs: number;
  /** The answer to `admit`. */
  admitted(ticket: number, verdict: AdmissionVerdict, nowMs: number): readonly GossipEffect[];
  /** The answer to `read`; `undefined` when the parcel is not held any more. */
  loaded(ticket: number, parcel: Uint8Array | undefined, nowMs: number): readonly GossipEffect[];
  /** The link to the neighbour has taken so many bytes of messages. */
  drained(peer: GossipPeer, bytes: number): readonly GossipEffect[];
  /**
   * Spreads a parcel that the own store holds: made here, or come from a bundle
   * or a sync. `mesh/not-gossiped` when its class does not spread here and now.
   */
  publish(
    gossipClass: GossipClass,
    parcel: Uint8Array,
    nowMs: number,
  ): Result<readonly GossipEffect[], MeshFailure>;
  /** Whether this node has no uplink. Without it parcels of the class `island` are neither taken nor passed on. */
  setIsland(isIsland: boolean): void;
  stats(): GossipStats;
}

/** What a node holds for gossip. */
export interface GossipStats {
  readonly neighbours: number;
  readonly remembered: number;
  readonly wanted: number;
  /** Neighbours asked to push. */
  readonly feeders: number;
  /** Bytes of parcels in memory, but for those that wait for links. */
  readonly heldBytes: number;
}

/** Links at once. */
export const maxNeighbours = 64;
/** Parcels told and not there yet, in all and under way from one neighbour. */
const maxWanted = 8_192;
const maxPullsOfNeighbour = 32;
/** Rounds of asking everyone who told of a parcel. */
const maxRounds = 6;
/** Bytes of parcels under admission, of large ones that come in parts, and kept for the first pulls. */
const maxHeldBytes = 4_194_304;
/** Neighbours that may ask to be pushed to; the others are told. */
const maxPushed = 16;
/** Recent parcels that a neighbour is told of when its link comes up. */
const maxCatchUp = 4_096;
/** Told parcels that a neighbour may pull, at least. */
const maxTold = 4_096;
/** Reads under way. */
const maxReads = 256;
/** Unanswered pulls in a row that a bad link explains; from there on a neighbour is waited for others. */
const forgivenFailures = 2;
/** Unanswered pulls in a row before a neighbour is reported. */
const reportedFailures = 8;
const defaultRoundTripMs = 125;
const never: number = Number.POSITIVE_INFINITY;
/** What most messages lead to. */
const nothing: readonly GossipEffect[] = [];

/** Verdicts that mean that the neighbour should never have sent the parcel. */
const faults: ReadonlySet<string> = new Set<MeshFailureCode>([
  'mesh/bad-length',
  'mesh/bad-parcel',
  'mesh/bad-postage',
  'mesh/not-gossiped',
  'mesh/underpaid',
  'mesh/unknown-suite',
  'mesh/unknown-version',
]);

/** Gossip without neighbours. Options out of range throw `mesh/argument`. */
export function createGossip(deps: GossipDeps, options: GossipOptions = {}): Gossip {
  const { symmetric, random } = deps;
  const settings = gossipSettings(options);
  const ownSalt = random.bytes(saltLength);
  const window = createGossipWindow(settings.maxIds, settings.windowMs);
  const { byShort } = window;
  const byPeer = createShortTable<Neighbour>();
  const neighbours: Neighbour[] = [];
  const budgets: NeighbourBudgets = createNeighbourBudgets(maxNeighbours);
  const bySlot: (Neighbour | undefined)[] = [];
  const admissions = new Map<number, { readonly entry: GossipEntry; readonly from: number }>();
  const reads = new Map<number, { readonly entry: GossipEntry; readonly slots: number[] }>();
  /** Pulls that the call under way has decided on, by slot. */
  const pulled: (GossipEntry[] | undefined)[] = [];
  const untold: GossipEntry[] = [];
  const kept: GossipEntry[] = [];
  /** Short ids of the `have` that is being written. */
  const telling: number[] = [];
  /** Held parcels of which not every neighbour was told. */
  const toldToSome: GossipEntry[] = [];
  let tellAtMs = never;
  let tellRestAtMs = never;
  let lastTellMs = Number.NEGATIVE_INFINITY;
  let lastTicket = 0;
  let heldBytes = 0;
  let feeders = 0;
  let isIsland = false;
  /** Where the early pushes begin; moves on, from a random start. */
  let turn = random.bytes(1)[0] ?? 0;
  let effects: GossipEffect[] = [];
  let hasPulls = false;

  function done(): readonly GossipEffect[] {
    const dueMs = Math.min(tellAtMs, tellRestAtMs, window.nextDueMs);
    if (dueMs !== gossip.nextDueMs) gossip.nextDueMs = dueMs;
    if (effects.length === 0) return nothing;
    const all = effects;
    effects = [];
    return all;
  }

  // A field in the place of a getter: objects with getters of their own are slow to call.
  const gossip: { -readonly [key in keyof Gossip]: Gossip[key] } = {
    peerUp(peer, nowMs, roundTripMs = defaultRoundTripMs) {
      if (getNamed(byPeer, peer) !== undefined)
        throw new ParsError('mesh/argument', { what: 'peer' });
      let slot = 0;
      while (bySlot[slot] !== undefined) slot += 1;
      if (slot >= maxNeighbours) return meshErr('mesh/too-many-links');
      const neighbour = createNeighbour(peer, slot, Math.min(10_000, Math.max(1, roundTripMs)));
      bySlot[slot] = neighbour;
      resetBudgets(budgets, slot);
      setNamed(byPeer, neighbour);
      neighbours.push(neighbour);
      send(neighbour, encodeGossipMessage({ type: 'hello', salt: ownSalt }));
      window.expire(nowMs);
      return ok(done());
    },
    peerDown(peer, nowMs) {
      const neighbour = getNamed(byPeer, peer);
      if (neighbour === undefined) return [];
      dropPartial(neighbour);
      if (neighbour.isFeeder) feeders -= 1;
      deleteNamed(byPeer, neighbour);
      neighbours.splice(neighbours.indexOf(neighbour), 1);
      bySlot[neighbour.slot] = undefined;
      for (const entry of window.entries()) {
        removeSlot(entry, neighbour.slot);
        removeSlot(entry.tried, neighbour.slot);
        removeSlot(entry.told, neighbour.slot);
        if (entry.pullingFrom !== neighbour.slot) continue;
        entry.pullingFrom = -1;
        if (entry.phase === 'wanted') window.schedule(entry, nowMs);
      }
      return done();
    },
    receive(peer, message, nowMs) {
      const neighbour = getNamed(byPeer, peer);
      if (neighbour === undefined) return [];
      const fault = gossipMessageFault(message);
      if (fault === undefined) take(neighbour, message, nowMs);
      else report(neighbour, fault, nowMs);
      return done();
    },
    tick(nowMs) {
      if (tellAtMs <= nowMs) tell(nowMs);
      if (tellRestAtMs <= nowMs) tellRest();
      for (let entry = window.takeDue(nowMs); entry !== undefined; entry = window.takeDue(nowMs)) {
        if (entry.phase === 'wanted') look(entry, nowMs);
      }
      sendPulls();
      window.expire(nowMs);
      return done();
    },
    nextDueMs: never,
    admitted(ticket, verdict, nowMs) {
      const admission = admissions.get(ticket);
      if (admission === undefined) return [];
      admissions.delete(ticket);
      const { entry, from } = admission;
      const neighbour = bySlot[from];
      if (verdict.ok) {
        window.setPhase(entry, 'held');
        // What the store had known was spread before; doing it again would make replays grow.
        if (verdict.value === 'stored') spread(entry, from, nowMs);
        else release(entry);
        return done();
      }
      release(entry);
      if (!faults.has(verdict.error.code)) {
        window.setPhase(entry, 'refused');
        return done();
      }
      // The bytes were bad, not the id: somebody else may have the good ones.
      window.setPhase(entry, 'wanted');
      entry.id = undefined;
      removeSlot(entry, from);
      if (neighbour !== undefined) {
        neighbour.failures = Math.max(neighbour.failures, 1);
        stopFeeding(neighbour);
        report(neighbour, verdict.error, nowMs);
      }
      look(entry, nowMs);
      sendPulls();
      return done();
    },
    loaded(ticket, parcel, nowMs) {
      const read = reads.get(ticket);
      if (read === undefined) return [];
      reads.delete(ticket);
      for (const slot of read.slots) {
        const neighbour = bySlot[slot];
        if (neighbour === undefined) continue;
        if (parcel === undefined) sayGone(neighbour, read.entry);
        else serve(neighbour, read.entry, parcel, nowMs);
      }
      return done();
    },
    drained(peer, bytes) {
      const neighbour = getNamed(byPeer, peer);
      if (neighbour === undefined) return [];
      neighbour.inFlightBytes = Math.max(0, neighbour.inFlightBytes - bytes);
      while (neighbour.inFlightBytes < settings.sendWindowBytes) {
        const message = takeWaiting(neighbour);
        if (message === undefined) break;
        send(neighbour, message);
      }
      if (neighbour.isOwedHaves && neighbour.inFlightBytes < settings.sendWindowBytes) {
        neighbour.isOwedHaves = false;
        catchUp(neighbour);
      }
      return done();
    },
    publish(gossipClass, parcel, nowMs) {
      const isFitting = spreads(gossipClass, parcel);
      if (!isFitting) return meshErr('mesh/not-gossiped');
      const header = parcel.subarray(0, parcelHeaderLength);
      const id = parcelIdFromHeader(symmetric, header);
      const short = gossipShortId(id, ownSalt);
      const entry = getNamed(byShort, short) ?? window.add(short, gossipClass, nowMs);
      if (entry.phase === 'held' || entry.phase === 'admitting') return ok([]);
      window.schedule(entry, never);
      window.setPhase(entry, 'held');
      keep(entry, id, parcel);
      spread(entry, -1, nowMs);
      return ok(done());
    },
    setIsland(now) {
      isIsland = now;
    },
    stats() {
      return {
        neighbours: neighbours.length,
        remembered: window.size,
        wanted: window.wantedCount,
        feeders,
        heldBytes,
      };
    },
  };
  return gossip;

  function take(neighbour: Neighbour, message: Uint8Array, nowMs: number): void {
    const kind = kindOf(message);
    if (kind === gossipKinds.have) return onHave(neighbour, message, nowMs);
    if (kind === gossipKinds.pull) return onPull(neighbour, message, nowMs);
    if (kind === gossipKinds.gone) return onGone(neighbour, message, nowMs);
    const sound = soundMessage(message);
    switch (sound.type) {
      case 'hello':
        if (neighbour.salt !== undefined) return refuse(neighbour, 'hello', nowMs);
        neighbour.salt = sound.salt;
        return catchUp(neighbour);
      case 'parcel':
        return onParcel(neighbour, sound.gossipClass, sound.parcel, nowMs);
      case 'part':
        return onPart(neighbour, sound, nowMs);
      case 'graft':
      case 'prune':
        if (!spendBudget(budgets, neighbour.slot, 'switches', 1, nowMs))
          return flood(neighbour, sound.type, nowMs);
        neighbour.wantsPushes = sound.type === 'graft' && pushedCount() < maxPushed;
    }
  }

  function onHave(neighbour: Neighbour, message: Uint8Array, nowMs: number): void {
    const count = shortCountOf(message);
    if (!spendBudget(budgets, neighbour.slot, 'haves', count, nowMs)) {
      return flood(neighbour, 'have', nowMs);
    }
    const gossipClass = classOf(message);
    if (gossipClass === 'island' && !isIsland) return;
    for (let index = 0; index < count; index += 1) {
      const short = shortAt(message, index);
      let entry = getNamed(byShort, short);
      if (entry === undefined) {
        // Who never delivers is believed only about what others tell of, too.
        if (neighbour.failures >= reportedFailures) continue;
        if (window.wantedCount >= maxWanted) {
          flood(neighbour, 'wanted', nowMs);
          break;
        }
        entry = window.add(short, gossipClass, nowMs);
      }
      addSlot(entry, neighbour.slot);
      if (entry.phase !== 'wanted' || entry.pullingFrom >= 0) continue;
      const dueMs = nowMs + waitMs(neighbour);
      if (dueMs <= nowMs) look(entry, nowMs);
      else if (dueMs < entry.dueMs) window.schedule(entry, dueMs);
    }
    sendPulls();
  }

  /** How long to wait for a push before a told parcel is pulled. */
  function waitMs(neighbour: Neighbour): number {
    const forFeeders = feeders > 0 && !neighbour.isFeeder ? settings.pullWaitMs : 0;
    return forFeeders + Math.min(400, 100 * Math.max(0, neighbour.failures - forgivenFailures));
  }

  /** Pulls a wanted parcel, from the next of those who have it. */
  function look(entry: GossipEntry, nowMs: number): void {
    if (entry.pullingFrom >= 0) giveUpPull(entry, nowMs);
    let best: Neighbour | undefined;
    let isBusy = false;
    for (const neighbour of neighbours) {
      if (neighbour.salt === undefined) continue;
      if (!hasSlot(entry, neighbour.slot) || hasSlot(entry.tried, neighbour.slot)) continue;
      if (neighbour.pulls >= maxPullsOfNeighbour) isBusy = true;
      else if (best === undefined || isBetter(neighbour, best)) best = neighbour;
    }
    if (best === undefined) return postpone(entry, isBusy, nowMs);
    addSlot(entry.tried, best.slot);
    entry.pullingFrom = best.slot;
    entry.pulledAtMs = nowMs;
    best.pulls += 1;
    const together = pulled[best.slot];
    if (together === undefined) pulled[best.slot] = [entry];
    else together.push(entry);
    hasPulls = true;
    window.schedule(entry, nowMs + answerTimeoutMs(best));
  }

  function postpone(entry: GossipEntry, isBusy: boolean, nowMs: number): void {
    if (isBusy) return window.schedule(entry, nowMs + 20);
    entry.rounds += 1;
    if (entry.rounds >= maxRounds || !hasOtherSlot(entry, -1)) return window.remove(entry);
    entry.tried = { firstSlots: 0, lastSlots: 0 };
    window.schedule(entry, nowMs + 50 * 2 ** entry.rounds);
  }

  function giveUpPull(entry: GossipEntry, nowMs: number): void {
    const neighbour = bySlot[entry.pullingFrom];
    entry.pullingFrom = -1;
    if (neighbour === undefined) return;
    neighbour.pulls -= 1;
    neighbour.failures += 1;
    dropPartial(neighbour);
    if (neighbour.failures % reportedFailures === 0) {
      report(neighbour, { code: 'mesh/gossip-withheld' }, nowMs);
    }
  }

  /** Sends what `look` has gathered, one message for up to 32 parcels. */
  function sendPulls(): void {
    if (!hasPulls) return;
    hasPulls = false;
    for (let slot = 0; slot < pulled.length; slot += 1) {
      const entries = pulled[slot];
      const neighbour = bySlot[slot];
      if (entries === undefined) continue;
      pulled[slot] = undefined;
      if (neighbour === undefined) continue;
      for (let start = 0; start < entries.length; start += maxPulls) {
        const shorts = entries.slice(start, start + maxPulls).map(shortOf);
        // Under the own salt, as they were told.
        send(neighbour, encodeGossipMessage({ type: 'pull', shorts }));
      }
    }
    pulled.length = 0;
  }

  function onGone(neighbour: Neighbour, message: Uint8Array, nowMs: number): void {
    for (let index = 0; index < shortCountOf(message); index += 1) {
      const entry = getNamed(byShort, shortAt(message, index));
      if (entry?.phase !== 'wanted' || entry.pullingFrom !== neighbour.slot) continue;
      removeSlot(entry, neighbour.slot);
      // It counts like silence: who is asked had told of it.
      look(entry, nowMs);
    }
    sendPulls();
  }

  function onParcel(
    neighbour: Neighbour,
    gossipClass: GossipClass,
    parcel: Uint8Array,
    nowMs: number,
  ): void {
    const id = parcelIdFromHeader(symmetric, parcel.subarray(0, parcelHeaderLength));
    const short = gossipShortId(id, ownSalt);
    let entry = getNamed(byShort, short);
    const isAsked = entry !== undefined && hasSlot(entry.tried, neighbour.slot);
    if (entry !== undefined) {
      addSlot(entry, neighbour.slot);
      answered(entry, neighbour, nowMs);
      if (entry.phase !== 'wanted') return onDuplicate(neighbour, entry, parcel, isAsked, nowMs);
    }
    if (gossipClass === 'island' && !isIsland) return;
    if (!spreads(gossipClass, parcel)) {
      return report(neighbour, { code: 'mesh/not-gossiped' }, nowMs);
    }
    if (!spendBudget(budgets, neighbour.slot, gossipClass, parcel.length, nowMs)) {
      if (entry !== undefined) window.schedule(entry, nowMs + 1_000);
      return flood(neighbour, 'parcel', nowMs);
    }
    if (heldBytes + parcel.length > maxHeldBytes) dropKept(parcel.length);
    if (heldBytes + parcel.length > maxHeldBytes) {
      if (entry !== undefined) window.schedule(entry, nowMs + 100);
      return;
    }
    entry ??= window.add(short, gossipClass, nowMs);
    addSlot(entry, neighbour.slot);
    entry.gossipClass = gossipClass;
    window.schedule(entry, never);
    window.setPhase(entry, 'admitting');
    keep(entry, id, parcel);
    credit(neighbour, isAsked);
    lastTicket += 1;
    admissions.set(lastTicket, { entry, from: neighbour.slot });
    const { peer } = neighbour;
    effects.push({ kind: 'admit', ticket: lastTicket, peer, gossipClass, parcel });
  }

  /** A pull was answered, or made needless by a push. */
  function answered(entry: GossipEntry, neighbour: Neighbour, nowMs: number): void {
    if (entry.pullingFrom < 0 || entry.phase !== 'wanted') return;
    const asked = bySlot[entry.pullingFrom];
    entry.pullingFrom = -1;
    if (asked === undefined) return;
    asked.pulls -= 1;
    if (asked === neighbour) noteAnswer(neighbour, nowMs - entry.pulledAtMs);
  }

  /** A neighbour that is often the first to tell is asked to push. */
  function credit(neighbour: Neighbour, wasAsked: boolean): void {
    neighbour.score = Math.min(maxScore, neighbour.score + 1);
    if (!wasAsked || neighbour.isFeeder || neighbour.score < feederScore) return;
    if (feeders >= settings.maxFeeders) return;
    neighbour.isFeeder = true;
    feeders += 1;
    for (const other of neighbours) if (!other.isFeeder) other.score = 0;
    send(neighbour, encodeGossipMessage({ type: 'graft' }));
  }

  function onDuplicate(
    neighbour: Neighbour,
    entry: GossipEntry,
    parcel: Uint8Array,
    isAsked: boolean,
    nowMs: number,
  ): void {
    if (isAsked) removeSlot(entry.tried, neighbour.slot);
    else if (!spendBudget(budgets, neighbour.slot, 'waste', parcel.length, nowMs)) {
      return flood(neighbour, 'duplicate', nowMs);
    }
    if (!neighbour.isFeeder || isAsked) return;
    // One duplicate takes away what two first arrivals gave: a feeder is first two times of three.
    neighbour.score -= 2;
    if (neighbour.score <= 0) stopFeeding(neighbour);
  }

  function stopFeeding(neighbour: Neighbour): void {
    neighbour.score = 0;
    if (!neighbour.isFeeder) return;
    neighbour.isFeeder = false;
    feeders -= 1;
    send(neighbour, encodeGossipMessage({ type: 'prune' }));
  }

  function onPart(
    neighbour: Neighbour,
    part: Extract<GossipMessage, { readonly type: 'part' }>,
    nowMs: number,
  ): void {
    const { bucket, offset, bytes, gossipClass } = part;
    const size = parcelSizes[bucket] ?? 0;
    if (offset === 0) {
      dropPartial(neighbour);
      const id = parcelIdFromHeader(symmetric, bytes.subarray(0, parcelHeaderLength));
      const entry = getNamed(byShort, gossipShortId(id, ownSalt));
      // Large parcels are pulled, never pushed: memory is given to what was asked for.
      if (entry?.pullingFrom !== neighbour.slot) return refuse(neighbour, 'part', nowMs);
      if (heldBytes + size > maxHeldBytes) dropKept(size);
      if (heldBytes + size > maxHeldBytes) return;
      heldBytes += size;
      neighbour.partial = { bytes: new Uint8Array(size), length: 0, gossipClass };
    }
    const { partial } = neighbour;
    // The first part may have been refused for want of room.
    if (partial === undefined) return;
    if (partial.length !== offset || partial.bytes.length !== size) {
      dropPartial(neighbour);
      return refuse(neighbour, 'part', nowMs);
    }
    partial.bytes.set(bytes, offset);
    partial.length += bytes.length;
    const id = parcelIdFromHeader(symmetric, partial.bytes.subarray(0, parcelHeaderLength));
    const entry = getNamed(byShort, gossipShortId(id, ownSalt));
    if (partial.length < size) {
      if (entry?.pullingFrom === neighbour.slot) {
        window.schedule(entry, nowMs + answerTimeoutMs(neighbour));
      }
      return;
    }
    dropPartial(neighbour);
    onParcel(neighbour, gossipClass, partial.bytes, nowMs);
  }

  function dropPartial(neighbour: Neighbour): void {
    heldBytes -= neighbour.partial?.bytes.length ?? 0;
    neighbour.partial = undefined;
  }

  /** Passes on what the own store has taken: pushed to those who asked, and to few others while nobody else has it; told to the rest. */
  function spread(entry: GossipEntry, from: number, nowMs: number): void {
    const { bytes } = entry;
    if (bytes === undefined) return;
    if (entry.gossipClass === 'island' && !isIsland) return;
    const isEarly = !hasOtherSlot(entry, from);
    push(entry, isEarly ? earlyPushes(entry, from) : 0);
    untold.push(entry);
    // The first is told at once; what follows closely is gathered, so that a busy time fills its messages.
    const gatherMs = entry.gossipClass === 'emergency' ? 0 : settings.haveDelayMs;
    tellAtMs = Math.min(tellAtMs, Math.max(nowMs, lastTellMs + gatherMs));
    if (tellAtMs <= nowMs || untold.length >= maxHaves) tell(nowMs);
  }

  function earlyPushes(entry: GossipEntry, from: number): number {
    if (from < 0) return settings.ownPushes;
    return hasSlot(entry.tried, from) ? settings.pulledPushes : settings.earlyPushes;
  }

  /** Pushes to so many who did not ask for it, and to all who did. */
  function push(entry: GossipEntry, early: number): void {
    const { bytes, gossipClass } = entry;
    if (bytes === undefined || bytes.length > maxWholeLength) return;
    let message: Uint8Array | undefined;
    let left = early;
    turn += 1;
    for (let step = 0; step < neighbours.length; step += 1) {
      const neighbour = neighbours[(turn + step) % neighbours.length];
      if (neighbour === undefined || hasSlot(entry, neighbour.slot)) continue;
      const isAsked = neighbour.wantsPushes;
      if (!isAsked && left <= 0) continue;
      if (!isAsked) left -= 1;
      message ??= encodeGossipMessage({ type: 'parcel', gossipClass, parcel: bytes });
      if (enqueue(neighbour, entry, message)) addSlot(entry, neighbour.slot);
    }
  }

  /** Tells some neighbours of the new parcels, fewer when many are known to have them. */
  function tell(nowMs: number): void {
    tellAtMs = never;
    lastTellMs = nowMs;
    const rare = untold.filter((entry) => countSlots(entry) < settings.lateTellFrom);
    if (rare.length > 0) for (const neighbour of neighbours) tellOf(neighbour, rare);
    for (const entry of untold) toldToSome.push(entry);
    untold.length = 0;
    tellRestAtMs = Math.min(tellRestAtMs, nowMs + settings.lateTellMs);
    if (toldToSome.length >= maxHaves) tellRest();
  }

  /** Tells everybody who is still not known to have the parcels told of before. */
  function tellRest(): void {
    tellRestAtMs = never;
    for (const neighbour of neighbours) tellOf(neighbour, toldToSome);
    toldToSome.length = 0;
  }

  /** Whether there was anything to tell. */
  function tellOf(neighbour: Neighbour, entries: readonly GossipEntry[]): boolean {
    const { salt } = neighbour;
    if (salt === undefined) return false;
    if (neighbour.inFlightBytes >= 2 * settings.sendWindowBytes) {
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
        telling.push(short);
        noteTold(neighbour, short, entry);
        if (telling.length >= maxHaves) sendHave(neighbour, gossipClass);
      }
      if (telling.length > 0) sendHave(neighbour, gossipClass);
    }
    return isTold;
  }

  function sendHave(neighbour: Neighbour, gossipClass: GossipClass): void {
    send(neighbour, encodeHave(gossipClass, telling));
    telling.length = 0;
  }

  /** The parcels held last, for a link that is new or was jammed. */
  function catchUp(neighbour: Neighbour): void {
    const held = [...window.entries()].filter(
      (entry) => entry.phase === 'held' && (entry.gossipClass !== 'island' || isIsland),
    );
    tellOf(neighbour, held.slice(-maxCatchUp));
  }

  function onPull(neighbour: Neighbour, message: Uint8Array, nowMs: number): void {
    const count = shortCountOf(message);
    if (!spendBudget(budgets, neighbour.slot, 'pulls', count, nowMs)) {
      return flood(neighbour, 'pull', nowMs);
    }
    const gone: number[] = [];
    for (let index = 0; index < count; index += 1) {
      const short = shortAt(message, index);
      const entry = findTold(neighbour, short);
      if (entry?.phase !== 'held') gone.push(short);
      else if (entry.bytes !== undefined) serve(neighbour, entry, entry.bytes, nowMs);
      else readFor(neighbour, entry);
    }
    if (gone.length > 0) send(neighbour, encodeGossipMessage({ type: 'gone', shorts: gone }));
  }
  function readFor(neighbour: Neighbour, entry: GossipEntry): void {
    if (entry.id === undefined) return;
    for (const read of reads.values()) {
      if (read.entry !== entry) continue;
      if (!read.slots.includes(neighbour.slot)) read.slots.push(neighbour.slot);
      return;
    }
    if (reads.size >= maxReads) return sayGone(neighbour, entry);
    lastTicket += 1;
    reads.set(lastTicket, { entry, slots: [neighbour.slot] });
    effects.push({ kind: 'read', ticket: lastTicket, id: entry.id });
  }

  function sayGone(neighbour: Neighbour, entry: GossipEntry): void {
    if (neighbour.salt === undefined || entry.id === undefined) return;
    const short = gossipShortId(entry.id, neighbour.salt);
    send(neighbour, encodeGossipMessage({ type: 'gone', shorts: [short] }));
  }

  /** Answers a pull, whole or in parts. */
  function serve(
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
      !spendBudget(budgets, neighbour.slot, 'serving', parcel.length, nowMs)
    ) {
      return sayGone(neighbour, entry);
    }
    if (parcel.length <= maxWholeLength) {
      enqueue(neighbour, entry, encodeGossipMessage({ type: 'parcel', gossipClass, parcel }));
    } else {
      for (let offset = 0; offset < parcel.length; offset += partLength) {
        const bytes = parcel.subarray(offset, offset + partLength);
        const part = encodeGossipMessage({ type: 'part', gossipClass, bucket, offset, bytes });
        enqueue(neighbour, entry, part);
      }
    }
    addSlot(entry, neighbour.slot);
  }

  /** Sends now, or when it is the class's turn; false when too much waits already. */
  function enqueue(neighbour: Neighbour, entry: GossipEntry, message: Uint8Array): boolean {
    if (neighbour.queuedBytes === 0 && neighbour.inFlightBytes < settings.sendWindowBytes) {
      send(neighbour, message);
      return true;
    }
    if (neighbour.queuedBytes + message.length > maxQueuedBytes + maxWholeLength) return false;
    const place = gossipClasses.indexOf(entry.gossipClass);
    const queue = neighbour.queues[place] ?? [];
    neighbour.queues[place] = queue;
    queue.push(message);
    neighbour.queuedBytes += message.length;
    return true;
  }

  function send(neighbour: Neighbour, message: Uint8Array): void {
    neighbour.inFlightBytes += message.length;
    effects.push({ kind: 'send', peer: neighbour.peer, message });
  }

  /** Keeps the bytes for admission, pushes and the first pulls; the oldest give way. */
  function keep(entry: GossipEntry, id: ParcelId, parcel: Uint8Array): void {
    entry.id = id;
    entry.bytes = parcel;
    heldBytes += parcel.length;
    kept.push(entry);
    if (heldBytes > maxHeldBytes) dropKept(0);
  }

  function release(entry: GossipEntry): void {
    heldBytes -= entry.bytes?.length ?? 0;
    entry.bytes = undefined;
  }

  /** Makes room for so many bytes, but not at the cost of what is under admission. */
  function dropKept(needed: number): void {
    let place = 0;
    for (; place < kept.length && heldBytes + needed > maxHeldBytes / 2; place += 1) {
      const entry = kept[place];
      if (entry === undefined) continue;
      if (entry.phase === 'admitting') break;
      release(entry);
    }
    kept.splice(0, place);
  }

  function pushedCount(): number {
    let count = 0;
    for (const neighbour of neighbours) if (neighbour.wantsPushes) count += 1;
    return count;
  }

  /** Emergencies are what their header calls so, and nothing else is one. */
  function spreads(gossipClass: GossipClass, parcel: Uint8Array): boolean {
    if (gossipClass === 'island' && !isIsland) return false;
    return (gossipClass === 'emergency') === (parcel[priorityOffset] === emergencyPriority);
  }

  function refuse(neighbour: Neighbour, what: string, nowMs: number): void {
    report(neighbour, { code: 'mesh/bad-gossip-message', meta: { what } }, nowMs);
  }

  function flood(neighbour: Neighbour, what: string, nowMs: number): void {
    report(neighbour, { code: 'mesh/gossip-flood', meta: { what } }, nowMs);
  }

  function report(neighbour: Neighbour, failure: MeshFailure, nowMs: number): void {
    if (!spendBudget(budgets, neighbour.slot, 'reports', 1, nowMs)) return;
    effects.push({ kind: 'misbehaved', peer: neighbour.peer, failure });
  }
}

/** Offset of the priority in a parcel's header, and its value for an emergency (PIP-1002 §2). */
const priorityOffset = 3;
const emergencyPriority = 2;

function isBetter(one: Neighbour, other: Neighbour): boolean {
  if (one.failures !== other.failures) return one.failures < other.failures;
  return one.answerMs < other.answerMs;
}

/** Remembers under which name a neighbour will pull an entry. */
function noteTold(neighbour: Neighbour, short: number, entry: GossipEntry): void {
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

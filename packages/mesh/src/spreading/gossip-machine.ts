import { ok, ParsError, type Result } from '@pars/base';
import { type MeshFailure, type MeshFailureCode, meshErr } from '../errors.ts';
import { parcelHeaderLength, parcelIdFromHeader } from '../parcel/index.ts';
import type { GossipClass } from './gossip-class.ts';
import {
  createGossipCore,
  dropPartial,
  flood,
  type GossipCore,
  keep,
  maxNeighbours,
  never,
  refuse,
  release,
  report,
  send,
  spreads,
} from './gossip-core.ts';
import type {
  AdmissionVerdict,
  GossipDeps,
  GossipEffect,
  GossipOptions,
  GossipPeer,
} from './gossip-effect.ts';
import {
  encodeGossipMessage,
  gossipKinds,
  gossipMessageFault,
  kindOf,
  soundMessage,
} from './gossip-message.ts';
import { createNeighbour, type Neighbour, takeWaiting } from './gossip-neighbour.ts';
import { look, onGone, onHave, sendPulls } from './gossip-pulling.ts';
import { onPull, sayGone, serve } from './gossip-serving.ts';
import { gossipShortId } from './gossip-short-id.ts';
import { deleteNamed, getNamed, setNamed } from './gossip-short-table.ts';
import { onParcel, onPart, stopFeeding } from './gossip-taking.ts';
import { catchUp, spread, tell, tellRest } from './gossip-telling.ts';
import { removeSlot } from './gossip-window.ts';
import { resetBudgets, spendBudget } from './neighbour-budgets.ts';

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

/** Neighbours that may ask to be pushed to; the others are told. */
const maxPushed = 16;
const defaultRoundTripMs = 125;
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
  const core = createGossipCore(deps, options);

  function done(): readonly GossipEffect[] {
    const dueMs = Math.min(core.tellAtMs, core.tellRestAtMs, core.window.nextDueMs);
    if (dueMs !== gossip.nextDueMs) gossip.nextDueMs = dueMs;
    if (core.effects.length === 0) return nothing;
    const all = core.effects;
    core.effects = [];
    return all;
  }

  // A field in the place of a getter: objects with getters of their own are slow to call.
  const gossip: { -readonly [key in keyof Gossip]: Gossip[key] } = {
    peerUp(peer, nowMs, roundTripMs = defaultRoundTripMs) {
      if (getNamed(core.byPeer, peer) !== undefined)
        throw new ParsError('mesh/argument', { what: 'peer' });
      let slot = 0;
      while (core.bySlot[slot] !== undefined) slot += 1;
      if (slot >= maxNeighbours) return meshErr('mesh/too-many-links');
      const neighbour = createNeighbour(peer, slot, Math.min(10_000, Math.max(1, roundTripMs)));
      core.bySlot[slot] = neighbour;
      resetBudgets(core.budgets, slot);
      setNamed(core.byPeer, neighbour);
      core.neighbours.push(neighbour);
      send(core, neighbour, encodeGossipMessage({ type: 'hello', salt: core.ownSalt }));
      core.window.expire(nowMs);
      return ok(done());
    },
    peerDown(peer, nowMs) {
      const neighbour = getNamed(core.byPeer, peer);
      if (neighbour === undefined) return [];
      dropPartial(core, neighbour);
      if (neighbour.isFeeder) core.feeders -= 1;
      deleteNamed(core.byPeer, neighbour);
      core.neighbours.splice(core.neighbours.indexOf(neighbour), 1);
      core.bySlot[neighbour.slot] = undefined;
      for (const entry of core.window.entries()) {
        removeSlot(entry, neighbour.slot);
        removeSlot(entry.tried, neighbour.slot);
        removeSlot(entry.told, neighbour.slot);
        if (entry.pullingFrom !== neighbour.slot) continue;
        entry.pullingFrom = -1;
        if (entry.phase === 'wanted') core.window.schedule(entry, nowMs);
      }
      return done();
    },
    receive(peer, message, nowMs) {
      const neighbour = getNamed(core.byPeer, peer);
      if (neighbour === undefined) return [];
      const fault = gossipMessageFault(message);
      if (fault === undefined) take(core, neighbour, message, nowMs);
      else report(core, neighbour, fault, nowMs);
      return done();
    },
    tick(nowMs) {
      if (core.tellAtMs <= nowMs) tell(core, nowMs);
      if (core.tellRestAtMs <= nowMs) tellRest(core);
      for (
        let entry = core.window.takeDue(nowMs);
        entry !== undefined;
        entry = core.window.takeDue(nowMs)
      ) {
        if (entry.phase === 'wanted') look(core, entry, nowMs);
      }
      sendPulls(core);
      core.window.expire(nowMs);
      return done();
    },
    nextDueMs: never,
    admitted(ticket, verdict, nowMs) {
      const admission = core.admissions.get(ticket);
      if (admission === undefined) return [];
      core.admissions.delete(ticket);
      const { entry, from } = admission;
      const neighbour = core.bySlot[from];
      if (verdict.ok) {
        core.window.setPhase(entry, 'held');
        // What the store had known was spread before; doing it again would make replays grow.
        if (verdict.value === 'stored') spread(core, entry, from, nowMs);
        else release(core, entry);
        return done();
      }
      release(core, entry);
      if (!faults.has(verdict.error.code)) {
        core.window.setPhase(entry, 'refused');
        return done();
      }
      // The bytes were bad, not the id: somebody else may have the good ones.
      core.window.setPhase(entry, 'wanted');
      entry.id = undefined;
      removeSlot(entry, from);
      if (neighbour !== undefined) {
        neighbour.failures = Math.max(neighbour.failures, 1);
        stopFeeding(core, neighbour);
        report(core, neighbour, verdict.error, nowMs);
      }
      look(core, entry, nowMs);
      sendPulls(core);
      return done();
    },
    loaded(ticket, parcel, nowMs) {
      const read = core.reads.get(ticket);
      if (read === undefined) return [];
      core.reads.delete(ticket);
      for (const slot of read.slots) {
        const neighbour = core.bySlot[slot];
        if (neighbour === undefined) continue;
        if (parcel === undefined) sayGone(core, neighbour, read.entry);
        else serve(core, neighbour, read.entry, parcel, nowMs);
      }
      return done();
    },
    drained(peer, bytes) {
      const neighbour = getNamed(core.byPeer, peer);
      if (neighbour === undefined) return [];
      neighbour.inFlightBytes = Math.max(0, neighbour.inFlightBytes - bytes);
      while (neighbour.inFlightBytes < core.settings.sendWindowBytes) {
        const message = takeWaiting(neighbour);
        if (message === undefined) break;
        send(core, neighbour, message);
      }
      if (neighbour.isOwedHaves && neighbour.inFlightBytes < core.settings.sendWindowBytes) {
        neighbour.isOwedHaves = false;
        catchUp(core, neighbour);
      }
      return done();
    },
    publish(gossipClass, parcel, nowMs) {
      const isFitting = spreads(core, gossipClass, parcel);
      if (!isFitting) return meshErr('mesh/not-gossiped');
      const header = parcel.subarray(0, parcelHeaderLength);
      const id = parcelIdFromHeader(core.symmetric, header);
      const short = gossipShortId(id, core.ownSalt);
      const entry = getNamed(core.byShort, short) ?? core.window.add(short, gossipClass, nowMs);
      if (entry.phase === 'held' || entry.phase === 'admitting') return ok([]);
      core.window.schedule(entry, never);
      core.window.setPhase(entry, 'held');
      keep(core, entry, id, parcel);
      spread(core, entry, -1, nowMs);
      return ok(done());
    },
    setIsland(now) {
      core.isIsland = now;
    },
    stats() {
      return {
        neighbours: core.neighbours.length,
        remembered: core.window.size,
        wanted: core.window.wantedCount,
        feeders: core.feeders,
        heldBytes: core.heldBytes,
      };
    },
  };
  return gossip;
}

export function take(
  core: GossipCore,
  neighbour: Neighbour,
  message: Uint8Array,
  nowMs: number,
): void {
  const kind = kindOf(message);
  if (kind === gossipKinds.have) return onHave(core, neighbour, message, nowMs);
  if (kind === gossipKinds.pull) return onPull(core, neighbour, message, nowMs);
  if (kind === gossipKinds.gone) return onGone(core, neighbour, message, nowMs);
  const sound = soundMessage(message);
  switch (sound.type) {
    case 'hello':
      if (neighbour.salt !== undefined) return refuse(core, neighbour, 'hello', nowMs);
      neighbour.salt = sound.salt;
      return catchUp(core, neighbour);
    case 'parcel':
      return onParcel(core, neighbour, sound.gossipClass, sound.parcel, nowMs);
    case 'part':
      return onPart(core, neighbour, sound, nowMs);
    case 'graft':
    case 'prune':
      if (!spendBudget(core.budgets, neighbour.slot, 'switches', 1, nowMs))
        return flood(core, neighbour, sound.type, nowMs);
      neighbour.wantsPushes = sound.type === 'graft' && pushedCount(core) < maxPushed;
  }
}

function pushedCount(core: GossipCore): number {
  let count = 0;
  for (const neighbour of core.neighbours) if (neighbour.wantsPushes) count += 1;
  return count;
}

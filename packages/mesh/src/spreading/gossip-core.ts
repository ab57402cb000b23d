import type { SymmetricPrimitives } from '@pars/crypto';
import type { MeshFailure } from '../errors.ts';
import type { ParcelId } from '../parcel/index.ts';
import { saltLength } from '../reconciliation/short-id.ts';
import { type GossipClass, gossipClasses } from './gossip-class.ts';
import {
  type GossipDeps,
  type GossipEffect,
  type GossipOptions,
  type GossipSettings,
  gossipSettings,
} from './gossip-effect.ts';
import { maxWholeLength } from './gossip-message.ts';
import { maxQueuedBytes, type Neighbour } from './gossip-neighbour.ts';
import { createShortTable, type ShortTable } from './gossip-short-table.ts';
import { createGossipWindow, type GossipEntry, type GossipWindow } from './gossip-window.ts';
import { createNeighbourBudgets, type NeighbourBudgets, spendBudget } from './neighbour-budgets.ts';

/** What the parts of one gossip share: its state and the effects of the call under way. */
export interface GossipCore {
  readonly symmetric: SymmetricPrimitives;
  readonly settings: GossipSettings;
  readonly ownSalt: Uint8Array;
  readonly window: GossipWindow;
  readonly byShort: GossipWindow['byShort'];
  readonly byPeer: ShortTable<Neighbour>;
  readonly neighbours: Neighbour[];
  readonly budgets: NeighbourBudgets;
  readonly bySlot: (Neighbour | undefined)[];
  readonly admissions: Map<number, { readonly entry: GossipEntry; readonly from: number }>;
  readonly reads: Map<number, { readonly entry: GossipEntry; readonly slots: number[] }>;
  /** Pulls that the call under way has decided on, by slot. */
  readonly pulled: (GossipEntry[] | undefined)[];
  hasPulls: boolean;
  readonly untold: GossipEntry[];
  readonly kept: GossipEntry[];
  /** Short ids of the `have` that is being written. */
  readonly telling: number[];
  /** Held parcels of which not every neighbour was told. */
  readonly toldToSome: GossipEntry[];
  tellAtMs: number;
  tellRestAtMs: number;
  lastTellMs: number;
  lastTicket: number;
  heldBytes: number;
  feeders: number;
  isIsland: boolean;
  /** Where the early pushes begin; moves on, from a random start. */
  turn: number;
  effects: GossipEffect[];
}

/** Links at once. */
export const maxNeighbours = 64;
/** Bytes of parcels under admission, of large ones that come in parts, and kept for the first pulls. */
export const maxHeldBytes = 4_194_304;
/** When nothing is due. */
export const never: number = Number.POSITIVE_INFINITY;

/** The state of a gossip without neighbours. Options out of range throw `mesh/argument`. */
export function createGossipCore(deps: GossipDeps, options: GossipOptions): GossipCore {
  const { symmetric, random } = deps;
  const settings = gossipSettings(options);
  const ownSalt = random.bytes(saltLength);
  const window = createGossipWindow(settings.maxIds, settings.windowMs);
  return {
    symmetric,
    settings,
    ownSalt,
    window,
    byShort: window.byShort,
    byPeer: createShortTable<Neighbour>(),
    neighbours: [],
    budgets: createNeighbourBudgets(maxNeighbours),
    bySlot: [],
    admissions: new Map(),
    reads: new Map(),
    pulled: [],
    hasPulls: false,
    untold: [],
    kept: [],
    telling: [],
    toldToSome: [],
    tellAtMs: never,
    tellRestAtMs: never,
    lastTellMs: Number.NEGATIVE_INFINITY,
    lastTicket: 0,
    heldBytes: 0,
    feeders: 0,
    isIsland: false,
    turn: random.bytes(1)[0] ?? 0,
    effects: [],
  };
}

/** Sends at once; the window of the link counts it. */
export function send(core: GossipCore, neighbour: Neighbour, message: Uint8Array): void {
  neighbour.inFlightBytes += message.length;
  core.effects.push({ kind: 'send', peer: neighbour.peer, message });
}

/** Sends now, or when it is the class's turn; false when too much waits already. */
export function enqueue(
  core: GossipCore,
  neighbour: Neighbour,
  entry: GossipEntry,
  message: Uint8Array,
): boolean {
  if (neighbour.queuedBytes === 0 && neighbour.inFlightBytes < core.settings.sendWindowBytes) {
    send(core, neighbour, message);
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

/** Keeps the bytes for admission, pushes and the first pulls; the oldest give way. */
export function keep(core: GossipCore, entry: GossipEntry, id: ParcelId, parcel: Uint8Array): void {
  entry.id = id;
  entry.bytes = parcel;
  core.heldBytes += parcel.length;
  core.kept.push(entry);
  if (core.heldBytes > maxHeldBytes) dropKept(core, 0);
}

/** Lets go of the bytes of an entry. */
export function release(core: GossipCore, entry: GossipEntry): void {
  core.heldBytes -= entry.bytes?.length ?? 0;
  entry.bytes = undefined;
}

/** Makes room for so many bytes, but not at the cost of what is under admission. */
export function dropKept(core: GossipCore, needed: number): void {
  let place = 0;
  for (; place < core.kept.length && core.heldBytes + needed > maxHeldBytes / 2; place += 1) {
    const entry = core.kept[place];
    if (entry === undefined) continue;
    if (entry.phase === 'admitting') break;
    release(core, entry);
  }
  core.kept.splice(0, place);
}

/** Lets go of a large parcel that has not come whole. */
export function dropPartial(core: GossipCore, neighbour: Neighbour): void {
  core.heldBytes -= neighbour.partial?.bytes.length ?? 0;
  neighbour.partial = undefined;
}

/** Emergencies are what their header calls so, and nothing else is one. */
export function spreads(core: GossipCore, gossipClass: GossipClass, parcel: Uint8Array): boolean {
  if (gossipClass === 'island' && !core.isIsland) return false;
  return (gossipClass === 'emergency') === (parcel[priorityOffset] === emergencyPriority);
}

/** Reports a message that is none. */
export function refuse(core: GossipCore, neighbour: Neighbour, what: string, nowMs: number): void {
  report(core, neighbour, { code: 'mesh/bad-gossip-message', meta: { what } }, nowMs);
}

/** Reports more than a bound allows. */
export function flood(core: GossipCore, neighbour: Neighbour, what: string, nowMs: number): void {
  report(core, neighbour, { code: 'mesh/gossip-flood', meta: { what } }, nowMs);
}

/** Tells the owner, within a budget of its own. */
export function report(
  core: GossipCore,
  neighbour: Neighbour,
  failure: MeshFailure,
  nowMs: number,
): void {
  if (!spendBudget(core.budgets, neighbour.slot, 'reports', 1, nowMs)) return;
  core.effects.push({ kind: 'misbehaved', peer: neighbour.peer, failure });
}

/** Offset of the priority in a parcel's header, and its value for an emergency (PIP-1002 §2). */
const priorityOffset = 3;
const emergencyPriority = 2;

import type { ParcelId } from '../parcel/index.ts';
import type { GossipClass } from './gossip-class.ts';
import {
  createShortTable,
  deleteNamed,
  getNamed,
  type Named,
  nameFrom,
  type ShortTable,
  setNamed,
} from './gossip-short-table.ts';

/** What is known of a parcel: told of, under admission, held, or refused by the own store. */
export type GossipPhase = 'wanted' | 'admitting' | 'held' | 'refused';

/** One parcel in the window, named by its short id under the own salt. As a set it is that of the slots whose node has it. */
export interface GossipEntry extends PeerSet, Named {
  readonly sinceMs: number;
  gossipClass: GossipClass;
  phase: GossipPhase;
  id: ParcelId | undefined;
  /** While admission or the first minutes last. */
  bytes: Uint8Array | undefined;
  /** Slots that were asked in this round. */
  tried: PeerSet;
  /** Slots that it was told to under a link that is still up. */
  readonly told: PeerSet;
  rounds: number;
  /** The slot that is being asked, or -1. */
  pullingFrom: number;
  pulledAtMs: number;
  /** When something is to be done about it; infinite when nothing is. */
  dueMs: number;
  /** Place in the queue of dues, or -1. */
  place: number;
  /** Its neighbours in the order of age. */
  older: GossipEntry | undefined;
  newer: GossipEntry | undefined;
}

/** A set of at most 64 slots, as bits. */
export interface PeerSet {
  firstSlots: number;
  lastSlots: number;
}

/** The short id of an entry. */
export function shortOf({ low, high }: Named): number {
  return high * 2 ** 32 + (low >>> 0);
}

/** Whether the slot is in the set. */
export function hasSlot(set: PeerSet, slot: number): boolean {
  return slot < 32
    ? (set.firstSlots & (1 << slot)) !== 0
    : (set.lastSlots & (1 << (slot - 32))) !== 0;
}

/** Puts the slot into the set. */
export function addSlot(set: PeerSet, slot: number): void {
  if (slot < 32) set.firstSlots |= 1 << slot;
  else set.lastSlots |= 1 << (slot - 32);
}

/** Takes the slot out of the set. */
export function removeSlot(set: PeerSet, slot: number): void {
  if (slot < 32) set.firstSlots &= ~(1 << slot);
  else set.lastSlots &= ~(1 << (slot - 32));
}

/** How many slots are in the set. */
export function countSlots({ firstSlots, lastSlots }: PeerSet): number {
  let count = 0;
  for (let rest = firstSlots; rest !== 0; rest &= rest - 1) count += 1;
  for (let rest = lastSlots; rest !== 0; rest &= rest - 1) count += 1;
  return count;
}

/** Whether the set holds anything besides the slot (-1: anything at all). */
export function hasOtherSlot(set: PeerSet, slot: number): boolean {
  const low = slot >= 0 && slot < 32 ? set.firstSlots & ~(1 << slot) : set.firstSlots;
  const high = slot >= 32 ? set.lastSlots & ~(1 << (slot - 32)) : set.lastSlots;
  return low !== 0 || high !== 0;
}

/** The parcels that a node remembers, the oldest first, in bounded memory (PIP-1008 §5). */
export interface GossipWindow {
  readonly size: number;
  /** Entries in the phase `wanted`. */
  readonly wantedCount: number;
  /** By short ids, for `getNamed`. */
  readonly byShort: ShortTable<GossipEntry>;
  /** A new entry in the phase `wanted`. When the window is full the oldest that is not under admission goes. */
  add(short: number, gossipClass: GossipClass, nowMs: number): GossipEntry;
  setPhase(entry: GossipEntry, phase: GossipPhase): void;
  remove(entry: GossipEntry): void;
  /** Removes what is older than the window; at most 64 at a time. */
  expire(nowMs: number): void;
  /** The oldest first. */
  entries(): Iterable<GossipEntry>;
  /** Sets when to look at an entry again; infinite: not at all. */
  schedule(entry: GossipEntry, dueMs: number): void;
  /** When the next entry is due; infinite when none is. */
  readonly nextDueMs: number;
  /** The entry that is due at `nowMs`; its due time becomes infinite. */
  takeDue(nowMs: number): GossipEntry | undefined;
}

/** An empty window. */
export function createGossipWindow(maxIds: number, windowMs: number): GossipWindow {
  const byShort = createShortTable<GossipEntry>();
  let oldest: GossipEntry | undefined;
  let newest: GossipEntry | undefined;
  /** A heap by due time. */
  const dues: GossipEntry[] = [];

  function remove(entry: GossipEntry): void {
    if (getNamed(byShort, shortOf(entry)) !== entry) return;
    deleteNamed(byShort, entry);
    window.size = byShort.size;
    const { older, newer } = entry;
    if (older === undefined) oldest = newer;
    else older.newer = newer;
    if (newer === undefined) newest = older;
    else newer.older = older;
    entry.older = undefined;
    entry.newer = undefined;
    if (entry.phase === 'wanted') window.wantedCount -= 1;
    schedule(entry, Number.POSITIVE_INFINITY);
  }

  function removeOldest(): void {
    let entry = oldest;
    while (entry?.phase === 'admitting') entry = entry.newer;
    if (entry !== undefined) remove(entry);
  }

  function schedule(entry: GossipEntry, dueMs: number): void {
    if (dueMs === Number.POSITIVE_INFINITY && entry.place < 0) return;
    move(entry, dueMs);
    window.nextDueMs = dues[0]?.dueMs ?? Number.POSITIVE_INFINITY;
  }

  function move(entry: GossipEntry, dueMs: number): void {
    entry.dueMs = dueMs;
    if (dueMs === Number.POSITIVE_INFINITY) {
      takeFromHeap(entry);
      return;
    }
    if (entry.place < 0) {
      entry.place = dues.length;
      dues.push(entry);
    }
    rise(entry.place);
    sink(entry.place);
  }

  function takeFromHeap(entry: GossipEntry): void {
    const last = dues.pop();
    const { place } = entry;
    entry.place = -1;
    if (last === undefined || last === entry) return;
    dues[place] = last;
    last.place = place;
    rise(place);
    sink(last.place);
  }

  function swap(a: number, b: number): void {
    const one = dues[a];
    const other = dues[b];
    if (one === undefined || other === undefined) return;
    dues[a] = other;
    dues[b] = one;
    other.place = a;
    one.place = b;
  }

  function dueAt(place: number): number {
    return dues[place]?.dueMs ?? Number.POSITIVE_INFINITY;
  }

  function rise(from: number): void {
    let place = from;
    while (place > 0) {
      const parent = (place - 1) >> 1;
      if (dueAt(parent) <= dueAt(place)) return;
      swap(place, parent);
      place = parent;
    }
  }

  function sink(from: number): void {
    let place = from;
    for (;;) {
      const left = 2 * place + 1;
      const least = dueAt(left + 1) < dueAt(left) ? left + 1 : left;
      if (dueAt(least) >= dueAt(place)) return;
      swap(place, least);
      place = least;
    }
  }

  // Fields in the place of getters: objects with getters of their own are slow to call.
  const window = {
    size: 0,
    wantedCount: 0,
    nextDueMs: Number.POSITIVE_INFINITY,
    byShort,
    add(short: number, gossipClass: GossipClass, nowMs: number): GossipEntry {
      window.expire(nowMs);
      if (byShort.size >= maxIds) removeOldest();
      const entry: GossipEntry = {
        ...nameFrom(short),
        sinceMs: nowMs,
        gossipClass,
        phase: 'wanted',
        id: undefined,
        bytes: undefined,
        firstSlots: 0,
        lastSlots: 0,
        tried: { firstSlots: 0, lastSlots: 0 },
        told: { firstSlots: 0, lastSlots: 0 },
        rounds: 0,
        pullingFrom: -1,
        pulledAtMs: 0,
        dueMs: Number.POSITIVE_INFINITY,
        place: -1,
        older: newest,
        newer: undefined,
      };
      if (newest === undefined) oldest = entry;
      else newest.newer = entry;
      newest = entry;
      setNamed(byShort, entry);
      window.size = byShort.size;
      window.wantedCount += 1;
      return entry;
    },
    setPhase(entry: GossipEntry, phase: GossipPhase): void {
      if (getNamed(byShort, shortOf(entry)) === entry) {
        window.wantedCount += (phase === 'wanted' ? 1 : 0) - (entry.phase === 'wanted' ? 1 : 0);
      }
      entry.phase = phase;
    },
    remove,
    expire(nowMs: number): void {
      for (let count = 0; count < 64; count += 1) {
        if (oldest === undefined || oldest.phase === 'admitting') return;
        if (oldest.sinceMs + windowMs > nowMs) return;
        remove(oldest);
      }
    },
    *entries(): Iterable<GossipEntry> {
      for (let entry = oldest; entry !== undefined; entry = entry.newer) yield entry;
    },
    schedule,
    takeDue(nowMs: number): GossipEntry | undefined {
      const [entry] = dues;
      if (entry === undefined || entry.dueMs > nowMs) return undefined;
      schedule(entry, Number.POSITIVE_INFINITY);
      return entry;
    },
  };
  return window;
}

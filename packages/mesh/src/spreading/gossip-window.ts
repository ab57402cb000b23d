import type { ParcelId } from '../parcel/index.ts';
import type { GossipClass } from './gossip-class.ts';

/** What is known of a parcel: told of, under admission, held, or refused by the own store. */
export type GossipPhase = 'wanted' | 'admitting' | 'held' | 'refused';

/** One parcel in the window. Peers are bits, by slot 0 to 63, in two halves. */
export interface GossipEntry {
  /** The id under the own salt. */
  readonly short: number;
  readonly sinceMs: number;
  gossipClass: GossipClass;
  phase: GossipPhase;
  id: ParcelId | undefined;
  /** While admission or the first minutes last. */
  bytes: Uint8Array | undefined;
  /** Slots whose node has it. */
  holders: PeerSet;
  /** Slots that were asked in this round. */
  tried: PeerSet;
  rounds: number;
  /** A neighbour has told of it, or sent it, besides the one who brought it. */
  isHeard: boolean;
  /** The slot that is being asked, or -1. */
  pullingFrom: number;
  pulledAtMs: number;
  /** When something is to be done about it; infinite when nothing is. */
  dueMs: number;
  /** Place in the queue of dues, or -1. */
  place: number;
}

/** A set of at most 64 slots. */
export interface PeerSet {
  low: number;
  high: number;
}

/** Whether the slot is in the set. */
export function hasSlot(set: PeerSet, slot: number): boolean {
  return slot < 32 ? (set.low & (1 << slot)) !== 0 : (set.high & (1 << (slot - 32))) !== 0;
}

/** Puts the slot into the set. */
export function addSlot(set: PeerSet, slot: number): void {
  if (slot < 32) set.low |= 1 << slot;
  else set.high |= 1 << (slot - 32);
}

/** Takes the slot out of the set. */
export function removeSlot(set: PeerSet, slot: number): void {
  if (slot < 32) set.low &= ~(1 << slot);
  else set.high &= ~(1 << (slot - 32));
}

/** Whether the set holds anything besides the slot (-1: anything at all). */
export function hasOtherSlot(set: PeerSet, slot: number): boolean {
  const low = slot >= 0 && slot < 32 ? set.low & ~(1 << slot) : set.low;
  const high = slot >= 32 ? set.high & ~(1 << (slot - 32)) : set.high;
  return low !== 0 || high !== 0;
}

/** The parcels that a node remembers, the oldest first, in bounded memory (PIP-1008 §5). */
export interface GossipWindow {
  readonly size: number;
  /** Entries in the phase `wanted`. */
  readonly wantedCount: number;
  get(short: number): GossipEntry | undefined;
  /** A new entry in the phase `wanted`. When the window is full the oldest that is not under admission goes. */
  add(short: number, gossipClass: GossipClass, nowMs: number): GossipEntry;
  setPhase(entry: GossipEntry, phase: GossipPhase): void;
  remove(entry: GossipEntry): void;
  /** Removes what is older than the window; at most 64 at a time. */
  expire(nowMs: number): void;
  /** The oldest first. */
  entries(): IterableIterator<GossipEntry>;
  /** Sets when to look at an entry again; infinite: not at all. */
  schedule(entry: GossipEntry, dueMs: number): void;
  /** When the next entry is due; infinite when none is. */
  readonly nextDueMs: number;
  /** The entry that is due at `nowMs`; its due time becomes infinite. */
  takeDue(nowMs: number): GossipEntry | undefined;
}

/** An empty window. */
export function createGossipWindow(maxIds: number, windowMs: number): GossipWindow {
  const byShort = new Map<number, GossipEntry>();
  /** A heap by due time. */
  const dues: GossipEntry[] = [];
  let wantedCount = 0;

  function remove(entry: GossipEntry): void {
    if (!byShort.delete(entry.short)) return;
    if (entry.phase === 'wanted') wantedCount -= 1;
    schedule(entry, Number.POSITIVE_INFINITY);
  }

  function removeOldest(): void {
    for (const entry of byShort.values()) {
      if (entry.phase === 'admitting') continue;
      remove(entry);
      return;
    }
  }

  function schedule(entry: GossipEntry, dueMs: number): void {
    entry.dueMs = dueMs;
    if (dueMs === Number.POSITIVE_INFINITY) {
      if (entry.place >= 0) takeFromHeap(entry);
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

  return {
    get size() {
      return byShort.size;
    },
    get wantedCount() {
      return wantedCount;
    },
    get: (short) => byShort.get(short),
    add(short, gossipClass, nowMs) {
      if (byShort.size >= maxIds) removeOldest();
      const entry: GossipEntry = {
        short,
        sinceMs: nowMs,
        gossipClass,
        phase: 'wanted',
        id: undefined,
        bytes: undefined,
        holders: { low: 0, high: 0 },
        tried: { low: 0, high: 0 },
        rounds: 0,
        isHeard: false,
        pullingFrom: -1,
        pulledAtMs: 0,
        dueMs: Number.POSITIVE_INFINITY,
        place: -1,
      };
      byShort.set(short, entry);
      wantedCount += 1;
      return entry;
    },
    setPhase(entry, phase) {
      if (byShort.get(entry.short) === entry) {
        wantedCount += (phase === 'wanted' ? 1 : 0) - (entry.phase === 'wanted' ? 1 : 0);
      }
      entry.phase = phase;
    },
    remove,
    expire(nowMs) {
      for (let count = 0; count < 64; count += 1) {
        const [oldest] = byShort.values();
        if (oldest === undefined || oldest.phase === 'admitting') return;
        if (oldest.sinceMs + windowMs > nowMs) return;
        remove(oldest);
      }
    },
    entries: () => byShort.values(),
    schedule,
    get nextDueMs() {
      return dueAt(0);
    },
    takeDue(nowMs) {
      const [entry] = dues;
      if (entry === undefined || entry.dueMs > nowMs) return undefined;
      schedule(entry, Number.POSITIVE_INFINITY);
      return entry;
    },
  };
}

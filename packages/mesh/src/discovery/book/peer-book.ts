import { ok, type Random, type Result, uint32FromBytes } from '@pars/base';
import { type MeshFailure, meshErr } from '../../errors.ts';
import { linkAddressFromText } from '../../link-address.ts';
import type { KeyFingerprint } from '../../node-id.ts';
import { lastingRoute } from '../../relay/relay-route.ts';
import { checkRoute, networkGroup } from '../address/index.ts';
import {
  type BookEntry,
  bestSource,
  entryGroup,
  type PeerSource,
  withRoute,
} from './book-entry.ts';
import { decodeBook, encodeBook } from './book-row.ts';

/** The bounds of a book (PIP-1005 §8). */
export const bookBounds = {
  /** Nodes that this node has reached. */
  proven: 512,
  /** Nodes that it has only heard of, from every source together. */
  heard: 512,
  /** Of the heard ones: from each source. */
  fromSource: { user: 64, lan: 64, list: 256, bundle: 128, answer: 256 },
  /** Of the heard ones that strangers told of: in one network, and by one teller. */
  inNetwork: 8,
  byTeller: 32,
  /** An entry goes after so many failures in a row while others could be reached. */
  failures: 3,
  /** Anchors: proven longest, dialled first. */
  anchors: 4,
} as const;

/** Who is to be dialled next. */
export interface DialWish {
  readonly nowMs: number;
  readonly count: number;
  /** Linked, or being dialled. */
  readonly linked: ReadonlySet<KeyFingerprint>;
  /** Networks of the links at hand: others are preferred. */
  readonly networks: ReadonlySet<string>;
}

/**
 * Every node that this one knows how to reach, without a word about persons
 * (PIP-1005 §8): bounded, from several sources none of which can fill it, and
 * kept over a restart.
 */
export interface PeerBook {
  readonly size: number;
  /** Changes that are not in `encode`d bytes yet: goes up by one with each. */
  readonly version: number;
  /**
   * Notes an address with fingerprint. Codes: `mesh/bad-address`,
   * `mesh/address-refused`. `teller` names which stranger said so. A node for
   * which there is no room is dropped without a word.
   */
  note(
    address: string,
    source: PeerSource,
    nowMs: number,
    teller?: string,
  ): Result<void, MeshFailure>;
  /** A dial there has proven the fingerprint. Unknown nodes are put in as if the source had told of them. */
  succeeded(fingerprint: KeyFingerprint, route: string, source: PeerSource, nowMs: number): void;
  /** No route of it worked. */
  failed(fingerprint: KeyFingerprint, nowMs: number): void;
  forget(fingerprint: KeyFingerprint): void;
  get(fingerprint: KeyFingerprint): BookEntry | undefined;
  /**
   * Whoever is to be dialled, the first first: anchors, the local network (half
   * of them at most), the owner's, proven ones, the rest.
   */
  toDial(wish: DialWish): readonly BookEntry[];
  /** At most 4 nodes that were reached on most days, each in another network. */
  anchors(): readonly BookEntry[];
  entries(): readonly BookEntry[];
  /** After a sleep, or in another network, whoever failed may be tried at once. */
  forgive(): void;
  /** The bytes to keep: at most 512 nodes, days in the place of times, nothing of local networks. */
  encode(): Uint8Array;
}

/** An empty book, or the one that was kept. Code of damaged bytes: `mesh/bad-peer-book`. */
export function openPeerBook(
  deps: { readonly random: Random },
  kept?: Uint8Array,
): Result<PeerBook, MeshFailure> {
  const entries = new Map<KeyFingerprint, BookEntry>();
  if (kept !== undefined) {
    const read = decodeBook(kept);
    if (!read.ok) return read;
    for (const entry of read.value) entries.set(entry.fingerprint, entry);
  }
  let version = 0;
  /** The last time anybody beyond the local network was reached. */
  let onlineMs = Number.NEGATIVE_INFINITY;

  function put(entry: BookEntry): void {
    entries.set(entry.fingerprint, entry);
    version += 1;
  }

  function heard(): readonly BookEntry[] {
    return [...entries.values()].filter(({ successMs }) => successMs === 0);
  }

  /** Makes room for one more of this source, or says that there is none. */
  function hasRoom(source: PeerSource, network: string, teller: string): boolean {
    const all = heard();
    const ofSource = all.filter((entry) => bestSource(entry) === source);
    if (source === 'answer' || source === 'bundle') {
      const isFull = (count: number, bound: number) => count >= bound;
      if (
        isFull(ofSource.filter((one) => entryGroup(one) === network).length, bookBounds.inNetwork)
      ) {
        return false;
      }
      if (isFull(ofSource.filter((one) => one.teller === teller).length, bookBounds.byTeller)) {
        return false;
      }
    }
    if (ofSource.length >= bookBounds.fromSource[source]) {
      const [worst] = ofSource.toSorted(byWorth);
      // What the owner gave is never pushed out, not even by more of the same.
      if (worst === undefined || source === 'user') return false;
      forget(worst.fingerprint);
    } else if (all.length >= bookBounds.heard) {
      const [worst] = all.filter((entry) => bestSource(entry) === 'answer').toSorted(byWorth);
      if (worst === undefined) return false;
      forget(worst.fingerprint);
    }
    return true;
  }

  function forget(fingerprint: KeyFingerprint): void {
    if (entries.delete(fingerprint)) version += 1;
  }

  function boundProven(): void {
    const proven = [...entries.values()].filter(({ successMs }) => successMs > 0);
    if (proven.length <= bookBounds.proven) return;
    // The largest network gives way, and in it whoever was reached on the fewest days.
    const countByGroup = new Map<string, number>();
    for (const one of proven)
      countByGroup.set(entryGroup(one), (countByGroup.get(entryGroup(one)) ?? 0) + 1);
    const most = Math.max(...countByGroup.values());
    const [worst] = proven
      .filter((one) => countByGroup.get(entryGroup(one)) === most)
      .toSorted((a, b) => a.provenDays - b.provenDays || a.successMs - b.successMs);
    if (worst !== undefined) forget(worst.fingerprint);
  }

  function anchors(): readonly BookEntry[] {
    const chosen: BookEntry[] = [];
    const groups = new Set<string>();
    const candidates = [...entries.values()]
      .filter((entry) => entry.successMs > 0 && entry.routes[0]?.source !== 'lan')
      .toSorted((a, b) => b.provenDays - a.provenDays || a.firstMs - b.firstMs);
    for (const entry of candidates) {
      if (chosen.length >= bookBounds.anchors) break;
      if (groups.has(entryGroup(entry))) continue;
      groups.add(entryGroup(entry));
      chosen.push(entry);
    }
    return chosen;
  }

  function shuffled(list: readonly BookEntry[]): readonly BookEntry[] {
    const drawn = new Map(list.map((entry) => [entry, uint32FromBytes(deps.random.bytes(4))]));
    return list.toSorted((a, b) => (drawn.get(a) ?? 0) - (drawn.get(b) ?? 0));
  }

  return ok({
    get size() {
      return entries.size;
    },
    get version() {
      return version;
    },
    note(text, source, nowMs, teller = '') {
      const address = linkAddressFromText(text);
      if (!address.ok) return address;
      const { fingerprint } = address.value;
      const route = lastingRoute(address.value);
      if (fingerprint === undefined || route.length > maxRouteLength) {
        return meshErr('mesh/bad-address');
      }
      const checked = checkRoute(route, originOf(source));
      if (!checked.ok) return checked;
      const known = entries.get(fingerprint);
      const added = { route, source, isProven: false };
      if (known !== undefined) {
        const merged = withRoute(known, added);
        if (merged.routes.some(({ route: one }) => one === route)) put(merged);
        return ok(undefined);
      }
      if (!hasRoom(source, networkGroup(route), teller)) return ok(undefined);
      put({ ...newEntry(fingerprint, nowMs), routes: [added], teller });
      return ok(undefined);
    },
    succeeded(fingerprint, route, source, nowMs) {
      if (route.length > maxRouteLength) return;
      if (source !== 'lan') onlineMs = nowMs;
      const known = entries.get(fingerprint) ?? newEntry(fingerprint, nowMs);
      const isNewDay = known.successMs === 0 || dayOf(known.successMs) !== dayOf(nowMs);
      put({
        ...withRoute(known, { route, source, isProven: true }),
        successMs: nowMs,
        triedMs: nowMs,
        failures: 0,
        provenDays: Math.min(known.provenDays + Number(isNewDay), 65_535),
      });
      boundProven();
    },
    failed(fingerprint, nowMs) {
      const entry = entries.get(fingerprint);
      if (entry === undefined) return;
      // Without an uplink everybody fails; an outage must not cost the book.
      // A clock that was set back since says nothing about when that was.
      const isOnline = nowMs >= onlineMs && nowMs - onlineMs <= onlineForMs;
      const counts = isOnline || bestSource(entry) === 'lan';
      const failures = Math.min(entry.failures + Number(counts), 16);
      const isKept = bestSource(entry) === 'user' || bestSource(entry) === 'list';
      if (failures >= bookBounds.failures && !isKept) forget(fingerprint);
      else put({ ...entry, failures, triedMs: nowMs });
    },
    forget,
    get: (fingerprint) => entries.get(fingerprint),
    toDial({ count, linked, networks, nowMs }) {
      const anchored = anchors();
      const isDue = (entry: BookEntry) =>
        !linked.has(entry.fingerprint) &&
        (entry.triedMs === 0 || nowMs >= entry.triedMs + backoffMs(entry) || nowMs < entry.triedMs);
      const rest = [...entries.values()].filter((entry) => !anchored.includes(entry));
      const classes = [
        anchored,
        rest.filter((entry) => bestSource(entry) === 'lan'),
        rest.filter((entry) => bestSource(entry) === 'user'),
        rest.filter((entry) => entry.successMs > 0),
        rest.filter((entry) => bestSource(entry) === 'list'),
        rest,
      ];
      const ordered = [...new Set(classes.flatMap(shuffled))].filter(isDue);
      const chosen: BookEntry[] = [];
      const taken = new Set(networks);
      // Neighbours can invent nodes without end: they take half of the places at most.
      let lanLeft = Math.ceil(count / 2);
      for (const isStrict of [true, false]) {
        for (const entry of ordered) {
          if (chosen.length >= count || chosen.includes(entry)) continue;
          const isOnLan = bestSource(entry) === 'lan';
          if (isOnLan && lanLeft === 0) continue;
          const isFree =
            ['lan', 'user'].includes(bestSource(entry)) || !taken.has(entryGroup(entry));
          if (isStrict && !isFree) continue;
          if (isOnLan) lanLeft -= 1;
          chosen.push(entry);
          taken.add(entryGroup(entry));
        }
      }
      return chosen;
    },
    anchors,
    entries: () => [...entries.values()],
    forgive() {
      for (const entry of entries.values()) {
        entries.set(entry.fingerprint, { ...entry, triedMs: 0, failures: 0 });
      }
    },
    encode: () => encodeBook([...entries.values()]),
  });
}

function newEntry(fingerprint: KeyFingerprint, nowMs: number): BookEntry {
  return {
    fingerprint,
    routes: [],
    firstMs: nowMs,
    successMs: 0,
    provenDays: 0,
    triedMs: 0,
    failures: 0,
    teller: '',
  };
}

function originOf(source: PeerSource): 'user' | 'lan' | 'list' | 'stranger' {
  return source === 'bundle' || source === 'answer' ? 'stranger' : source;
}

/** Whoever goes first when room is needed: failures, then age. */
function byWorth(one: BookEntry, other: BookEntry): number {
  return other.failures - one.failures || one.firstMs - other.firstMs;
}

/** 15 s, doubled with each failure, at most an hour. */
function backoffMs({ failures }: BookEntry): number {
  return Math.min(15_000 * 2 ** failures, 3_600_000);
}

function dayOf(ms: number): number {
  return Math.floor(ms / 86_400_000);
}

/** Longest route that is remembered. */
const maxRouteLength = 256;
/** So long after the last success somebody else's failure counts. */
const onlineForMs = 600_000;

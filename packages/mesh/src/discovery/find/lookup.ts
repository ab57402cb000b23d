import type { KeyFingerprint } from '../../node-id.ts';
import { endpointGroup } from '../address/index.ts';
import type { NodeContact } from './node-contact.ts';
import { compareDistance, distanceShare, placeLength } from './place.ts';

/** How a search goes (PIP-1005 §6). The defaults are what the figures of the PIP were measured with. */
export interface LookupOptions {
  /** How many of the nearest nodes have to answer before it ends: 1 to 20. Default 20. */
  readonly width?: number;
  /** Paths at the start, which share no node that is asked. Default 3, at least 2. */
  readonly paths?: number;
  /** Paths in all, when what was found is too thin for the network's size. Default 12. */
  readonly maxPaths?: number;
  /** Questions under way on a path. Default 3. */
  readonly alpha?: number;
  /** Questions in all. Default 160. */
  readonly maxAsks?: number;
  /** How many nodes answer questions in the whole network, as far as is known. */
  readonly networkSize?: number;
}

/** What is to be done next; `found` ends the search. */
export interface LookupStep {
  readonly asks: readonly NodeContact[];
  readonly found?: LookupResult;
}

/** What a search ended with. */
export interface LookupResult {
  /** The nearest nodes, at most `width`, the nearest first. Each one answered on a link that proved its fingerprint. */
  readonly nodes: readonly NodeContact[];
  /** Fewer nodes lie there than the network's size lets expect: hostile nodes may hide others, or the network has shrunk. */
  readonly isThin: boolean;
  /** Far more nodes lie there than anywhere else: somebody may have made keys for this place. */
  readonly isCrowded: boolean;
  readonly asked: number;
  readonly failed: number;
}

/** One search for the nodes nearest to a place: pure, bounded, and with answers that may lie. */
export interface Lookup {
  readonly place: Uint8Array;
  start(): LookupStep;
  /** The node answered with these contacts, all of them with public endpoints. */
  answered(node: KeyFingerprint, contacts: readonly NodeContact[]): LookupStep;
  /** It could not be linked to as who it is said to be, or did not answer. */
  failed(node: KeyFingerprint): LookupStep;
}

type State = 'new' | 'asked' | 'answered' | 'failed';

interface Candidate {
  readonly contact: NodeContact;
  readonly groups: readonly string[];
  state: State;
  /** The path that asked it; the last, common one has the number -1. */
  path: number | undefined;
  /** Who told of it; the own table is nobody. */
  readonly referrers: Set<KeyFingerprint>;
  /** Which paths know of it. */
  readonly paths: Set<number>;
}

/** Candidates that a path, and the end, look at. */
const pathWidth = 5;
/** Candidates of one network that are looked at: the rest wait until these have failed. */
const groupWidth = 4;
/** Who told of so many nodes that were not there is not believed any more. */
const maxBadReferrals = 3;
const maxCandidates = 1_024;
const jointPath = -1;

/**
 * A search from `seeds`, nodes of the own table, nearest first; own node
 * excluded. First several paths go greedily towards the place; no node is
 * asked by two of them, so that one lie leads one path astray only. Then all
 * that was found is gone through together.
 */
export function createLookup(
  own: KeyFingerprint,
  place: Uint8Array,
  seeds: readonly NodeContact[],
  options: LookupOptions = {},
): Lookup {
  const { width = 20, maxPaths = 12, alpha = 3, maxAsks = 160, networkSize } = options;
  const candidates = new Map<KeyFingerprint, Candidate>();
  /** Kept in order of distance. */
  const sorted: Candidate[] = [];
  const badReferrals = new Map<KeyFingerprint, number>();
  const reserve = [...seeds];
  let pathCount = 0;
  let isJoint = false;
  let isOver = false;
  let asked = 0;
  let failures = 0;

  function note(contact: NodeContact, path: number, referrer: KeyFingerprint | undefined): void {
    if (contact.fingerprint === own || contact.place.length !== placeLength) return;
    const known = candidates.get(contact.fingerprint);
    if (known !== undefined) {
      known.paths.add(path);
      if (referrer !== undefined) known.referrers.add(referrer);
      return;
    }
    if (candidates.size >= maxCandidates) return;
    const candidate: Candidate = {
      contact,
      groups: [...new Set(contact.endpoints.map(endpointGroup))],
      state: 'new',
      path: undefined,
      referrers: new Set(referrer === undefined ? [] : [referrer]),
      paths: new Set([path]),
    };
    candidates.set(contact.fingerprint, candidate);
    let at = sorted.length;
    while (
      at > 0 &&
      compareDistance(place, contact.place, sorted[at - 1]?.contact.place ?? place) < 0
    )
      at -= 1;
    sorted.splice(at, 0, candidate);
  }

  /** The nearest living candidates of a path; those that another path asked are not its own. */
  function windowOf(path: number): readonly Candidate[] {
    const limit = path === jointPath ? width : pathWidth;
    const window: Candidate[] = [];
    const countByGroup = new Map<string, number>();
    for (const candidate of sorted) {
      if (window.length >= limit) break;
      if (candidate.state === 'failed') continue;
      if (path !== jointPath) {
        if (!candidate.paths.has(path)) continue;
        if (candidate.path !== undefined && candidate.path !== path) continue;
      }
      if (candidate.groups.some((group) => (countByGroup.get(group) ?? 0) >= groupWidth)) continue;
      for (const group of candidate.groups)
        countByGroup.set(group, (countByGroup.get(group) ?? 0) + 1);
      window.push(candidate);
    }
    return window;
  }

  function openPath(share: number): void {
    const path = pathCount;
    pathCount += 1;
    for (const seed of reserve.splice(0, share)) note(seed, path, undefined);
  }

  function asksOf(path: number, window: readonly Candidate[]): readonly NodeContact[] {
    const underWay = sorted.filter(
      (one) => one.state === 'asked' && (path === jointPath || one.path === path),
    );
    const room = Math.min(alpha * (path === jointPath ? 3 : 1) - underWay.length, maxAsks - asked);
    const next = window.filter(({ state }) => state === 'new').slice(0, Math.max(0, room));
    for (const candidate of next) {
      candidate.state = 'asked';
      candidate.path = path;
      asked += 1;
    }
    return next.map(({ contact }) => contact);
  }

  function step(): LookupStep {
    if (isOver) return { asks: [] };
    const asks: NodeContact[] = [];
    if (!isJoint) {
      for (let path = 0; path < pathCount; path += 1) asks.push(...asksOf(path, windowOf(path)));
      if (asks.length > 0 || isWaiting()) return { asks };
      isJoint = true;
    }
    asks.push(...asksOf(jointPath, windowOf(jointPath)));
    if (asks.length > 0 || isWaiting()) return { asks };
    if (isThin() && reserve.length > 0 && pathCount < maxPaths && asked < maxAsks) {
      isJoint = false;
      for (let path = 0; path < 3; path += 1) openPath(2);
      return step();
    }
    isOver = true;
    const nodes = nearestAnswered(width);
    return {
      asks,
      found: { nodes, isThin: isThin(), isCrowded: isCrowded(), asked, failed: failures },
    };
  }

  function isWaiting(): boolean {
    return sorted.some(({ state }) => state === 'asked');
  }

  function nearestAnswered(count: number): readonly NodeContact[] {
    const nodes: NodeContact[] = [];
    for (const { contact, state } of sorted) {
      if (state === 'answered') nodes.push(contact);
      if (nodes.length >= count) break;
    }
    return nodes;
  }

  /** How many times more (above 1) or fewer nodes lie there than the network's size says; 1 when nothing is known. */
  function densityAt(rank: number): number {
    if (networkSize === undefined || networkSize <= 2 * width) return 1;
    const node = nearestAnswered(rank).at(rank - 1);
    if (node === undefined) return 0;
    return rank / Math.max(distanceShare(place, node.place), 2 ** -50) / networkSize;
  }

  function isThin(): boolean {
    return densityAt(width) < thinBelow;
  }

  function isCrowded(): boolean {
    return densityAt(Math.min(width, 5)) > crowdedAbove;
  }

  /** What only liars told of is not asked. */
  function distrust(referrer: KeyFingerprint): void {
    const count = (badReferrals.get(referrer) ?? 0) + 1;
    badReferrals.set(referrer, count);
    if (count < maxBadReferrals) return;
    for (const candidate of sorted) {
      if (candidate.state !== 'new' || candidate.referrers.size === 0) continue;
      const isBelieved = [...candidate.referrers].some(
        (one) => (badReferrals.get(one) ?? 0) < maxBadReferrals,
      );
      if (!isBelieved) candidate.state = 'failed';
    }
  }

  return {
    place,
    start() {
      const paths = Math.max(2, options.paths ?? 3);
      const share = Math.max(1, Math.min(7, Math.ceil(seeds.length / paths)));
      // Round by round, so that each path begins with one of the nearest.
      for (let path = 0; path < paths; path += 1) openPath(0);
      for (const [at, seed] of reserve.splice(0, share * paths).entries())
        note(seed, at % paths, undefined);
      return step();
    },
    answered(node, contacts) {
      const candidate = candidates.get(node);
      if (candidate?.state !== 'asked') return { asks: [] };
      candidate.state = 'answered';
      for (const contact of contacts) note(contact, candidate.path ?? jointPath, node);
      return step();
    },
    failed(node) {
      const candidate = candidates.get(node);
      if (candidate?.state !== 'asked') return { asks: [] };
      candidate.state = 'failed';
      failures += 1;
      for (const referrer of candidate.referrers) distrust(referrer);
      return step();
    },
  };
}

/** Random places of an honest network are thinner than this in one search of a hundred. */
const thinBelow = 0.6;
/** The nearest five are nearer than this by chance in one search of five thousand. */
const crowdedAbove = 10;

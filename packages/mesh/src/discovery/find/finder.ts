import { equalBytes, ok, type Random, type Result } from '@pars/base';
import { type MeshFailure, meshErr } from '../../errors.ts';
import type { KeyFingerprint } from '../../node-id.ts';
import { createRateBudget } from '../../spreading/rate-budget.ts';
import {
  type Endpoint,
  endpointGroup,
  ipFromText,
  ipToText,
  isPublicEndpoint,
} from '../address/index.ts';
import { createAskLimits } from './ask-limits.ts';
import { decodeFindMessage, encodeFindMessage, maxFound } from './find-message.ts';
import { createLookup, type Lookup, type LookupOptions, type LookupResult } from './lookup.ts';
import {
  contactFromPlace,
  dialableContacts,
  maxEndpoints,
  type NodeContact,
} from './node-contact.ts';
import { distanceShare, placeInBucket, placeLength } from './place.ts';
import { createRoutingTable } from './routing-table.ts';
import { createSizeEstimate } from './size-estimate.ts';

/** What the owner of a finder has to do. */
export type FinderEffect =
  | {
      /**
       * Link with the node at one of its endpoints, holding it to its
       * fingerprint, send the request over a stream, and call `answered` or `failed`.
       */
      readonly kind: 'ask';
      readonly ticket: number;
      readonly contact: NodeContact;
      readonly request: Uint8Array;
      /** The endpoint itself is to be proven: an open link does not do. */
      readonly isFresh: boolean;
    }
  | { readonly kind: 'found'; readonly search: number; readonly result: LookupResult };

/** Who asks, as its link has proven it. */
export interface Asker {
  readonly fingerprint: KeyFingerprint;
  readonly place: Uint8Array;
  /** The IP address at the other end of its link; `undefined` where there is none. */
  readonly ip: Uint8Array | undefined;
}

/** What a finder knows of itself and its surroundings. */
export interface FinderStats {
  readonly known: number;
  /** Nodes in the whole network that answer questions; `undefined` until some searches ended. */
  readonly networkSize: number | undefined;
  readonly isServing: boolean;
  readonly searches: number;
  /** Nodes that lately said that they have this one in their tables. */
  readonly listedBy: number;
  /** Questions that were answered to this node since its start. */
  readonly answers: number;
}

/**
 * Searching and answering of one node (PIP-1005 §5 to §7): a machine without
 * links or timers. Every call returns what is to be done now.
 */
export interface Finder {
  /** Begins a search; `undefined` when 16 are under way. Ends with `found`. */
  search(
    place: Uint8Array,
    options?: Pick<LookupOptions, 'width'>,
  ): { readonly search: number; readonly effects: readonly FinderEffect[] } | undefined;
  /**
   * What came over the link that was opened for a ticket, and, when it was
   * dialled for it, at which endpoint. Codes: `mesh/bad-find-message`,
   * `mesh/find-refused`, `mesh/unknown-…`.
   */
  answered(
    ticket: number,
    bytes: Uint8Array,
    dialled: Endpoint | undefined,
    nowMs: number,
  ): { readonly result: Result<void, MeshFailure>; readonly effects: readonly FinderEffect[] };
  failed(ticket: number, nowMs: number): readonly FinderEffect[];
  /** Answers a stranger. Code: `mesh/bad-find-message`; the stream is then to be aborted. */
  serve(
    asker: Asker,
    request: Uint8Array,
    nowMs: number,
  ): Result<
    { readonly answer: Uint8Array; readonly effects: readonly FinderEffect[] },
    MeshFailure
  >;
  /** Nodes that were heard of elsewhere: in the book, lists, records. Those with room in the table are probed. */
  hear(contacts: readonly NodeContact[], nowMs: number): readonly FinderEffect[];
  /** What time asks for: refreshing searches and probes. To be called about every minute, never needed. */
  tick(nowMs: number): readonly FinderEffect[];
  /** The public endpoints of this node when it is to answer others, else none. */
  serveAt(endpoints: readonly Endpoint[]): void;
  /** A question that tells nothing, to see whether a node answers. */
  question(): Uint8Array;
  /** The known nodes nearest to the place, nearest first; no question is asked. */
  closest(place: Uint8Array, count: number): readonly NodeContact[];
  /** An own IP address that nodes of three networks saw this node come from. */
  seenIps(): readonly Uint8Array[];
  stats(): FinderStats;
}

/** How often a finder looks after its table; phones and browsers do it rarely. */
export interface FinderOptions {
  /** Milliseconds between refreshing searches. Default 1,800,000. */
  readonly refreshMs?: number;
  /** A node that was not heard of for so long is probed. Default 7,200,000. */
  readonly staleMs?: number;
}

type Pending =
  | { readonly kind: 'search'; readonly search: number; readonly contact: NodeContact }
  | { readonly kind: 'probe'; readonly contact: NodeContact; readonly isFresh: boolean };

interface Search {
  readonly lookup: Lookup;
  /** Nobody else knew this place beforehand. */
  readonly isRandom: boolean;
}

/** Refreshing searches without a pause between them. */
const firstRound = 16;
/** Networks that have to agree on an own address. */
const seenByEnough = 3;
const maxSearches = 16;
const maxProbes = 16;
const maxSeen = 64;
/** A node that was not where it said is left alone for so long. */
const avoidMs = 600_000;
const maxUnreachable = 512;

/** A finder of the node with this fingerprint. */
export function createFinder(
  deps: { readonly random: Random },
  own: { readonly fingerprint: KeyFingerprint; readonly place: Uint8Array },
  options: FinderOptions = {},
): Finder {
  const { refreshMs = 1_800_000, staleMs = 7_200_000 } = options;
  const table = createRoutingTable(own.place);
  const size = createSizeEstimate();
  const limits = createAskLimits();
  const probeBudget = createRateBudget(0.5, maxProbes);
  const pending = new Map<number, Pending>();
  const probing = new Set<KeyFingerprint>();
  const searches = new Map<number, Search>();
  /** Own IP addresses as others saw them, by their network; the latest word of each. */
  const seenByNetwork = new Map<string, string>();
  const listers = new Set<KeyFingerprint>();
  /** Until when nodes that were not where they said are not probed again. */
  const unreachable = new Map<KeyFingerprint, number>();
  let answers = 0;
  let endpoints: readonly Endpoint[] = [];
  let ticket = 0;
  let searchCount = 0;
  let refreshes = 0;
  let nextRefreshMs: number | undefined;

  function ask(entry: Pending, place: Uint8Array): FinderEffect {
    ticket += 1;
    pending.set(ticket, entry);
    return {
      kind: 'ask',
      ticket,
      contact: entry.contact,
      request: encodeFindMessage({ type: 'find', place, endpoints }),
      isFresh: entry.kind === 'probe' && entry.isFresh,
    };
  }

  function probe(contact: NodeContact, nowMs: number, isFresh = false): readonly FinderEffect[] {
    const { fingerprint } = contact;
    if (fingerprint === own.fingerprint || probing.has(fingerprint)) return [];
    if (nowMs < (unreachable.get(fingerprint) ?? nowMs)) return [];
    if (probing.size >= maxProbes || !probeBudget.spend(1, nowMs)) return [];
    probing.add(contact.fingerprint);
    // A place of no meaning: what a probe asks for tells nothing.
    return [ask({ kind: 'probe', contact, isFresh }, deps.random.bytes(placeLength))];
  }

  function begin(place: Uint8Array, isRandom: boolean, more: LookupOptions) {
    if (searches.size >= maxSearches) return undefined;
    const networkSize = size.value();
    const lookup = createLookup(own.fingerprint, place, table.closest(place, 60), {
      ...more,
      ...(networkSize === undefined ? {} : { networkSize }),
    });
    searchCount += 1;
    const search = searchCount;
    searches.set(search, { lookup, isRandom });
    return { search, effects: follow(search, lookup.start()) };
  }

  function follow(search: number, step: ReturnType<Lookup['start']>): readonly FinderEffect[] {
    const running = searches.get(search);
    if (running === undefined) return [];
    const { lookup, isRandom } = running;
    const asks = step.asks.map((contact) => ask({ kind: 'search', search, contact }, lookup.place));
    if (step.found === undefined) return asks;
    searches.delete(search);
    const { nodes } = step.found;
    const tenth = nodes[9];
    if (isRandom && tenth !== undefined) size.note(10, distanceShare(lookup.place, tenth.place));
    return [...asks, { kind: 'found', search, result: step.found }];
  }

  /** A proven node takes its place; whoever has stood longest unheard in a full bucket is asked. */
  function prove(contact: NodeContact, nowMs: number): readonly FinderEffect[] {
    if (table.prove(contact, nowMs) !== 'waiting') return [];
    const oldest = table.oldestNear(contact.place);
    const isFresh = oldest === undefined || nowMs - oldest.seenMs < staleMs;
    return isFresh ? [] : probe(oldest.contact, nowMs);
  }

  function noteSeen(from: Endpoint, seen: Uint8Array | undefined): void {
    if (seen === undefined) return;
    const group = endpointGroup(from);
    seenByNetwork.delete(group);
    seenByNetwork.set(group, ipToText(seen));
    const [oldest] = seenByNetwork.keys();
    if (seenByNetwork.size > maxSeen && oldest !== undefined) seenByNetwork.delete(oldest);
  }

  function noteLister(fingerprint: KeyFingerprint, isListed: boolean): void {
    listers.delete(fingerprint);
    if (isListed) listers.add(fingerprint);
    const [oldest] = listers;
    if (listers.size > maxSeen && oldest !== undefined) listers.delete(oldest);
  }

  function failed(ofTicket: number, nowMs: number): readonly FinderEffect[] {
    const entry = pending.get(ofTicket);
    if (entry === undefined) return [];
    pending.delete(ofTicket);
    const { fingerprint } = entry.contact;
    table.fail(fingerprint);
    listers.delete(fingerprint);
    if (entry.kind === 'probe') {
      probing.delete(fingerprint);
      unreachable.delete(fingerprint);
      unreachable.set(fingerprint, nowMs + avoidMs);
      const [first] = unreachable.keys();
      if (unreachable.size > maxUnreachable && first !== undefined) unreachable.delete(first);
      return [];
    }
    const step = searches.get(entry.search)?.lookup.failed(fingerprint);
    return step === undefined ? [] : follow(entry.search, step);
  }

  return {
    search: (place, more = {}) => begin(place, false, more),
    answered(ofTicket, bytes, dialled, nowMs) {
      const entry = pending.get(ofTicket);
      if (entry === undefined) return { result: meshErr('mesh/bad-find-message'), effects: [] };
      const message = decodeFindMessage(bytes);
      const nodes = message.ok && message.value.type === 'nodes' ? message.value : undefined;
      if (nodes === undefined) {
        const isRefusal = message.ok && message.value.type === 'refused';
        const wrong = meshErr('mesh/bad-find-message', { what: 'question' });
        const result = isRefusal ? meshErr('mesh/find-refused') : message.ok ? wrong : message;
        return { result, effects: failed(ofTicket, nowMs) };
      }
      pending.delete(ofTicket);
      answers += 1;
      const { contact } = entry;
      const effects: FinderEffect[] = [];
      noteLister(contact.fingerprint, nodes.isListed);
      if (dialled === undefined) table.see(contact.fingerprint, nowMs);
      else {
        noteSeen(dialled, nodes.seen);
        // Where a node of the local network or the owner's word was dialled is nobody else's business.
        if (isPublicEndpoint(dialled)) {
          effects.push(...prove({ ...contact, endpoints: [dialled] }, nowMs));
        }
      }
      if (entry.kind === 'probe') probing.delete(contact.fingerprint);
      else {
        const step = searches
          .get(entry.search)
          ?.lookup.answered(contact.fingerprint, dialableContacts(nodes.contacts));
        if (step !== undefined) effects.push(...follow(entry.search, step));
      }
      return { result: ok(undefined), effects };
    },
    failed,
    serve(asker, request, nowMs) {
      const message = decodeFindMessage(request);
      if (!message.ok) return message;
      if (message.value.type !== 'find')
        return meshErr('mesh/bad-find-message', { what: 'answer' });
      const refuse = (reason: 'too-often' | 'not-serving') =>
        ok({ answer: encodeFindMessage({ type: 'refused', reason }), effects: [] });
      if (endpoints.length === 0) return refuse('not-serving');
      const network =
        asker.ip === undefined ? '' : endpointGroup({ transport: 'tcp', ip: asker.ip, port: 1 });
      if (!limits.admit(asker.fingerprint, network, nowMs)) return refuse('too-often');

      const effects: FinderEffect[] = [];
      // Only where its own link comes from: nobody can have another host dialled.
      const claimed = message.value.endpoints.filter(
        (one) => isPublicEndpoint(one) && asker.ip !== undefined && equalBytes(one.ip, asker.ip),
      );
      const contact = contactFromPlace(asker.place, claimed);
      if (table.has(asker.fingerprint)) table.see(asker.fingerprint, nowMs);
      else if (claimed.length > 0 && table.hasRoomFor(contact))
        effects.push(...probe(contact, nowMs, true));
      const contacts = table
        .closest(message.value.place, maxFound + 1)
        .filter(({ fingerprint }) => fingerprint !== asker.fingerprint)
        .slice(0, maxFound);
      const isListed = table.has(asker.fingerprint);
      const answer = encodeFindMessage({ type: 'nodes', isListed, seen: asker.ip, contacts });
      return ok({ answer, effects });
    },
    hear(contacts, nowMs) {
      const fresh = dialableContacts(contacts).filter(
        (contact) => !table.has(contact.fingerprint) && table.hasRoomFor(contact),
      );
      return fresh.flatMap((contact) => probe(contact, nowMs));
    },
    tick(nowMs) {
      const effects: FinderEffect[] = [];
      if (table.size > 0 && nowMs >= (nextRefreshMs ?? nowMs)) {
        // Its own surroundings, whose nodes have to know it, in turn with bucket after bucket.
        const isOwn = refreshes % 2 === 0;
        const bits = ((refreshes - 1) / 2) % (Math.min(table.depth(), 24) + 1);
        const place = isOwn
          ? own.place
          : placeInBucket(own.place, bits, deps.random.bytes(placeLength));
        refreshes += 1;
        // The first round follows at once: a table of a few nodes is no table.
        nextRefreshMs = nowMs + (refreshes <= firstRound ? 0 : refreshMs);
        effects.push(...(begin(place, !isOwn, { width: 10 })?.effects ?? []));
      }
      const [stale] = table.entries().toSorted((one, other) => one.seenMs - other.seenMs);
      if (stale !== undefined && nowMs - stale.seenMs >= staleMs) {
        effects.push(...probe(stale.contact, nowMs));
      }
      return effects;
    },
    serveAt(ownEndpoints) {
      endpoints = ownEndpoints.filter(isPublicEndpoint).slice(0, maxEndpoints);
    },
    question: () =>
      encodeFindMessage({ type: 'find', place: deps.random.bytes(placeLength), endpoints: [] }),
    closest: (place, count) => table.closest(place, count),
    seenIps() {
      const countByIp = new Map<string, number>();
      for (const ip of seenByNetwork.values()) countByIp.set(ip, (countByIp.get(ip) ?? 0) + 1);
      return [...countByIp].flatMap(([text, count]) => {
        const ip = ipFromText(text);
        return ip === undefined || count < seenByEnough ? [] : [ip];
      });
    },
    stats: () => ({
      known: table.size,
      networkSize: size.value(),
      isServing: endpoints.length > 0,
      searches: searches.size,
      listedBy: listers.size,
      answers,
    }),
  };
}

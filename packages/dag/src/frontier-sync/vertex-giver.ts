import {
  compareBytes,
  concatBytes,
  equalBytes,
  ParsError,
  type RandomDep,
  uint32FromBytes,
  utf8ToBytes,
} from '@pars/base';
import { bytesFromKey, bytesToKey } from '../byte-key.ts';
import { MAX_FRONTIER, MAX_HEAD_TREES } from '../replica/difference.ts';
import { decodeVertex, type HashDep, type SpaceId, type Vertex, type VertexId } from '../vertex.ts';
import { createRecentKeys, type ExchangeBudget, headLookupCost } from './exchange-budget.ts';
import type { BaseRef } from './frontier-machine.ts';
import { type FrontierMessageOf, MAX_WANTED, tagLength } from './frontier-message.ts';
import { type ArrivedRun, createGivenLedger } from './given-ledger.ts';
import { createKnownSearch, type KnownSearch } from './known-search.ts';
import { createOutgoingVertices, type OutgoingVertices } from './outgoing-vertices.ts';
import { fail, read, readHeld, send, type Work } from './work.ts';

/** Gives the other side what it lacks (PIP-1003 §13). */
export interface VertexGiver {
  /** The heads in the other side's list. */
  readonly toldHeads: readonly VertexId[];
  /** How far its list of heads came. */
  readonly heard: { readonly list: Uint8Array; readonly count: number } | undefined;
  /** How many more it announced that never came. */
  readonly unnamedHeads: number;
  readonly progress: number;
  /** Nothing is known of what the other side wants now: a new link. */
  forget(): void;
  /** `isSame`: both frontiers are the same. `isBaseHeld`: its base, if it has one, is here. */
  onHello(
    hello: FrontierMessageOf<'hello'>,
    state: { readonly isSame: boolean; readonly isBaseHeld: boolean },
  ): Work;
  /** The own replica is another one now. */
  restart(): Work;
  onHeads(message: FrontierMessageOf<'heads'>): Work;
  onAnswer(message: FrontierMessageOf<'answer'>): Work;
  onMore(message: FrontierMessageOf<'more'>): Work;
  onWant(message: FrontierMessageOf<'want'>): Work;
  /** These came from the other side. */
  share(ids: readonly VertexId[]): void;
  /** False also for what came long ago. */
  isShared(id: VertexId): boolean;
}

/** What giving needs. */
export interface GiverContext {
  readonly space: SpaceId;
  /** Bytes that may be under way. */
  readonly sharedWindow: () => number;
  readonly budget: ExchangeBudget;
}

/**
 * `greeted`: heads are coming. `sampling`: the place where both agree is looked
 * for. `paging`: page after page is compared and given. `below`: the other side
 * has nothing at or after our base. `given`: it has all.
 */
type Phase = 'idle' | 'greeted' | 'sampling' | 'paging' | 'below' | 'given';

/** The side of one machine that gives. */
export function createVertexGiver(deps: HashDep & RandomDep, context: GiverContext): VertexGiver {
  const { space, sharedWindow, budget } = context;
  let phase: Phase = 'idle';
  let hello: FrontierMessageOf<'hello'> | undefined;
  let outgoing: OutgoingVertices | undefined;
  /** Heads by their places in the other side's list, which the greeting of this epoch began. */
  let told = new Map<number, VertexId>();
  let toldList: Uint8Array | undefined;
  /** So many from the first on, without a gap. */
  let heardCount = 0;
  let session: Uint8Array = new Uint8Array(0);
  /** Keys of ids that both hold: what the difference is taken from. */
  const anchors = createRecentKeys(anchorLimit);
  const arrivals = createRecentKeys(MAX_FRONTIER - anchorLimit);
  const fromPeer = createRecentKeys(recentLimit);
  /** What it said that it holds, and what came over there. */
  const known = createRecentKeys(recentLimit);
  const lacked = createRecentKeys(recentLimit);
  /** Open questions: tag → ids. */
  const questions = new Map<string, readonly VertexId[]>();
  /** Ids asked about at once: fewer where links break before an answer comes. */
  let questionLimit = mostQuestions;
  let askedCount = 0;
  let isSame = false;
  let isExact = false;
  let hasSampled = false;
  let isDoneSaid = false;
  let wanted: VertexId[] = [];
  let page:
    | { readonly search: KnownSearch | undefined; readonly next: number | undefined }
    | undefined;
  /** Where the current page begins. What is before it is held over there, or under way. */
  let cursor = 0;
  let progress = 0;
  const ledger = createGivenLedger(uint32FromBytes(deps.random.bytes(4), 0) >>> 1);

  function addAnchors(ids: readonly VertexId[]): void {
    for (const id of ids) anchors.add(bytesToKey(id));
  }

  function begin(next: Phase): void {
    phase = next;
    questions.clear();
    page = undefined;
    cursor = Math.min(cursor, outgoing?.waitingFrom ?? cursor);
    isExact = false;
    isDoneSaid = false;
    wanted = [];
    outgoing = hello && createOutgoingVertices(hello, sharedWindow(), ledger);
  }

  function forget(): void {
    if (questions.size > 0) questionLimit = Math.max(leastQuestions, askedCount >>> 1);
    hello = undefined;
    begin('idle');
  }

  /** It says what came of what was given: that is never asked about again. */
  function learnArrived(arrived: ArrivedRun | undefined): void {
    const news = arrived && ledger.acknowledge(arrived);
    if (news === undefined) return;
    for (const key of news.keys) known.add(key);
    // What crosses costs the other side as much: pages that are given pay for themselves.
    budget.gain(news.bytes);
    progress += 1;
  }

  /** Nothing of what was learnt holds: another machine there, or another replica here. */
  function startOver(): void {
    cursor = 0;
    hasSampled = false;
    for (const keys of [lacked, anchors, arrivals]) keys.clear();
  }

  /** Everything that can be done until the other side has to say something. */
  function* goOn(): Work {
    while (hello !== undefined && outgoing !== undefined && questions.size === 0) {
      yield* outgoing.pump();
      if (!outgoing.isEmpty) return;
      if (phase === 'greeted') {
        if (told.size < hello.headCount) return;
        yield* learnHeads();
      } else if (phase === 'sampling') {
        hasSampled = true;
        phase =
          anchors.size + arrivals.size === 0 && (yield* readPlace()).base !== undefined
            ? 'below'
            : 'paging';
      } else if (phase === 'paging') {
        yield* goOnPaging();
      } else if (phase === 'given' && wanted.length > 0) {
        yield* giveWanted(outgoing);
      } else {
        if (phase !== 'given' || isDoneSaid) return;
        isDoneSaid = true;
        yield* send({ type: 'done', epoch: hello.epoch });
        return;
      }
    }
  }

  function* learnHeads(): Work {
    const heads = toldHeads();
    if (!budget.spend(headLookupCost * heads.length)) yield* fail('dag/sync-exhausted');
    const held = yield* readHeld(heads);
    addAnchors(held);
    // Of more heads, the difference has also what they hold.
    isExact = held.length === heads.length && heads.length <= MAX_HEAD_TREES;
    const { base, sequence } = yield* readPlace();
    phase = 'paging';
    if (base === undefined || anchors.size + arrivals.size > 0) return;
    if (heads.length === 0) phase = 'below';
    else yield* sample(sequence, [base.id]);
  }

  function* goOnPaging(): Work {
    if (page === undefined) {
      yield* loadPage();
      return;
    }
    const asked = page.search?.questions(questionLimit) ?? [];
    if (asked.length > 0) {
      yield* ask(asked);
      return;
    }
    if (page.search !== undefined) {
      const lacking = page.search.lacking();
      for (const vertex of lacking) lacked.add(bytesToKey(vertex.id));
      for (const key of page.search.held()) known.add(key);
      const from = cursor;
      outgoing?.push(lacking.map(({ bytes, id }) => ({ bytes, id, from })));
    }
    if (page.next === undefined) phase = 'given';
    else cursor = page.next;
    page = undefined;
  }

  function* loadPage(): Work {
    const heads = Array.from(
      [...anchors.keys(), ...arrivals.keys()],
      (key) => bytesFromKey(key) as VertexId,
    );
    const bounds = { from: cursor, maxVertices: pageVertices, maxBytes: pageBytes };
    if (!budget.spend(pageCost)) yield* fail('dag/sync-exhausted');
    const { result } = yield* read({ kind: 'read', what: 'difference', heads, ...bounds });
    if (!result.ok) {
      phase = 'below';
      return;
    }
    const { vertices, next } = result.value;
    if (!isExact && next !== undefined && !hasSampled) {
      yield* sample((yield* readPlace()).sequence, []);
      return;
    }
    const decoded = vertices.map(vertexOf);
    const search = createKnownSearch(decoded, (key) => {
      if (fromPeer.has(key) || known.has(key)) return 'held';
      return isExact || lacked.has(key) ? 'lacked' : undefined;
    });
    page = { search, next };
  }

  /** Asks about vertices ever further back in the order of arrival. */
  function* sample(sequence: number, also: readonly VertexId[]): Work {
    phase = 'sampling';
    const sequences: number[] = [];
    for (let back = 1; back <= sequence; back = Math.ceil(back * 1.5))
      sequences.push(sequence - back);
    const { ids } = yield* read({ kind: 'read', what: 'samples', sequences });
    const unique = new Map([...also, ...ids].map((id) => [bytesToKey(id), id]));
    yield* ask([...unique.values()].slice(0, questionLimit));
  }

  function* ask(ids: readonly VertexId[]): Work {
    askedCount = ids.length;
    const perMessage = Math.min(idsOfAsk, Math.floor(((hello?.messageLength ?? 0) - 1) / 32));
    for (let at = 0; at < ids.length; at += perMessage) {
      const some = ids.slice(at, at + perMessage);
      questions.set(bytesToKey(questionTag(deps, some)), some);
      yield* send({ type: 'ask', ids: some });
    }
  }

  function* giveWanted(to: OutgoingVertices): Work {
    const id = wanted.shift() as VertexId;
    const { bytes } = yield* read({ kind: 'read', what: 'vertex', id });
    if (bytes === undefined) return;
    if (!budget.spend(bytes.length)) yield* fail('dag/sync-exhausted');
    to.push([{ bytes, id, from: Number.POSITIVE_INFINITY }]);
  }

  function* readPlace(): Work<{ readonly sequence: number; readonly base: BaseRef | undefined }> {
    return yield* read({ kind: 'read', what: 'place' });
  }

  /** Reads what the own replica gave. */
  function vertexOf(bytes: Uint8Array): Vertex {
    const vertex = decodeVertex(deps, space, bytes);
    if (!vertex.ok) throw new ParsError('dag/store-corrupt');
    return vertex.value;
  }

  function toldHeads(): readonly VertexId[] {
    return [...told.values()];
  }

  return {
    get toldHeads() {
      return toldHeads();
    },
    get unnamedHeads() {
      return isSame ? 0 : Math.max(0, (hello?.headCount ?? 0) - told.size);
    },
    get heard() {
      if (toldList === undefined || heardCount === 0) return undefined;
      return { list: toldList, count: heardCount };
    },
    get progress() {
      return progress;
    },
    forget,
    *onHello(message, state) {
      hello = message;
      const { epoch, continues: list = epoch } = message;
      if (toldList === undefined || !equalBytes(list, toldList)) {
        toldList = list;
        told = new Map();
        heardCount = 0;
      }
      const itsSession = message.epoch.subarray(0, 4);
      // Another machine over there: it may be somebody else, or have lost what it had.
      if (!equalBytes(session, itsSession)) {
        startOver();
        fromPeer.clear();
        known.clear();
        ledger.abandon();
      }
      session = itsSession;
      learnArrived(message.arrived);
      cursor = Math.min(cursor, ledger.abandon());
      // Without its base, we have nothing that it would take.
      ({ isSame } = state);
      begin(isSame || !state.isBaseHeld ? 'given' : 'greeted');
      yield* goOn();
    },
    *restart() {
      begin(hello === undefined ? 'idle' : 'greeted');
      ledger.abandon();
      startOver();
      yield* goOn();
    },
    *onHeads({ list, start, ids }) {
      if (toldList === undefined || !equalBytes(list, toldList)) return;
      for (const [at, id] of ids.entries()) told.set(start + at, id);
      const heardBefore = heardCount;
      while (told.has(heardCount)) heardCount += 1;
      if (heardCount > heardBefore) progress += 1;
      yield* goOn();
    },
    *onAnswer({ tag, held }) {
      const key = bytesToKey(tag);
      const asked = questions.get(key);
      if (asked === undefined) {
        // Late or repeated, or made up.
        if (!budget.spend(staleCost)) yield* fail('dag/sync-exhausted');
        return;
      }
      if (asked.length !== held.length) yield* fail('dag/bad-sync-message', { what: 'answer' });
      questions.delete(key);
      if (questions.size === 0 && askedCount >= questionLimit) {
        questionLimit = Math.min(mostQuestions, 2 * questionLimit);
      }
      progress += 1;
      const isSampling = phase === 'sampling';
      for (const [at, id] of asked.entries()) {
        const idKey = bytesToKey(id);
        if (held[at] === true) known.add(idKey);
        else lacked.add(idKey);
        if (isSampling && held[at] === true) addAnchors([id]);
        page?.search?.learn(idKey, held[at] === true);
      }
      yield* goOn();
    },
    *onMore({ epoch, arrived }) {
      if (hello === undefined || !equalBytes(epoch, hello.epoch)) return;
      learnArrived(arrived);
      yield* goOn();
    },
    *onWant({ epoch, ids }) {
      if (hello === undefined || !equalBytes(epoch, hello.epoch)) return;
      if (wanted.length + ids.length > 2 * MAX_WANTED) {
        yield* fail('dag/bad-sync-message', { what: 'want' });
      }
      if (!budget.spend(wantCost * ids.length)) yield* fail('dag/sync-exhausted');
      wanted.push(...ids);
      isDoneSaid = false;
      yield* goOn();
    },
    share(ids) {
      for (const key of ids.map(bytesToKey)) {
        fromPeer.add(key);
        arrivals.add(key);
      }
    },
    isShared: (id) => fromPeer.has(bytesToKey(id)),
  };
}

/** Bytes of allowance that an answer to no question costs. */
const staleCost = 1024;
/** Likewise, an id that is wanted, held or not. */
const wantCost = 256;
/** Likewise, for a page of the difference: it is read, hashed and compared. */
const pageCost = 16 * 1024;
/** Of the ids that a difference is taken from, the others are of what has just come. */
const anchorLimit = 768;
/** Ids that are asked about at once, and in one message: little is lost when a link breaks. */
const mostQuestions = 128;
const leastQuestions = 4;
const idsOfAsk = 32;
/** A page is read, compared and sent at once. */
const pageVertices = 2048;
const pageBytes = 1024 * 1024;
/** Answers and arrivals that are remembered: they spare questions, nothing else. */
const recentLimit = 16_384;

/** Names a question, so that a late answer meets no other (PIP-1003 §13). */
export function questionTag({ hash }: HashDep, ids: readonly VertexId[]): Uint8Array {
  return hash.sha3(questionLabel, ...ids).subarray(0, tagLength);
}

/** Equal when two frontiers are: 16 bytes (PIP-1003 §12). */
export function frontierDigest(
  { hash }: HashDep,
  space: SpaceId,
  heads: readonly VertexId[],
): Uint8Array {
  return hash.sha3(digestLabel, space, concatBytes(...heads.toSorted(compareBytes))).slice(0, 16);
}

const questionLabel = utf8ToBytes('pars/1 frontier question');
const digestLabel = utf8ToBytes('pars/1 frontier');

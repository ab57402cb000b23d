import { meshErr } from '../errors.ts';
import type { DayIds } from '../parcel/index.ts';
import { createDaySearch, type DaySearch } from './day-search.ts';
import { countOf, createDaySet, wholeRange } from './day-set.ts';
import { createOfferList, type OfferList } from './offer-list.ts';
import {
  createParcelExchange,
  fail,
  type ParcelExchange,
  refuse,
  send,
} from './parcel-exchange.ts';
import type { SearchOutcome } from './range-search.ts';
import { saltLength } from './short-id.ts';
import { createSyncBudget } from './sync-budget.ts';
import {
  requireMessageLength,
  type SyncDeps,
  type SyncEffect,
  type SyncMachine,
  type SyncOptions,
} from './sync-machine.ts';
import { decodeSyncMessage, type SyncMessage } from './sync-message.ts';
import { syncSalt } from './sync-salt.ts';

/** The side that asks: it finds the differences, and offers what the other side lacks (PIP-1003 §8). */
export function createSyncAsker(deps: SyncDeps, options: SyncOptions): SyncMachine {
  const { symmetric, random } = deps;
  const messageLength = requireMessageLength(options.messageLength);
  const askerSalt = random.bytes(saltLength);
  const budget = createSyncBudget();
  let state: 'waiting' | 'open' | 'ended' | 'failed' = 'waiting';
  let sync: Sync | undefined;
  let progress = 0;

  function start(message: Extract<SyncMessage, { type: 'summary' }>): readonly SyncEffect[] {
    const salt = syncSalt(symmetric, askerSalt, message.answererSalt);
    const own = new Map(options.snapshot().map((ids) => [ids.day, createDaySet(ids, salt)]));
    const others = new Map(message.days.map((day) => [day.day, day]));
    const offers = createOfferList(messageLength);
    const searches = new Map<number, DaySearch>();
    for (const day of new Set([...own.keys(), ...others.keys()])) {
      const mine = own.get(day) ?? createDaySet(emptyDay(day), salt);
      const other = others.get(day);
      if (other === undefined) {
        offers.add(day, mine.list(wholeRange));
        continue;
      }
      const { count, sum } = mine.fingerprint(wholeRange);
      if (count === other.count && sum === other.sum) continue;
      searches.set(day, createDaySearch(mine, other, messageLength));
    }
    const exchange = createParcelExchange({
      symmetric,
      salt,
      budget,
      messageLength,
      ownCount: countOf(own.values()),
      idOf: (day, short) => own.get(day)?.idOf(short),
    });
    sync = { answererSalt: message.answererSalt, searches, offers, exchange };
    state = 'open';
    return goOn(sync);
  }

  /** Every question that is open, for a new link. */
  function goOn(current: Sync): readonly SyncEffect[] {
    for (const search of current.searches.values()) search.connected();
    const questions = [...current.searches.values()].flatMap((search) => ask(search));
    // Offers first: their short answer would otherwise wait behind the parcels that are wanted.
    return [...questions, ...current.offers.connected(), ...current.exchange.connected()];
  }

  function ask(search: DaySearch): readonly SyncEffect[] {
    const question = search.question();
    return question === undefined ? [] : [send(question)];
  }

  function onFound(search: DaySearch, outcome: SearchOutcome): readonly SyncEffect[] {
    if (sync === undefined || outcome.kind === 'bad') return refuse('answer');
    if (outcome.kind === 'exhausted') return fail(meshErr('mesh/sync-exhausted'));
    progress += 1;
    if (outcome.kind === 'waiting') return [];
    const { day } = search;
    const offered = sync.offers.add(day, outcome.surplus);
    return [...offered, ...sync.exchange.want(outcome.missing.map((short) => ({ day, short })))];
  }

  function onAnswer(message: Answer): readonly SyncEffect[] {
    const search = sync?.searches.get(message.day);
    if (search === undefined) return refuse(message.type);
    const outcome = outcomeOf(search, message);
    const found = onFound(search, outcome);
    return outcome.kind === 'found' ? [...found, ...ask(search)] : found;
  }

  function receive(message: SyncMessage): readonly SyncEffect[] {
    switch (message.type) {
      case 'summary':
        return state === 'waiting' ? start(message) : refuse(message.type);
      case 'resumed':
        if (state !== 'waiting' || sync === undefined) return refuse(message.type);
        state = 'open';
        return goOn(sync);
      default:
        if (state !== 'open' || sync === undefined) return refuse(message.type);
    }
    switch (message.type) {
      case 'symbols':
      case 'ranges':
      case 'items':
        return onAnswer(message);
      case 'take': {
        progress += 1;
        return sync.offers.onTake(message.next) ?? refuse(message.type);
      }
      case 'want':
        return sync.exchange.onWant(message);
      case 'part':
        return sync.exchange.onPart(message);
      case 'gone':
        return sync.exchange.onGone(message);
      case 'done':
        if (!isFinished(sync)) return refuse(message.type);
        state = 'ended';
        return [{ kind: 'end' }];
      default:
        return refuse(message.type);
    }
  }

  /** Says `done` once on a link, when nothing is open on this side. */
  let isDoneSaid = false;
  function settle(effects: readonly SyncEffect[]): readonly SyncEffect[] {
    if (effects.some((effect) => effect.kind === 'fail')) {
      state = 'failed';
      return effects.filter((effect) => effect.kind === 'fail');
    }
    const isOver = state === 'open' && sync !== undefined && isFinished(sync);
    if (!isOver || isDoneSaid) return effects;
    isDoneSaid = true;
    return [...effects, send({ type: 'done' })];
  }

  return {
    get progress() {
      return progress + (sync?.exchange.progress ?? 0);
    },
    connected() {
      if (state === 'failed' || state === 'ended') return [];
      state = 'waiting';
      isDoneSaid = false;
      const knownSalt = sync?.answererSalt ?? new Uint8Array(saltLength);
      return [send({ type: 'open', askerSalt, knownSalt })];
    },
    receive(bytes) {
      if (state === 'failed' || state === 'ended') return [];
      if (!budget.spend(bytes.length)) return settle(fail(meshErr('mesh/sync-exhausted')));
      const message = decodeSyncMessage(bytes);
      return settle(message.ok ? receive(message.value) : fail(message));
    },
    loaded: (parcel) => (state === 'open' ? (sync?.exchange.loaded(parcel) ?? []) : []),
    admitted: (result) => settle(sync?.exchange.admitted(result) ?? []),
  };
}

type Answer = Extract<SyncMessage, { type: 'symbols' | 'ranges' | 'items' }>;

interface Sync {
  readonly answererSalt: Uint8Array;
  readonly searches: ReadonlyMap<number, DaySearch>;
  readonly offers: OfferList;
  readonly exchange: ParcelExchange;
}

function isFinished(sync: Sync): boolean {
  const isFound = [...sync.searches.values()].every((search) => search.isDone);
  return isFound && sync.offers.isTaken && sync.exchange.isIdle;
}

function outcomeOf(search: DaySearch, message: Answer): SearchOutcome {
  if (message.type === 'symbols') return search.onSymbols(message.from, message.symbols);
  if (message.type === 'ranges') return search.onRanges(message.ranges);
  return search.onItems(message.range, message.shorts);
}

function emptyDay(day: number): DayIds {
  return { day, ids: new Uint8Array(0) };
}

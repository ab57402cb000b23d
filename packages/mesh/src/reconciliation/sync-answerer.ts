import { equalBytes } from '@pars/base';
import { meshErr } from '../errors.ts';
import { countOf, createDaySet, type DaySet, wholeRange } from './day-set.ts';
import {
  createParcelExchange,
  fail,
  type ParcelExchange,
  refuse,
  send,
} from './parcel-exchange.ts';
import { saltLength } from './short-id.ts';
import { createSketchEncoder, type SketchEncoder } from './sketch-encoder.ts';
import { maxSymbols } from './sketch-symbols.ts';
import { createSyncBudget } from './sync-budget.ts';
import {
  requireMessageLength,
  type SyncDeps,
  type SyncEffect,
  type SyncMachine,
  type SyncOptions,
} from './sync-machine.ts';
import { decodeSyncMessage, maxDays, maxSyncMessage, type SyncMessage } from './sync-message.ts';
import { syncSalt } from './sync-salt.ts';

/** Syncs that one machine begins from scratch; each hashes the whole set. */
const mostOpens = 64;
/** An offer is taken when fewer than this many parcels wait to be asked for. */
const mostWaiting = 512;
const offerLimit = 2 ** 22;

/**
 * The side that answers: it describes its set and serves it, and pulls what is
 * offered (PIP-1003 §8). One machine serves one neighbour, over any number of
 * links and syncs one after another.
 */
export function createSyncAnswerer(deps: SyncDeps, options: SyncOptions): SyncMachine {
  const { symmetric, random } = deps;
  const messageLength = requireMessageLength(options.messageLength);
  const budget = createSyncBudget();
  let isFailed = false;
  let isConnected = false;
  let sync: Sync | undefined;
  let openCount = 0;
  let progress = 0;

  function open(message: Extract<SyncMessage, { type: 'open' }>): readonly SyncEffect[] {
    if (isConnected) return refuse(message.type);
    isConnected = true;
    const { askerSalt, knownSalt } = message;
    if (
      sync !== undefined &&
      equalBytes(sync.askerSalt, askerSalt) &&
      equalBytes(sync.answererSalt, knownSalt)
    ) {
      sync.isAskerDone = false;
      sync.isDoneSaid = false;
      // The asker repeats a batch whose `take` it has not seen.
      sync.isTakeDue = false;
      return [send({ type: 'resumed' }), ...sync.exchange.connected()];
    }
    openCount += 1;
    if (openCount > mostOpens) return fail(meshErr('mesh/sync-exhausted'));
    const answererSalt = random.bytes(saltLength);
    const salt = syncSalt(symmetric, askerSalt, answererSalt);
    // The newest days, should there ever be more than a summary holds.
    const days = options.snapshot().slice(-maxDays);
    const sets = new Map(days.map((ids) => [ids.day, createDaySet(ids, salt)]));
    const exchange = createParcelExchange({
      symmetric,
      salt,
      budget,
      messageLength,
      ownCount: countOf(sets.values()),
      idOf: (day, short) => sets.get(day)?.idOf(short),
    });
    sync = {
      askerSalt,
      answererSalt,
      sets,
      encoders: new Map(),
      exchange,
      offersNext: 0,
      isTakeDue: false,
      isAskerDone: false,
      isDoneSaid: false,
    };
    const summaries = [...sets.values()]
      .filter((set) => set.count > 0)
      .map((set) => ({ day: set.day, ...set.fingerprint(wholeRange) }));
    return [send({ type: 'summary', answererSalt, days: summaries }), ...exchange.connected()];
  }

  function onQuestion(current: Sync, message: Question): readonly SyncEffect[] {
    const set = current.sets.get(message.day);
    if (set === undefined) return refuse(message.type);
    const { day } = message;
    switch (message.type) {
      case 'ask-symbols': {
        if (message.from + message.count > maxSymbols) return refuse(message.type);
        return symbolsOf(current, set, message);
      }
      case 'ask-ranges': {
        if (5 + 28 * message.ranges.length > maxSyncMessage) return refuse(message.type);
        const ranges = message.ranges.map((range) => ({ ...range, ...set.fingerprint(range) }));
        return [send({ type: 'ranges', day, ranges })];
      }
      case 'ask-items': {
        const { range } = message;
        if (21 + 8 * set.fingerprint(range).count > maxSyncMessage) return refuse(message.type);
        return [send({ type: 'items', day, range, shorts: set.list(range) })];
      }
    }
  }

  function onOffer(
    current: Sync,
    message: Extract<SyncMessage, { type: 'offer' }>,
  ): readonly SyncEffect[] {
    const { day, start, shorts } = message;
    if (current.isTakeDue || start > current.offersNext) return refuse(message.type);
    current.isTakeDue = true;
    // A batch is repeated on a new link when its answer was lost.
    const fresh = shorts.slice(current.offersNext - start);
    current.offersNext = Math.max(current.offersNext, start + shorts.length);
    if (current.offersNext > offerLimit) return fail(meshErr('mesh/sync-exhausted'));
    return current.exchange.want(fresh.map((short) => ({ day, short })));
  }

  function receive(message: SyncMessage): readonly SyncEffect[] {
    if (message.type === 'open') return open(message);
    if (sync === undefined || !isConnected) return refuse(message.type);
    switch (message.type) {
      case 'ask-symbols':
      case 'ask-ranges':
      case 'ask-items':
        progress += 1;
        return onQuestion(sync, message);
      case 'offer':
        return onOffer(sync, message);
      case 'want':
        return sync.exchange.onWant(message);
      case 'part':
        return sync.exchange.onPart(message);
      case 'gone':
        return sync.exchange.onGone(message);
      case 'done':
        sync.isAskerDone = true;
        return [];
      default:
        return refuse(message.type);
    }
  }

  /** Spends what is sent besides parcels, takes offers when there is room, and says when it is over. */
  function settle(effects: readonly SyncEffect[]): readonly SyncEffect[] {
    const failure = effects.find((effect) => effect.kind === 'fail');
    if (failure !== undefined) {
      isFailed = true;
      return [failure];
    }
    if (sync === undefined) return effects;
    const taken = [...effects, ...takeOffer(sync)];
    if (!sync.isAskerDone || sync.isDoneSaid || !sync.exchange.isIdle) return taken;
    sync.isDoneSaid = true;
    return [...taken, send({ type: 'done' }), { kind: 'end' }];
  }

  return {
    get progress() {
      return progress + (sync?.exchange.progress ?? 0);
    },
    connected() {
      isConnected = false;
      return [];
    },
    receive(bytes) {
      if (isFailed) return [];
      const message = decodeSyncMessage(bytes);
      const effects = message.ok ? receive(message.value) : fail(message);
      const isPaid = budget.spend(bytes.length + answerBytes(effects));
      return settle(isPaid ? effects : fail(meshErr('mesh/sync-exhausted')));
    },
    loaded: (parcel) => (isConnected ? (sync?.exchange.loaded(parcel) ?? []) : []),
    admitted: (result) => settle(sync?.exchange.admitted(result) ?? []),
  };
}

type Question = Extract<SyncMessage, { type: 'ask-symbols' | 'ask-ranges' | 'ask-items' }>;

interface Sync {
  readonly askerSalt: Uint8Array;
  readonly answererSalt: Uint8Array;
  readonly sets: ReadonlyMap<number, DaySet>;
  readonly encoders: Map<number, SketchEncoder>;
  readonly exchange: ParcelExchange;
  /** Offers that were read. */
  offersNext: number;
  /** A batch was read and not yet acknowledged. */
  isTakeDue: boolean;
  isAskerDone: boolean;
  isDoneSaid: boolean;
}

function takeOffer(sync: Sync): readonly SyncEffect[] {
  if (!sync.isTakeDue || sync.exchange.waitingCount >= mostWaiting) return [];
  sync.isTakeDue = false;
  return [send({ type: 'take', next: sync.offersNext })];
}

function symbolsOf(
  sync: Sync,
  set: DaySet,
  question: Extract<SyncMessage, { type: 'ask-symbols' }>,
): readonly SyncEffect[] {
  const { day, from, count, perMessage } = question;
  const encoder = sync.encoders.get(day) ?? createSketchEncoder(set.shorts);
  sync.encoders.set(day, encoder);
  // Each extension goes through the whole set: a quarter in advance keeps them few.
  encoder.extend(Math.min(maxSymbols, Math.ceil((from + count) * 1.25)));
  const answers: SyncEffect[] = [];
  for (let at = from; at < from + count; at += perMessage) {
    const symbols = encoder.encode(at, Math.min(perMessage, from + count - at));
    answers.push(send({ type: 'symbols', day, from: at, symbols }));
  }
  return answers;
}

function answerBytes(effects: readonly SyncEffect[]): number {
  return effects.reduce(
    (sum, effect) => sum + (effect.kind === 'send' ? effect.message.length : 0),
    0,
  );
}

import type { Random } from '@pars/base';
import type { SymmetricPrimitives } from '@pars/crypto';
import { type ParcelEntry, type ParcelId, parcelIds } from '../../parcel/index.ts';
import type { ParcelNetwork } from '../../parcel/parcel-network.ts';
import { createFountainEncoder, type FountainEncoder } from '../fountain/index.ts';
import { createAirtimeBudget, type RadioChannel } from './airtime.ts';
import { compactOf } from './compact-parcel.ts';
import { type Comparison, createHeldBook, firstKey, type HeldParcel } from './held-book.ts';
import { maxRadioFrameLength } from './kiss.ts';
import type { RadioCounts, RadioEffect } from './radio-effect.ts';
import { type RadioKey, radioGroupKeys } from './radio-key.ts';
import type { RadioMemory } from './radio-memory.ts';
import {
  decodeRadioMessage,
  encodeRadioMessage,
  maxListedShorts,
  type RadioMessage,
  type RadioOrderKey,
  type RadioShort,
} from './radio-message.ts';
import { openRadioFrame, sealRadioFrame } from './radio-seal.ts';
import { createReceptionBook, radioSymbolLength } from './reception-book.ts';
import { createReportDesk, notWanted } from './report-desk.ts';
import { createSendingDesk, patientTurns, type Sending } from './sending-desk.ts';
import { createStationBook, type KnownStation } from './station-book.ts';

/** How a station works. */
export interface RadioOptions {
  readonly network: ParcelNetwork;
  readonly key: RadioKey;
  readonly channel: RadioChannel;
  /** Parcels of larger buckets (0 to 5) are neither told of nor sent; they are taken. */
  readonly maxBucket: number;
  /** Time between two beacons, on average. Default 10 minutes. */
  readonly beaconMs?: number;
}

/**
 * One station of a radio group, as a state machine over monotonic time
 * (PIP-1007 §8 to §10). Every call gives effects that its owner carries out;
 * `tick` is due at `dueMs`. Calling it earlier or later is harmless.
 */
export interface RadioStation {
  readonly station: number;
  readonly dueMs: number;
  readonly counts: RadioCounts;
  /** The stations heard in the last two hours, and of how many of our parcels each is known to lack. */
  neighbours(nowMs: number): readonly { readonly station: number; readonly lacking: number }[];
  tick(nowMs: number): readonly RadioEffect[];
  /** Takes whatever the modem heard. Total. */
  receive(frame: Uint8Array, nowMs: number): readonly RadioEffect[];
  /** The channel is taken by somebody else until then, as the modem says. */
  busyUntil(untilMs: number): void;
  /** All that the store holds. */
  hold(entries: Iterable<ParcelEntry>): void;
  /** The store took in another parcel; `from` is the station that it came from. */
  added(entry: ParcelEntry, from: number | undefined): void;
  /** The answer to `load`; `undefined` when the parcel is gone. */
  loaded(id: ParcelId, parcel: Uint8Array | undefined, nowMs: number): readonly RadioEffect[];
  /** The answer to `parcel`: in the store, refused by it, or not now (it may be sent again). */
  judged(id: ParcelId, verdict: 'kept' | 'refused' | 'failed', nowMs: number): void;
  remembered(memory: RadioMemory): void;
}

const reservedAtOnce = 1_024;
const defaultBeaconMs = 600_000;
/** A turn is at most so long, and has at most so many frames. */
const longestTurnMs = 12_000;
const longestTurnFrames = 32;
/** Slots in which stations answer at the end of a turn: for two stations, and for each further one. */
const fewestSlots = 4;
const slotsPerStation = 2;
const mostSlots = 32;
/** An answer that was given so lately is given again every other time only, where many listen. */
const answerLatelyMs = 60_000;
/** What the store said of a parcel is remembered for so long. */
const verdictForMs = 3_600_000;
const maxVerdicts = 1_024;
/** What others were heard sending is left to them for so long. */
const leaveToOthersMs = 20_000;
/** An emergency that came by radio is asked about after so long at most. */
const askLaterMs = 120_000;
const longestBackoffMs = 3_600_000;

/** A station; throws `mesh/argument` for options out of range. */
export function createRadioStation(
  deps: { readonly symmetric: SymmetricPrimitives; readonly random: Random },
  options: RadioOptions,
  memory: RadioMemory,
  startMs: number,
): RadioStation {
  const { symmetric, random } = deps;
  const { beaconMs = defaultBeaconMs, channel, maxBucket, network } = options;
  const { station } = memory;
  const keys = radioGroupKeys(symmetric, options.key);
  const airtime = createAirtimeBudget(channel, startMs);
  const held = createHeldBook(keys.shortSalt, maxBucket);
  const stations = createStationBook(memory.heard);
  const receptions = createReceptionBook(symmetric, network, held.shortOf);
  const reports = createReportDesk();
  const sendings = createSendingDesk();
  /** What is answered for parcels that came in lately: 0 or `notWanted`. */
  const verdicts = new Map<RadioShort, { readonly needed: number; readonly untilMs: number }>();
  /** When it was said last that a parcel is here. */
  const answeredAtMs = new Map<RadioShort, number>();
  /** Bytes of the compact parcel that is being sent. */
  let currentLength = 0;
  const slotMs = Math.ceil(channel.keyUpMs + airtime.frameMs(60) + 60);

  const longestFrameMs = channel.keyUpMs + airtime.frameMs(maxRadioFrameLength);

  let counter = memory.reservedTo;
  let reservedTo = memory.reservedTo;
  let isRemembering = false;
  let onAirUntilMs = startMs;
  /** Nobody begins a turn before; answers may come. */
  let quietUntilMs = startMs;
  /** Somebody else's frames are still coming. */
  let takenUntilMs = startMs;
  let nextBeaconMs = startMs + randomBelow(5_000);
  let cursor: RadioOrderKey = firstKey;
  let isSketchNext = false;
  let loading: RadioShort | undefined;
  let current: { readonly short: RadioShort; readonly encoder: FountainEncoder } | undefined;
  const counts = {
    ...{ framesSent: 0, framesHeard: 0, framesForeign: 0, framesRepeated: 0 },
    ...{ framesBad: 0, parcelsIn: 0 },
  };

  function tick(nowMs: number): readonly RadioEffect[] {
    const effects: RadioEffect[] = [];
    remember(effects);
    if (counter >= reservedTo || nowMs < freeAtMs(nowMs)) return effects;
    if (reports.dueMs <= nowMs) return [...effects, ...report(nowMs)];
    if (nowMs < quietUntilMs) return effects;
    if (nextBeaconMs <= nowMs) return [...effects, ...beacon(nowMs)];
    const next = nextToSend(nowMs);
    if (next !== undefined && next.atMs <= nowMs) effects.push(...send(next.held, nowMs));
    return effects;
  }

  /** When this station may be on the air at all: the channel is free, and the law allows it. */
  function freeAtMs(nowMs: number): number {
    return Math.max(onAirUntilMs, takenUntilMs, airtime.freeAtMs(longestFrameMs, true, nowMs));
  }

  function dueMs(nowMs: number): number {
    // Nothing until counters are reserved.
    if (counter >= reservedTo && isRemembering) return Number.POSITIVE_INFINITY;
    const freeMs = freeAtMs(nowMs);
    const turnMs = Math.max(freeMs, quietUntilMs);
    const sendMs = nextToSend(nowMs)?.atMs ?? Number.POSITIVE_INFINITY;
    return Math.min(
      Math.max(freeMs, reports.dueMs),
      Math.max(turnMs, Math.min(nextBeaconMs, sendMs)),
    );
  }

  /** Counters are reserved before they are used, so that none is used twice after a crash. */
  function remember(effects: RadioEffect[]): void {
    if (isRemembering || reservedTo - counter >= reservedAtOnce / 4) return;
    isRemembering = true;
    const heard = stations.heard();
    effects.push({
      kind: 'remember',
      memory: { station, reservedTo: counter + reservedAtOnce, heard },
    });
  }

  function answerSlots(nowMs: number): number {
    const others = stations.live(nowMs).length;
    return Math.min(mostSlots, fewestSlots + slotsPerStation * Math.max(0, others - 1));
  }

  function report(nowMs: number): readonly RadioEffect[] {
    const entries = reports.take(nowMs).map(({ length, short }) => ({
      short,
      needed: neededOf(short, length, nowMs),
    }));
    for (const { needed, short } of entries) if (needed === 0) noteAnswer(short, nowMs);
    return transmit([{ kind: 'report', left: 0, entries }], nowMs);
  }

  function noteAnswer(short: RadioShort, nowMs: number): void {
    answeredAtMs.delete(short);
    answeredAtMs.set(short, nowMs);
    const [oldest] = answeredAtMs.keys();
    if (answeredAtMs.size > maxVerdicts && oldest !== undefined) answeredAtMs.delete(oldest);
  }

  /** Where many have a parcel, all of them answering each turn would cost more than the parcel. */
  function isAnswerSpared(short: RadioShort, nowMs: number): boolean {
    const answeredMs = answeredAtMs.get(short) ?? Number.NEGATIVE_INFINITY;
    const isLate = nowMs - answeredMs >= answerLatelyMs;
    return !isLate && stations.live(nowMs).length > 1 && randomBelow(2) === 0;
  }

  function neededOf(short: RadioShort, length: number, nowMs: number): number {
    const settled = settledOf(short, nowMs);
    if (settled !== undefined) return settled;
    // Nothing of it was kept: all of it is needed.
    const all = Math.ceil(length / radioSymbolLength(length));
    return receptions.missing(short, length) ?? all;
  }

  /** What is answered without looking at what came in, or `undefined` for a parcel that is wanted. */
  function settledOf(short: RadioShort, nowMs: number): number | undefined {
    if (held.get(short) !== undefined) return 0;
    const verdict = verdicts.get(short);
    return verdict !== undefined && verdict.untilMs > nowMs ? verdict.needed : undefined;
  }

  function beacon(nowMs: number): readonly RadioEffect[] {
    nextBeaconMs = nowMs + Math.round(beaconMs * 0.75) + randomBelow(Math.round(beaconMs / 2));
    const isSketch = isSketchNext && held.count > maxListedShorts;
    isSketchNext = !isSketch;
    if (isSketch) return transmit([{ kind: 'sketch', left: 0, ...held.sketch() }], nowMs);
    const list = held.list(cursor);
    cursor = list.to.rank === 255 ? firstKey : list.to;
    return transmit([{ kind: 'list', left: 0, ...list }], nowMs);
  }

  /** The first parcel in the order that somebody lacks, and when it may be sent. */
  function nextToSend(
    nowMs: number,
  ): { readonly held: HeldParcel; readonly atMs: number } | undefined {
    if (loading !== undefined) return undefined;
    let best: { readonly held: HeldParcel; readonly atMs: number } | undefined;
    for (const { lacks } of stations.live(nowMs)) {
      for (const short of lacks) {
        const parcel = held.get(short);
        if (parcel === undefined) {
          lacks.delete(short);
          continue;
        }
        const paidMs = airtime.freeAtMs(longestFrameMs, parcel.isEmergency, nowMs);
        const atMs = Math.max(nowMs, sendings.peek(short)?.notBeforeMs ?? 0, paidMs);
        const isBetter =
          best === undefined ||
          atMs < best.atMs ||
          (atMs === best.atMs && isBefore(parcel, best.held));
        if (isBetter) best = { held: parcel, atMs };
      }
    }
    return best;
  }

  function send(parcel: HeldParcel, nowMs: number): readonly RadioEffect[] {
    if (current?.short !== parcel.short) {
      loading = parcel.short;
      return [{ kind: 'load', id: parcel.id }];
    }
    const sending = sendings.get(parcel.short);
    const { encoder } = current;
    const messages = turnOf(sending, encoder, parcel, nowMs);
    const effects = transmit(messages, nowMs);
    if (!messages.some((message) => message.kind === 'symbol' && message.asks)) return effects;
    // Who does not answer is asked less and less often.
    sending.unanswered += 1;
    sending.isAnswered = false;
    const overdue = sending.unanswered - patientTurns;
    const waitMs = slotMs * (answerSlots(nowMs) + 1 + randomBelow(3));
    const backoffMs = overdue > 0 ? 60_000 * 2 ** Math.min(overdue - 1, 6) : 0;
    sending.notBeforeMs = onAirUntilMs + waitMs + Math.min(backoffMs, longestBackoffMs);
    quietUntilMs = Math.max(quietUntilMs, onAirUntilMs + slotMs * answerSlots(nowMs));
    return effects;
  }

  /** As many symbols as are wanted, within the length of a turn and what is left of the air time. */
  function turnOf(
    sending: Sending,
    encoder: FountainEncoder,
    { isEmergency, short }: HeldParcel,
    nowMs: number,
  ): readonly RadioMessage[] {
    const { sourceCount } = encoder;
    sending.wanted ??= sourceCount + Math.floor(sourceCount / 10);
    const symbolLength = encoder.symbol(0).length;
    const frameMs = airtime.frameMs(symbolLength + symbolOverhead);
    let count = Math.max(
      1,
      Math.min(sending.wanted, longestTurnFrames, Math.floor(longestTurnMs / frameMs)),
    );
    while (
      count > 1 &&
      airtime.freeAtMs(channel.keyUpMs + count * frameMs, isEmergency, nowMs) > nowMs
    ) {
      count -= 1;
    }
    // Only the last turn asks for answers. Without any, one more symbol asks again.
    const asks = sending.wanted <= count;
    sending.wanted = Math.max(1, sending.wanted - count);
    const length = currentLength;
    return Array.from({ length: count }, (_, place) => {
      const symbolId = sending.nextSymbolId ?? firstSymbol(sending, sourceCount);
      sending.nextSymbolId = symbolAfter(symbolId, sourceCount);
      const symbol = encoder.symbol(symbolId);
      return { kind: 'symbol', left: count - 1 - place, asks, short, length, symbolId, symbol };
    });
  }

  function firstSymbol({ isRelay }: Sending, sourceCount: number): number {
    return isRelay ? randomRepair(sourceCount) : 0;
  }

  /** Repair symbols are taken from a random place on, so that two stations send different ones. */
  function randomRepair(sourceCount: number): number {
    return sourceCount + randomBelow(65_536 - sourceCount);
  }

  function symbolAfter(id: number, sourceCount: number): number {
    if (id === sourceCount - 1) return randomRepair(sourceCount);
    return id === 0xffff ? sourceCount : id + 1;
  }

  function transmit(messages: readonly RadioMessage[], nowMs: number): readonly RadioEffect[] {
    const frames = messages.map((message) => {
      const frame = { station, counter, message: encodeRadioMessage(message) };
      counter += 1;
      return sealRadioFrame(symmetric, keys, frame);
    });
    const airMs = frames.reduce(
      (sum, frame) => sum + airtime.frameMs(frame.length),
      channel.keyUpMs,
    );
    airtime.spend(airMs, nowMs);
    counts.framesSent += frames.length;
    onAirUntilMs = nowMs + airMs;
    const gapMs = slotMs * (1 + randomBelow(3));
    quietUntilMs = Math.max(quietUntilMs, onAirUntilMs + gapMs);
    return [{ kind: 'transmit', frames, airMs }];
  }

  function receive(bytes: Uint8Array, nowMs: number): readonly RadioEffect[] {
    const frame = openRadioFrame(symmetric, keys, bytes);
    if (frame === undefined || frame.station === station) {
      counts.framesForeign += 1;
      return [];
    }
    const known = stations.hear(frame.station, frame.counter, nowMs);
    if (known === undefined) {
      counts.framesRepeated += 1;
      return [];
    }
    const message = decodeRadioMessage(frame.message);
    if (!message.ok) {
      counts.framesBad += 1;
      return [];
    }
    counts.framesHeard += 1;
    keepOff(message.value, bytes.length, nowMs);
    return hear(message.value, known, nowMs);
  }

  /** Leaves the channel to the rest of the turn, and to those who answer it. */
  function keepOff(message: RadioMessage, frameLength: number, nowMs: number): void {
    const left = Math.min(message.left, longestTurnFrames);
    takenUntilMs = left === 0 ? nowMs : nowMs + left * airtime.frameMs(frameLength) + slotMs / 4;
    const slots = message.kind === 'symbol' && message.asks ? answerSlots(nowMs) : 1;
    quietUntilMs = Math.max(quietUntilMs, takenUntilMs + slotMs * slots + randomBelow(2 * slotMs));
    if (message.kind === 'symbol') reports.delay(takenUntilMs);
  }

  function hear(message: RadioMessage, from: KnownStation, nowMs: number): readonly RadioEffect[] {
    switch (message.kind) {
      case 'symbol':
        return hearSymbol(message, from, nowMs);
      case 'report':
        return message.entries.flatMap((entry) => hearReport(entry, from, nowMs));
      case 'list':
        if (from.isNew) answerNewcomer(nowMs);
        return compare(held.compareList(message), from, nowMs);
      case 'sketch': {
        if (from.isNew) answerNewcomer(nowMs);
        const comparison = held.compareSketch(message);
        return comparison === undefined ? [] : compare(comparison, from, nowMs);
      }
    }
  }

  function hearSymbol(
    message: Extract<RadioMessage, { kind: 'symbol' }>,
    from: KnownStation,
    nowMs: number,
  ): readonly RadioEffect[] {
    const { length, short } = message;
    from.lacks.delete(short);
    const known = sendings.peek(short);
    if (known !== undefined) {
      const laterMs = takenUntilMs + leaveToOthersMs + randomBelow(leaveToOthersMs);
      known.notBeforeMs = Math.max(known.notBeforeMs, laterMs);
    }
    const settled = settledOf(short, nowMs);
    if (message.asks && (settled !== 0 || !isAnswerSpared(short, nowMs))) {
      const slot = randomBelow(answerSlots(nowMs));
      reports.owe(short, length, takenUntilMs + slotMs * slot + randomBelow(slotMs / 4));
    }
    if (settled !== undefined) return [];
    const taken = receptions.take(message, from.station);
    if (taken.state === 'refused') settle(short, notWanted, nowMs);
    if (taken.state !== 'done') return [];
    settle(short, 0, nowMs);
    counts.parcelsIn += 1;
    const { bytes, id } = taken.parcel;
    return [{ kind: 'parcel', id, parcel: bytes, station: from.station }];
  }

  function hearReport(
    { needed, short }: { readonly short: RadioShort; readonly needed: number },
    from: KnownStation,
    nowMs: number,
  ): readonly RadioEffect[] {
    const parcel = held.get(short);
    if (needed > 0 && needed !== notWanted) {
      if (parcel === undefined) {
        reports.heardNeed(short, (length) => needed >= neededOf(short, length, nowMs));
      } else {
        stations.note(from, short);
        leaveToSender(short, needed, nowMs);
      }
    }
    sendings.heardNeed(short, needed, nowMs);
    if (parcel === undefined || (needed > 0 && needed !== notWanted)) return [];
    const wasLacking = from.lacks.delete(short);
    if (needed !== 0 || !wasLacking) return [];
    return [{ kind: 'taken', id: parcel.id, station: from.station }];
  }

  /** Who was asked is somebody else: this station helps if that one does not, with symbols of its own. */
  function leaveToSender(short: RadioShort, needed: number, nowMs: number): void {
    if (sendings.peek(short) !== undefined) return;
    const sending = sendings.get(short);
    sending.wanted = needed;
    sending.isRelay = true;
    sending.notBeforeMs = nowMs + leaveToOthersMs + randomBelow(askLaterMs);
  }

  /** Whoever hears a station for the first time tells it soon what there is. */
  function answerNewcomer(nowMs: number): void {
    const soonMs = nowMs + slotMs * (1 + randomBelow(4 * answerSlots(nowMs)));
    nextBeaconMs = Math.min(nextBeaconMs, soonMs);
  }

  function compare(
    { lacking, present }: Comparison,
    from: KnownStation,
    nowMs: number,
  ): readonly RadioEffect[] {
    for (const short of lacking) {
      stations.note(from, short);
      sendings.revive(short, nowMs);
    }
    return present.flatMap((short): readonly RadioEffect[] => {
      const parcel = held.get(short);
      if (!from.lacks.delete(short) || parcel === undefined) return [];
      return [{ kind: 'taken', id: parcel.id, station: from.station }];
    });
  }

  function settle(short: RadioShort, needed: number, nowMs: number): void {
    verdicts.delete(short);
    verdicts.set(short, { needed, untilMs: nowMs + verdictForMs });
    const [oldest] = verdicts.keys();
    if (verdicts.size > maxVerdicts && oldest !== undefined) verdicts.delete(oldest);
  }

  function loaded(
    id: ParcelId,
    parcel: Uint8Array | undefined,
    nowMs: number,
  ): readonly RadioEffect[] {
    const short = held.shortOf(id);
    if (loading !== short) return [];
    loading = undefined;
    const compact = parcel === undefined ? undefined : compactOf(symmetric, network, parcel);
    const entry = held.get(short);
    if (
      compact?.ok !== true ||
      entry === undefined ||
      parcelIds.toText(entry.id) !== parcelIds.toText(id)
    ) {
      held.remove(short);
      sendings.forget(short);
      return [];
    }
    currentLength = compact.value.length;
    const symbolLength = radioSymbolLength(compact.value.length);
    current = { short, encoder: createFountainEncoder(compact.value, symbolLength) };
    return tick(nowMs);
  }

  function randomBelow(bound: number): number {
    if (bound < 1) return 0;
    const [a = 0, b = 0, c = 0, d = 0] = random.bytes(4);
    return (((a << 24) | (b << 16) | (c << 8) | d) >>> 0) % Math.floor(bound);
  }

  let latestMs = startMs;
  const at = (nowMs: number) => {
    latestMs = nowMs;
    return nowMs;
  };

  return {
    station,
    get dueMs() {
      return dueMs(latestMs);
    },
    get counts() {
      return { ...counts, airMs: airtime.spentMs };
    },
    neighbours: (nowMs) =>
      stations.live(nowMs).map((other) => ({ station: other.station, lacking: other.lacks.size })),
    tick: (nowMs) => tick(at(nowMs)),
    receive: (frame, nowMs) => receive(frame, at(nowMs)),
    busyUntil(untilMs) {
      takenUntilMs = Math.max(takenUntilMs, untilMs);
    },
    hold: (entries) => held.replace(entries),
    added(entry, from) {
      const parcel = held.add(entry);
      if (parcel === undefined) return;
      // Whoever is in reach has heard what we have heard; beacons tell who has not. An emergency does
      // not wait for them: one symbol asks whether somebody lacks it.
      if (from !== undefined && !parcel.isEmergency) return;
      for (const other of stations.live(latestMs)) {
        if (other.station !== from) stations.note(other, parcel.short);
      }
      if (from === undefined) return;
      const sending = sendings.get(parcel.short);
      sending.wanted = 1;
      sending.isRelay = true;
      sending.notBeforeMs = latestMs + leaveToOthersMs + randomBelow(askLaterMs);
    },
    loaded: (id, parcel, nowMs) => loaded(id, parcel, at(nowMs)),
    judged(id, verdict, nowMs) {
      const short = held.shortOf(id);
      if (verdict === 'failed') verdicts.delete(short);
      else settle(short, verdict === 'kept' ? 0 : notWanted, at(nowMs));
    },
    remembered(kept) {
      isRemembering = false;
      reservedTo = Math.max(reservedTo, kept.reservedTo);
    },
  };
}

/** Tag, station, counter, and the fields of a symbol's message. */
const symbolOverhead = 33;

function isBefore(left: HeldParcel, right: HeldParcel): boolean {
  return left.rank < right.rank || (left.rank === right.rank && left.short < right.short);
}

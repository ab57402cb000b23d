import type { Result } from '@pars/base';
import type { SymmetricPrimitives } from '@pars/crypto';
import { type MeshFailure, meshErr } from '../errors.ts';
import {
  bucketFromParcelLength,
  type ParcelId,
  parcelHeaderLength,
  parcelIdFromHeader,
  parcelSizes,
} from '../parcel/index.ts';
import { shortFromHalves } from './day-set.ts';
import { shortIdsOf } from './short-id.ts';
import type { SyncBudget } from './sync-budget.ts';
import type { SyncEffect } from './sync-machine.ts';
import { encodeSyncMessage, partOverhead, type SyncMessage, wantWindow } from './sync-message.ts';

/** A parcel of the other side. */
export interface WantedParcel {
  readonly day: number;
  readonly short: bigint;
}

/** What an exchange needs to know of the sync that it belongs to. */
export interface ExchangeContext {
  readonly symmetric: SymmetricPrimitives;
  readonly salt: Uint8Array;
  readonly budget: SyncBudget;
  /** Bytes of a `part` at most. */
  readonly messageLength: number;
  /** Own parcels, for bounds. */
  readonly ownCount: number;
  /** The own parcel with this short id. */
  readonly idOf: (day: number, short: bigint) => ParcelId | undefined;
}

type Message<Type extends SyncMessage['type']> = Extract<SyncMessage, { readonly type: Type }>;

/** Moves parcels both ways; each side pulls what it lacks (PIP-1003 §7). */
export interface ParcelExchange {
  /** Nothing is wanted or under way in this direction. */
  readonly isIdle: boolean;
  /** Wanted parcels that were not asked for yet. */
  readonly waitingCount: number;
  readonly progress: number;
  want(parcels: readonly WantedParcel[]): readonly SyncEffect[];
  /** Asks again for what was under way; forgets what the other side had asked for. */
  connected(): readonly SyncEffect[];
  onWant(message: Message<'want'>): readonly SyncEffect[];
  onPart(message: Message<'part'>): readonly SyncEffect[];
  onGone(message: Message<'gone'>): readonly SyncEffect[];
  loaded(parcel: Uint8Array | undefined): readonly SyncEffect[];
  admitted(result: Result<'stored' | 'known', MeshFailure>): readonly SyncEffect[];
}

/** Refusals that mean that the other side should never have sent the parcel. */
const faults: ReadonlySet<string> = new Set([
  'mesh/bad-length',
  'mesh/bad-parcel',
  'mesh/bad-postage',
  'mesh/underpaid',
  'mesh/unknown-suite',
  'mesh/unknown-version',
]);

/** The exchange of one sync. */
export function createParcelExchange(context: ExchangeContext): ParcelExchange {
  const { symmetric, salt, budget } = context;
  const seen = new Set<bigint>();
  let waiting: WantedParcel[] = [];
  /** Asked for and not there yet, in the order of asking. */
  const asked = new Map<bigint, WantedParcel>();
  let partial: Partial | undefined;
  let admitting: { readonly wanted: WantedParcel; readonly sizeBytes: number } | undefined;
  let serving: Serving[] = [];
  let isReading = false;
  let servedCount = 0;
  let progress = 0;

  /** Asks for more when half of the window is free. */
  function topUp(): readonly SyncEffect[] {
    if (waiting.length === 0 || asked.size > wantWindow / 2) return [];
    const next = waiting.slice(0, wantWindow - asked.size);
    waiting = waiting.slice(next.length);
    for (const wanted of next) asked.set(wanted.short, wanted);
    return askFor(next, 0);
  }

  /** One message for each run of parcels of the same day; `offset` is for the first parcel. */
  function askFor(wanted: readonly WantedParcel[], offset: number): readonly SyncEffect[] {
    const effects: SyncEffect[] = [];
    const perMessage = Math.max(1, Math.floor((context.messageLength - 11) / 8));
    for (let start = 0; start < wanted.length; ) {
      const day = wanted[start]?.day ?? 0;
      let end = start;
      while (wanted[end]?.day === day && end - start < perMessage) end += 1;
      const shorts = wanted.slice(start, end).map((parcel) => parcel.short);
      const partLength = context.messageLength - partOverhead;
      const first = start === 0 ? offset : 0;
      effects.push(send({ type: 'want', day, partLength, offset: first, shorts }));
      start = end;
    }
    return effects;
  }

  function readNext(): readonly SyncEffect[] {
    const next = serving[0];
    if (isReading || next === undefined) return [];
    isReading = true;
    return [{ kind: 'read', id: next.id }];
  }

  return {
    get isIdle() {
      return waiting.length === 0 && asked.size === 0 && admitting === undefined;
    },
    get waitingCount() {
      return waiting.length;
    },
    get progress() {
      return progress;
    },
    want(parcels) {
      for (const parcel of parcels) {
        if (seen.has(parcel.short)) continue;
        seen.add(parcel.short);
        waiting.push(parcel);
      }
      return topUp();
    },
    connected() {
      serving = [];
      isReading = false;
      // Nobody will answer any more whether the store took it.
      if (admitting !== undefined) asked.set(admitting.wanted.short, admitting.wanted);
      admitting = undefined;
      const again = [...asked.values()];
      // What has begun to come is asked for first, from where it stopped.
      const begun = partial && asked.get(partial.short);
      if (begun === undefined || partial === undefined) partial = undefined;
      if (begun === undefined) return [...askFor(again, 0), ...topUp()];
      const others = again.filter((wanted) => wanted !== begun);
      return [...askFor([begun, ...others], partial?.length ?? 0), ...topUp()];
    },
    onWant({ day, partLength, offset, shorts }) {
      servedCount += shorts.length;
      if (serving.length + shorts.length > 2 * wantWindow) return refuse('want');
      if (servedCount > 4_096 + 4 * context.ownCount) return fail(meshErr('mesh/sync-exhausted'));
      progress += 1;
      const gone: SyncEffect[] = [];
      for (const [place, short] of shorts.entries()) {
        const id = context.idOf(day, short);
        const from = place === 0 ? offset : 0;
        if (id === undefined) gone.push(send({ type: 'gone', short }));
        else serving.push({ id, short, partLength, offset: from });
      }
      return [...gone, ...readNext()];
    },
    onPart(message) {
      const { short, bucket, offset, bytes } = message;
      const size = parcelSizes[bucket] ?? 0;
      const wanted = asked.get(short);
      if (wanted === undefined || admitting !== undefined) return refuse('part');
      // What was begun goes on, also on a new link: to begin again is to bring the same bytes for ever.
      if (offset === 0 && partial !== undefined) return refuse('part');
      if (offset === 0) partial = { short, length: 0, bytes: new Uint8Array(size) };
      if (partial?.short !== short || partial.length !== offset || partial.bytes.length !== size) {
        return refuse('part');
      }
      partial.bytes.set(bytes, offset);
      partial.length += bytes.length;
      progress += 1;
      const isHeaderNew = offset < parcelHeaderLength && partial.length >= parcelHeaderLength;
      if (isHeaderNew && shortOf(partial.bytes) !== short) return refuse('parcel');
      if (partial.length < size) return [];
      const parcel = partial.bytes;
      partial = undefined;
      asked.delete(short);
      admitting = { wanted, sizeBytes: size };
      return [{ kind: 'admit', parcel }];
    },
    onGone({ short }) {
      if (!asked.delete(short)) return refuse('gone');
      if (partial?.short === short) partial = undefined;
      return topUp();
    },
    loaded(parcel) {
      const served = serving.shift();
      if (!isReading || served === undefined) return [];
      isReading = false;
      return [...partsOf(served, parcel), ...readNext()];
    },
    admitted(result) {
      const sizeBytes = admitting?.sizeBytes ?? 0;
      admitting = undefined;
      if (!result.ok && faults.has(result.error.code)) return fail(result);
      if (result.ok && result.value === 'stored') {
        progress += 1;
        budget.gain(sizeBytes);
      }
      return topUp();
    },
  };

  function shortOf(parcel: Uint8Array): bigint {
    const id = parcelIdFromHeader(symmetric, parcel.subarray(0, parcelHeaderLength));
    const { high, low } = shortIdsOf(id, salt);
    return shortFromHalves(high[0] ?? 0, low[0] ?? 0);
  }
}

interface Partial {
  readonly short: bigint;
  readonly bytes: Uint8Array;
  /** Bytes that are there. */
  length: number;
}

interface Serving {
  readonly id: ParcelId;
  readonly short: bigint;
  readonly partLength: number;
  readonly offset: number;
}

function partsOf(served: Serving, parcel: Uint8Array | undefined): readonly SyncEffect[] {
  const { short, partLength, offset } = served;
  const bucket = parcel && bucketFromParcelLength(parcel.length);
  if (parcel === undefined || bucket === undefined || offset >= parcel.length) {
    return [send({ type: 'gone', short })];
  }
  const parts: SyncEffect[] = [];
  for (let at = offset; at < parcel.length; at += partLength) {
    const bytes = parcel.subarray(at, at + partLength);
    parts.push(send({ type: 'part', short, bucket, offset: at, bytes }));
  }
  return parts;
}

/** The effect of sending a message. */
export function send(message: SyncMessage): SyncEffect {
  return { kind: 'send', message: encodeSyncMessage(message) };
}

/** The effect of a failure. */
export function fail(failed: { readonly error: MeshFailure }): readonly SyncEffect[] {
  return [{ kind: 'fail', failure: failed.error }];
}

/** The effect of a message that this state does not allow. */
export function refuse(what: string): readonly SyncEffect[] {
  return fail(meshErr('mesh/bad-sync-message', { what }));
}

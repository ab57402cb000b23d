import { equalBytes, type RandomDep } from '@pars/base';
import type { SymmetricPrimitives } from '@pars/crypto';
import type { MeshFailure } from '../errors.ts';
import { createCustodyBook, dayFromSlot, type Parcel, parcelIds } from '../parcel/index.ts';
import { chooseKeepers, type KeeperId, keeperName, shardPlace } from './keeper-choice.ts';
import { decodeKeeperMessage, encodeKeeperMessage, refusals } from './keeper-message.ts';
import type { MailboxNetwork } from './mailbox-network.ts';

/** What the owner of a delivery has to do (PIP-1006 §4). */
export type DeliveryEffect =
  /** Open a link to the keeper if there is none, and send. */
  | { readonly kind: 'send'; readonly keeper: string; readonly message: Uint8Array }
  /** How far the parcel is; never more than receipts prove. `isDone`: all copies are there. */
  | {
      readonly kind: 'state';
      readonly parcel: string;
      /** Keepers that it was sent to and that have not refused. */
      readonly handedTo: number;
      /** Keepers whose receipts are proven. */
      readonly storedBy: number;
      readonly isDone: boolean;
      /** Who has just proved it. */
      readonly provenBy: string | undefined;
    }
  /** No more keepers to ask, or no time: fewer copies than wanted. Deliver again when other nodes are known. */
  | { readonly kind: 'gave-up'; readonly parcel: string; readonly storedBy: number }
  /** The keeper broke the rules. */
  | { readonly kind: 'misbehaved'; readonly keeper: string; readonly failure: MeshFailure };

/** Brings parcels to the keepers of their shards (PIP-1006 §4): synchronous, without I/O, in bounded memory. */
export interface KeeperDelivery {
  /** Begins. False when too many are under way; offer it again later. A parcel that is under way is not begun twice. */
  deliver(
    parcel: Parcel,
    known: readonly KeeperId[],
    nowMs: number,
    /** Names of keepers whose receipts were proven before: they count, and are not asked again. */
    storedBy?: ReadonlySet<string>,
  ): DeliveryStart;
  /** Takes a message of a keeper, by the name that `send` gave. */
  receive(keeper: string, message: Uint8Array, nowMs: number): readonly DeliveryEffect[];
  /** No link to the keeper could be had, or it broke. */
  failed(keeper: string, nowMs: number): readonly DeliveryEffect[];
  tick(nowMs: number): readonly DeliveryEffect[];
  readonly nextDueMs: number;
  /** Parcels under way. */
  readonly count: number;
}

/** What `deliver` did. */
export interface DeliveryStart {
  readonly isTaken: boolean;
  readonly effects: readonly DeliveryEffect[];
}

/** What the sending side is built on. */
export interface KeeperDeps extends RandomDep {
  readonly symmetric: SymmetricPrimitives;
  readonly network: MailboxNetwork;
}

/** Bounds of the sending side. */
export interface DeliveryOptions {
  /** Parcels under way at once; default 64, which is 16 MiB at most. */
  readonly maxParcels?: number;
  /** How long a keeper has for its receipt, in ms; default 600. The second try has twice as long. */
  readonly answerMs?: number;
}

/** Tries of one keeper. */
const triesOfKeeper = 2;

interface Hop {
  readonly keeper: KeeperId;
  readonly name: string;
  state: 'waiting' | 'asked' | 'stored' | 'failed';
  tries: number;
  dueMs: number;
  /** Sent with the last try. */
  challenge: Uint8Array;
}

interface Delivery {
  readonly parcel: Parcel;
  readonly name: string;
  readonly wanted: number;
  /** The nearest first. */
  readonly hops: readonly Hop[];
}

/** A delivery side with nothing under way. */
export function createKeeperDelivery(
  deps: KeeperDeps,
  options: DeliveryOptions = {},
): KeeperDelivery {
  const { symmetric } = deps;
  const { copies, responsible } = deps.network.mailbox;
  const { maxParcels = 64, answerMs = 600 } = options;
  const book = createCustodyBook(deps, { maxEntries: maxParcels * responsible });
  const deliveries = new Map<string, Delivery>();

  function ask(delivery: Delivery, hop: Hop, nowMs: number): DeliveryEffect {
    hop.state = 'asked';
    hop.tries += 1;
    hop.dueMs = nowMs + answerMs * hop.tries;
    hop.challenge = book.handOver(hop.name, delivery.parcel);
    const message = encodeKeeperMessage({
      type: 'store',
      challenge: hop.challenge,
      parcel: delivery.parcel.bytes,
    });
    return { kind: 'send', keeper: hop.name, message };
  }

  /** Asks as many keepers as copies are missing; ends when all are there or nobody is left. */
  function advance(
    delivery: Delivery,
    nowMs: number,
    provenBy?: string,
  ): readonly DeliveryEffect[] {
    const effects: DeliveryEffect[] = [];
    const count = (state: Hop['state']) =>
      delivery.hops.filter((hop) => hop.state === state).length;
    const storedBy = count('stored');
    for (const hop of delivery.hops) {
      if (storedBy + count('asked') >= delivery.wanted) break;
      if (hop.state === 'waiting') effects.push(ask(delivery, hop, nowMs));
    }
    const handedTo = storedBy + count('asked');
    const isDone = storedBy >= delivery.wanted;
    effects.push({ kind: 'state', parcel: delivery.name, handedTo, storedBy, isDone, provenBy });
    if (isDone) deliveries.delete(delivery.name);
    else if (handedTo === storedBy) {
      deliveries.delete(delivery.name);
      effects.push({ kind: 'gave-up', parcel: delivery.name, storedBy });
    }
    return effects;
  }

  function findHop(
    keeper: string,
    name: string,
  ): { readonly delivery: Delivery; readonly hop: Hop } | undefined {
    const delivery = deliveries.get(name);
    const hop = delivery?.hops.find((other) => other.name === keeper);
    return delivery === undefined || hop === undefined ? undefined : { delivery, hop };
  }

  return {
    get count() {
      return deliveries.size;
    },
    get nextDueMs() {
      let dueMs = Number.POSITIVE_INFINITY;
      for (const { hops } of deliveries.values()) {
        for (const hop of hops) if (hop.state === 'asked') dueMs = Math.min(dueMs, hop.dueMs);
      }
      return dueMs;
    },
    deliver(parcel, known, nowMs, storedBy) {
      const name = parcelIds.toText(parcel.id);
      if (deliveries.has(name)) return { isTaken: true, effects: [] };
      if (deliveries.size >= maxParcels) return { isTaken: false, effects: [] };
      const { shard, expirySlot, priority } = parcel.header;
      const place = shardPlace(symmetric, shard, dayFromSlot(expirySlot));
      const hops = chooseKeepers(place, known, responsible).map(
        (keeper): Hop => ({
          keeper,
          name: keeperName(keeper),
          state: storedBy?.has(keeperName(keeper)) === true ? 'stored' : 'waiting',
          tries: 0,
          dueMs: Number.POSITIVE_INFINITY,
          challenge: new Uint8Array(0),
        }),
      );
      const delivery = { parcel, name, wanted: copies[priority], hops };
      deliveries.set(name, delivery);
      return { isTaken: true, effects: advance(delivery, nowMs) };
    },
    receive(keeper, bytes, nowMs) {
      const message = decodeKeeperMessage(bytes);
      if (!message.ok) return [{ kind: 'misbehaved', keeper, failure: message.error }];
      if (message.value.type === 'refused') {
        const { challenge, reason } = message.value;
        return refused(keeper, challenge, reason, nowMs);
      }
      if (message.value.type !== 'stored') {
        const failure: MeshFailure = { code: 'mesh/bad-keeper-message', meta: { what: 'type' } };
        return [{ kind: 'misbehaved', keeper, failure }];
      }
      const { receipt } = message.value;
      const found = findHop(keeper, parcelIds.toText(receipt.slice(7, 39) as Parcel['id']));
      const said = book.accept(keeper, receipt);
      if (!said.ok) {
        // A receipt that comes after its delivery has ended is late, not false.
        if (said.error.code === 'mesh/unknown-receipt') return [];
        return [{ kind: 'misbehaved', keeper, failure: said.error }];
      }
      if (found === undefined || said.value !== 'stored') return [];
      if (found.hop.state === 'stored') return [];
      found.hop.state = 'stored';
      return advance(found.delivery, nowMs, keeper);
    },
    failed(keeper, nowMs) {
      const effects: DeliveryEffect[] = [];
      for (const delivery of [...deliveries.values()]) {
        const hop = delivery.hops.find((other) => other.name === keeper);
        if (hop === undefined || (hop.state !== 'asked' && hop.state !== 'waiting')) continue;
        hop.state = 'failed';
        effects.push(...advance(delivery, nowMs));
      }
      return effects;
    },
    tick(nowMs) {
      const effects: DeliveryEffect[] = [];
      for (const delivery of [...deliveries.values()]) {
        const late = delivery.hops.filter((hop) => hop.state === 'asked' && hop.dueMs <= nowMs);
        for (const hop of late) {
          if (hop.tries < triesOfKeeper) effects.push(ask(delivery, hop, nowMs));
          else hop.state = 'failed';
        }
        if (late.some((hop) => hop.state === 'failed')) effects.push(...advance(delivery, nowMs));
      }
      return effects;
    },
  };

  /** A refusal names the challenge, which only the keeper that was asked knows. */
  function refused(
    keeper: string,
    challenge: Uint8Array,
    reason: number,
    nowMs: number,
  ): readonly DeliveryEffect[] {
    for (const delivery of deliveries.values()) {
      const hop = delivery.hops.find((other) => other.name === keeper && other.state === 'asked');
      if (hop === undefined || !equalBytes(hop.challenge, challenge)) continue;
      // A keeper that calls a good parcel bad is asked no more than one that is full.
      hop.state = 'failed';
      const effects = advance(delivery, nowMs);
      if (reason !== refusals.badParcel) return effects;
      const failure: MeshFailure = { code: 'mesh/bad-keeper-message', meta: { what: 'refusal' } };
      return [{ kind: 'misbehaved', keeper, failure }, ...effects];
    }
    return [];
  }
}

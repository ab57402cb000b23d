import type { RandomDep } from '@pars/base';
import type { MeshFailure } from '../errors.ts';
import { dayFromSlot, type Parcel, parcelIds, slotFromMs } from '../parcel/index.ts';
import type { KeeperId } from './keeper-choice.ts';
import {
  createKeeperDelivery,
  type DeliveryEffect,
  type DeliveryOptions,
  type KeeperDeps,
} from './keeper-delivery.ts';
import type { ShardDay } from './keeper-message.ts';

/**
 * How far a parcel is, and no more than is proven (PIP-1006 §4). Whether its
 * recipient has it only the recipient's own receipt says, in the layer above.
 */
export type ParcelState =
  /** It waits here: no keeper has been sent it, or those that were have failed. */
  | { readonly type: 'queued' }
  /** Sent to so many keepers, of which none has proved anything. */
  | { readonly type: 'handed-over'; readonly to: number }
  /** So many keepers have proved, at that moment, that they had every byte. `wanted`: copies that there are to be. */
  | { readonly type: 'stored'; readonly by: number; readonly wanted: number }
  /** Its time is over; `storedBy`: what was proven until then. Whether it was fetched is not known. */
  | { readonly type: 'expired'; readonly storedBy: number };

/** What the owner of a post has to do. */
export type PostEffect =
  | { readonly kind: 'send'; readonly keeper: string; readonly message: Uint8Array }
  /** The parcel (text of its id) is now in another state than before. */
  | { readonly kind: 'state'; readonly parcel: string; readonly state: ParcelState }
  | { readonly kind: 'misbehaved'; readonly keeper: string; readonly failure: MeshFailure };

/** A parcel that is to be brought to its keepers now. */
export interface DuePost {
  /** Text of its id. */
  readonly parcel: string;
  readonly shardDay: ShardDay;
}

/** Brings parcels to their keepers until there are enough copies, or their time is over (PIP-1006 §4). */
export interface MailboxPost {
  /** Takes a parcel that lies in the own store; twice changes nothing. False when too many wait. */
  add(parcel: Parcel, nowMs: number): boolean;
  /** How far it is; `undefined` for what is not followed. */
  stateOf(parcel: string): ParcelState | undefined;
  /** There is somebody to ask again: what waits for its next try begins anew within five seconds. */
  hurry(nowMs: number): void;
  /** Nothing is to be done for it any more: the recipient has it, or its sender took it back. */
  remove(parcel: string): void;
  /** What is due, and ends what has expired. */
  due(nowMs: number): {
    readonly posts: readonly DuePost[];
    readonly effects: readonly PostEffect[];
  };
  /** Begins to bring a due one. `undefined` for a parcel that is not in the store any more: it is dropped. */
  begin(
    name: string,
    parcel: Parcel | undefined,
    known: readonly KeeperId[],
    nowMs: number,
  ): readonly PostEffect[];
  receive(keeper: string, message: Uint8Array, nowMs: number): readonly PostEffect[];
  failed(keeper: string, nowMs: number): readonly PostEffect[];
  tick(nowMs: number): readonly PostEffect[];
  readonly nextDueMs: number;
  readonly count: number;
  /** As many are under way as may be: `begin` takes none until one of them ends. */
  readonly isFull: boolean;
}

/** Bounds of a post. */
export interface PostOptions extends DeliveryOptions {
  /** Parcels that are followed at most; default 4,096. */
  readonly maxFollowed?: number;
}

interface Followed {
  readonly shardDay: ShardDay;
  readonly expirySlot: number;
  readonly wanted: number;
  state: ParcelState;
  readonly storedBy: Set<string>;
  attempts: number;
  /** When it is tried again; infinite while it is under way or done. */
  dueMs: number;
}

const firstRetryMs = 60_000;
const longestRetryMs = 3_600_000;
const longestHurryMs = 5_000;

/** A post that follows nothing. */
export function createMailboxPost(
  deps: KeeperDeps & RandomDep,
  options: PostOptions = {},
): MailboxPost {
  const { maxFollowed = 4_096, maxParcels = 64 } = options;
  const delivery = createKeeperDelivery(deps, { ...options, maxParcels });
  const followed = new Map<string, Followed>();

  function setState(name: string, entry: Followed, state: ParcelState): readonly PostEffect[] {
    if (JSON.stringify(state) === JSON.stringify(entry.state)) return [];
    entry.state = state;
    return [{ kind: 'state', parcel: name, state }];
  }

  function stateOf(entry: Followed, handedTo: number): ParcelState {
    const by = entry.storedBy.size;
    if (by > 0) return { type: 'stored', by, wanted: entry.wanted };
    return handedTo > 0 ? { type: 'handed-over', to: handedTo } : { type: 'queued' };
  }

  /** Twice as long each time, and a quarter more or less, so that many do not come together. */
  function retryLater(entry: Followed, nowMs: number): void {
    const baseMs = Math.min(longestRetryMs, firstRetryMs * 2 ** entry.attempts);
    const drawn = (deps.random.bytes(1)[0] ?? 0) / 256;
    entry.attempts += 1;
    entry.dueMs = nowMs + baseMs * (0.75 + drawn / 2);
  }

  /** Nothing waits longer than this: the clock was set back since. */
  function isDue({ dueMs }: Followed, nowMs: number): boolean {
    return dueMs <= nowMs || (Number.isFinite(dueMs) && dueMs > nowMs + 2 * longestRetryMs);
  }

  function perform(effects: readonly DeliveryEffect[], nowMs: number): readonly PostEffect[] {
    return effects.flatMap((effect) => {
      if (effect.kind === 'send' || effect.kind === 'misbehaved') return [effect];
      const entry = followed.get(effect.parcel);
      if (entry === undefined) return [];
      if (effect.kind === 'state') {
        if (effect.provenBy !== undefined) entry.storedBy.add(effect.provenBy);
        return setState(effect.parcel, entry, stateOf(entry, effect.handedTo));
      }
      retryLater(entry, nowMs);
      return setState(effect.parcel, entry, stateOf(entry, 0));
    });
  }

  return {
    get count() {
      return followed.size;
    },
    get isFull() {
      return delivery.count >= maxParcels;
    },
    get nextDueMs() {
      let dueMs = delivery.nextDueMs;
      for (const entry of followed.values()) dueMs = Math.min(dueMs, entry.dueMs);
      return dueMs;
    },
    add(parcel, nowMs) {
      const name = parcelIds.toText(parcel.id);
      if (followed.has(name)) return true;
      if (followed.size >= maxFollowed) return false;
      const { expirySlot, priority, shard } = parcel.header;
      followed.set(name, {
        shardDay: { shard, day: dayFromSlot(expirySlot) },
        expirySlot,
        wanted: deps.network.mailbox.copies[priority],
        state: { type: 'queued' },
        storedBy: new Set(),
        attempts: 0,
        dueMs: nowMs,
      });
      return true;
    },
    stateOf: (name) => followed.get(name)?.state,
    hurry(nowMs) {
      for (const entry of followed.values()) {
        if (entry.attempts === 0 || entry.dueMs === Number.POSITIVE_INFINITY) continue;
        const drawn = (deps.random.bytes(1)[0] ?? 0) / 256;
        entry.attempts = 0;
        entry.dueMs = Math.min(entry.dueMs, nowMs + longestHurryMs * drawn);
      }
    },
    remove(name) {
      followed.delete(name);
    },
    due(nowMs) {
      const posts: DuePost[] = [];
      const effects: PostEffect[] = [];
      for (const [name, entry] of followed) {
        if (entry.expirySlot <= slotFromMs(nowMs)) {
          effects.push(
            ...setState(name, entry, { type: 'expired', storedBy: entry.storedBy.size }),
          );
          followed.delete(name);
        } else if (isDue(entry, nowMs)) posts.push({ parcel: name, shardDay: entry.shardDay });
      }
      return { posts, effects };
    },
    begin(name, parcel, known, nowMs) {
      const entry = followed.get(name);
      if (entry === undefined || !isDue(entry, nowMs)) return [];
      if (parcel === undefined) {
        followed.delete(name);
        return [];
      }
      const start = delivery.deliver(parcel, known, nowMs, entry.storedBy);
      if (!start.isTaken) {
        entry.dueMs = nowMs + firstRetryMs;
        return [];
      }
      entry.dueMs = Number.POSITIVE_INFINITY;
      return perform(start.effects, nowMs);
    },
    receive: (keeper, message, nowMs) => perform(delivery.receive(keeper, message, nowMs), nowMs),
    failed: (keeper, nowMs) => perform(delivery.failed(keeper, nowMs), nowMs),
    tick: (nowMs) => perform(delivery.tick(nowMs), nowMs),
  };
}

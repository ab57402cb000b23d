import {
  type Clock,
  err,
  type Failure,
  ok,
  type Random,
  type Result,
  type Scheduler,
} from '@pars/base';
import type { Suite } from '@pars/crypto';
import {
  createParcel,
  dayFromSlot,
  expirySlotFrom,
  maxLifetimeDays,
  type ParcelId,
} from '@pars/mesh';
import {
  createTagSequence,
  parcelShard,
  reopenContactCard,
  type SessionId,
  type TagSequence,
} from '@pars/session';
import type { Carrier } from '../carrier/carrier.ts';
import type { Profile } from '../profile/profile.ts';
import { replaceLane, takeNumber } from './lane.ts';

/** A parcel that nobody but this process knows. It leaves once the profile is durable, and not before. */
export interface PreparedParcel {
  readonly id: ParcelId;
  readonly bytes: Uint8Array;
}

/**
 * Makes one parcel for a contact (PIP-5000 §12): takes the next tag, lets
 * `fill` make the body for it and does the work of the postage. A crash may
 * give the tag to another parcel until `profile.durable()`: only then may
 * {@link releaseParcel} follow. Codes: `node/direct-only`,
 * `node/parcels-used-up`, `node/locked`, `node/vault-…`, and those of `fill`.
 * Rejects with the signal's reason.
 */
export async function prepareParcel(
  deps: {
    readonly suite: Suite;
    readonly clock: Clock;
    readonly scheduler: Scheduler;
    readonly random: Random;
    readonly carrier: Carrier;
  },
  profile: Profile,
  to: SessionId,
  fill: (place: {
    readonly tags: TagSequence;
    readonly tag: Uint8Array;
  }) => Promise<Result<Uint8Array, Failure>>,
  signal: AbortSignal,
): Promise<Result<PreparedParcel, Failure>> {
  const { carrier, clock, scheduler, suite } = deps;
  const contact = profile.contacts.get(to);
  if (contact === undefined) return err('session/no-contact');
  const card = await reopenContactCard(suite, contact.card);
  if (!card.ok) return card;
  const expirySlot = expirySlotFrom(clock.nowMs(), LIFE_MS, 'normal');
  const day = dayFromSlot(expirySlot);

  const taken = await profile.transact(async (transaction) => {
    const record = profile.correspondences.get(to);
    const lane = record?.lanes[0];
    if (record === undefined || lane === undefined) return err('node/direct-only');
    const next = takeNumber(lane, day, clock.nowMs());
    if (next === undefined) return err('node/parcels-used-up');
    transaction.put(replaceLane(record, next.lane));
    const tags = createTagSequence(suite, lane.secret, lane.role);
    return ok({ tags, tag: tags.tagOf(day, next.number) });
  });
  if (!taken.ok) return taken;
  const body = await fill(taken.value);
  taken.value.tags.erase();
  if (!body.ok) return body;

  const work = { symmetric: suite.symmetric, pause: () => scheduler.sleep(0) };
  const shard = parcelShard(suite, card.value.staticKey.bytes, day, carrier.network.shardBits);
  const label = { tag: taken.value.tag, shard, expirySlot, priority: 'normal' } as const;
  const parcel = await createParcel(work, carrier.network, label, body.value, signal);
  return parcel.ok ? ok({ id: parcel.value.id, bytes: parcel.value.bytes }) : parcel;
}

/**
 * Gives a parcel to the carrier, outside the shares of neighbours (PIP-1002
 * §9). Codes: `mesh/parcel-…` when the own store has no room.
 */
export async function releaseParcel(
  carrier: Carrier,
  { bytes }: PreparedParcel,
): Promise<Result<void, Failure>> {
  const store = await carrier.open();
  const kept = await store.put(bytes, undefined);
  return kept.ok ? ok(undefined) : kept;
}

const LIFE_MS = maxLifetimeDays.normal * 86_400_000;

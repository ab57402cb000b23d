import { type Clock, ParsError, redact, type Store, unwrap } from '@pars/base';
import { check, type StoreSubject } from '@pars/base/conformance';
import type { Suite } from '@pars/crypto';
import {
  createParcel,
  expirySlotFrom,
  openParcelStore,
  type Parcel,
  type ParcelNetwork,
  type ParcelPriority,
  type ParcelStore,
  type ParcelStoreOptions,
  parcelBodyLengths,
  parcelIds,
} from '../parcel/index.ts';

/** Milliseconds of a day. */
export const dayMs = 86_400_000;
/** Bytes that all rows of the suite begin with. */
export const prefix: Uint8Array = Uint8Array.of(0x70);

/** A network whose puzzles take a millisecond. */
export const network: ParcelNetwork = { shardBits: 8, puzzleBits: 8, leastLevel: 0 };

const startMs = 1_767_225_600_000;

/** What a parcel of the suite differs in. */
export interface ParcelWish {
  readonly priority?: ParcelPriority;
  readonly bucket?: number;
  readonly lifetimeMs?: number;
  /** Fills tag and body; the same number gives the same parcel. */
  readonly number: number;
}

/** A clock that stands still until it is moved. */
export interface SetClock extends Clock {
  advance(ms: number): void;
}

/** A clock at the begin of 2026. */
export function createSetClock(): SetClock {
  let now = startMs;
  return {
    nowMs: () => now,
    monotonicMs: () => now - startMs,
    advance(ms) {
      now += ms;
    },
  };
}

/** Makes a parcel; the same wish gives the same bytes. */
export async function makeParcel(suite: Suite, wish: ParcelWish): Promise<Parcel> {
  const { priority = 'normal', bucket = 0, lifetimeMs = 3 * dayMs, number } = wish;
  // Beyond the least level, so that half of the store is not the bound.
  const work = { symmetric: suite.symmetric, pause: async () => undefined, extraLevel: 1 };
  const tag = new Uint8Array(32).fill(number);
  const shard = ((number & 3) << 24) >>> 0;
  const expirySlot = expirySlotFrom(startMs, lifetimeMs, priority);
  const body = new Uint8Array(parcelBodyLengths[bucket] ?? 0).fill(number + 1);
  return unwrap(await createParcel(work, network, { tag, shard, expirySlot, priority }, body));
}

/** Opens the parcels on a store, with generous bounds unless told otherwise. */
export async function openParcels(
  suite: Suite,
  clock: Clock,
  store: Store,
  options: Partial<ParcelStoreOptions> = {},
): Promise<ParcelStore> {
  const opened = await openParcelStore(
    { suite, clock, store },
    {
      network,
      key: redact(new Uint8Array(32).fill(7)),
      prefix,
      capacityBytes: 4 * 1_024 * 1_024,
      maxParcels: 1_000,
      ...options,
    },
  );
  return unwrap(opened);
}

/** The ids of what is held, as sorted text. */
export function heldIds(parcels: ParcelStore): string {
  return parcels
    .entries()
    .map(({ id }) => parcelIds.toText(id))
    .toSorted()
    .join();
}

/** Checks that every entry has its body, every body its entry, and that all parcels are as they were made. */
export async function checkWhole(
  store: Store,
  parcels: ParcelStore,
  made: readonly Parcel[],
): Promise<void> {
  const bytesById = new Map(made.map(({ id, bytes }) => [parcelIds.toText(id), bytes]));
  for (const { id } of parcels.entries()) {
    const expected = bytesById.get(parcelIds.toText(id));
    const got = await parcels.get(id);
    check(got !== undefined && expected !== undefined, 'every entry has its body');
    check(got?.every((byte, at) => byte === expected?.[at]) === true, 'the bytes are the same');
  }
  let bodies = 0;
  const range = { from: Uint8Array.of(...prefix, 2), to: Uint8Array.of(...prefix, 3) };
  for await (const _ of store.list(range)) bodies += 1;
  check(bodies === parcels.count, `${bodies} bodies for ${parcels.count} entries`);
}

/** How a write of a {@link withCrash} store ends. */
export type CrashMoment = 'before' | 'after';

/**
 * A store whose `write`-th batch (1 is the first) fails as a dying process
 * would: before or after it took effect. Every later call fails too.
 */
export function withCrash(inner: Store, write: number, moment: CrashMoment): Store {
  let count = 0;
  const die = (): never => {
    throw new ParsError('base/simulated-crash');
  };
  const requireAlive = (): void => {
    if (count >= write) die();
  };
  return {
    get(key, signal) {
      requireAlive();
      return inner.get(key, signal);
    },
    list(range, signal) {
      requireAlive();
      return inner.list(range, signal);
    },
    async write(batch, signal) {
      requireAlive();
      count += 1;
      if (count < write) return inner.write(batch, signal);
      if (moment === 'after') await inner.write(batch, signal);
      return die();
    },
    close: () => inner.close(),
  };
}

/** Opens a store of the subject, hands it to `work`, and closes it. */
export async function withStore<T>(
  subject: StoreSubject,
  work: (store: Store) => Promise<T>,
): Promise<T> {
  const store = await subject.open();
  try {
    return await work(store);
  } finally {
    await store.close();
  }
}

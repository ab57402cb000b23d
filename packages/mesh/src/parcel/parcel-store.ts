import {
  type ClockDep,
  compareBytes,
  ok,
  ParsError,
  type Redacted,
  type Result,
  type StoreDep,
  type StoreWrite,
  utf8ToBytes,
} from '@pars/base';
import type { Suite } from '@pars/crypto';
import { type MeshFailure, meshErr } from '../errors.ts';
import { type ParcelId, parcelFromBytes, parcelIdFromHeader, parcelIds } from './parcel.ts';
import type { ParcelEntry } from './parcel-entry.ts';
import { decodeParcelHeader } from './parcel-header.ts';
import { type ParcelNetwork, requireParcelNetwork } from './parcel-network.ts';
import {
  createParcelQuota,
  type HeldParcel,
  type ParcelBounds,
  type ParcelQuota,
} from './parcel-quota.ts';
import { createParcelRows, decodeEntry, encodeEntry, type ParcelRows } from './parcel-row.ts';
import { maxParcelLength, parcelHeaderLength } from './parcel-size.ts';
import { checkLifetime, dayFromSlot, slotFromMs } from './parcel-time.ts';
import { checkPostage } from './postage.ts';

/** What a parcel store is built on. */
export interface ParcelStoreDeps extends StoreDep, ClockDep {
  readonly suite: Pick<Suite, 'symmetric' | 'secretBox'>;
}

/** How a parcel store is opened. */
export interface ParcelStoreOptions extends ParcelBounds {
  readonly network: ParcelNetwork;
  /** The local key, 32 random bytes. Losing it loses the parcels. */
  readonly key: Redacted<Uint8Array>;
  /** What the keys of all rows begin with; at most 512 bytes. Nothing else may lie there. */
  readonly prefix: Uint8Array;
}

/**
 * The parcels that this node holds for itself and others, within bounds
 * (PIP-1002 §9, §10). Calls run one after another. When a write to the
 * underlying store fails, it is unknown whether it took effect: this and every
 * later call throws, and the store has to be opened again.
 */
export interface ParcelStore {
  readonly count: number;
  /** Sum of the parcels' sizes. */
  readonly sizeBytes: number;
  /**
   * Checks a parcel and keeps it: durable when it resolves. `known` when it is
   * there already. Fails with the codes of `parcelFromBytes`, `checkLifetime`
   * and `checkPostage`, `mesh/parcel-over-quota` and `mesh/parcel-store-full`.
   * `source` names who brought it (a neighbour, "self"); it is never stored.
   */
  put(
    bytes: Uint8Array,
    source: string,
    signal?: AbortSignal,
  ): Promise<Result<'stored' | 'known', MeshFailure>>;
  has(id: ParcelId): boolean;
  /** The parcel's bytes, or `undefined`: not here, expired, or its row is damaged (and then dropped). */
  get(id: ParcelId, signal?: AbortSignal): Promise<Uint8Array | undefined>;
  /** What is held and has not expired, ordered by (day, id): the order of PIP-1003 §1. */
  entries(): readonly ParcelEntry[];
  /** Deletes what has expired; gives their number. */
  expire(signal?: AbortSignal): Promise<number>;
}

const checkText = utf8ToBytes('pars/1 parcel store');
const deletesPerWrite = 256;

/**
 * Opens the parcels below a prefix and reads all their entries (about 200 B of
 * memory each). Rows that do not open are dropped: their parcels come back by
 * reconciliation. `mesh/parcel-store-key` when the local key is another one.
 */
export async function openParcelStore(
  deps: ParcelStoreDeps,
  options: ParcelStoreOptions,
  signal?: AbortSignal,
): Promise<Result<ParcelStore, MeshFailure>> {
  requireOptions(options);
  const rows = createParcelRows(deps.suite, options.key, options.prefix);
  const check = await deps.store.get(rows.checkKey, signal);
  if (check === undefined) {
    const value = await rows.seal(rows.checkKey, checkText);
    await deps.store.write([{ key: rows.checkKey, value }], signal);
  } else if ((await rows.open(rows.checkKey, check)) === undefined) {
    return meshErr('mesh/parcel-store-key');
  }
  const quota = createParcelQuota(options, options.network.leastLevel);
  const heldById = await readEntries(deps, rows, quota, signal);
  return ok(createStore(deps, options, { rows, quota, heldById }));
}

interface StoreState {
  readonly rows: ParcelRows;
  readonly quota: ParcelQuota;
  readonly heldById: Map<string, HeldParcel>;
}

function createStore(
  deps: ParcelStoreDeps,
  options: ParcelStoreOptions,
  state: StoreState,
): ParcelStore {
  const { suite, store, clock } = deps;
  const { network } = options;
  const { rows, quota, heldById } = state;
  const inTurn = createTurns();
  let isBroken = false;

  return {
    get count() {
      return quota.count;
    },
    get sizeBytes() {
      return quota.sizeBytes;
    },
    put: (bytes, source, signal) =>
      inTurn(async () => {
        requireReady(signal);
        const entry = admit(bytes);
        if (!entry.ok) return entry;
        const key = parcelIds.toText(entry.value.id);
        if (heldById.has(key)) return ok('known');
        const held = quota.rank(entry.value, source);
        const victims = quota.planRoom(held);
        if (!victims.ok) return victims;
        // Last, since it reads every byte.
        const parcel = parcelFromBytes(suite.symmetric, network, bytes);
        if (!parcel.ok) return parcel;
        await write([...victims.value.flatMap(deletionsOf), ...(await rowsOf(entry.value, bytes))]);
        for (const victim of victims.value) forget(victim);
        heldById.set(key, held);
        quota.add(held);
        return ok('stored');
      }),
    has: (id) => {
      const held = heldById.get(parcelIds.toText(id));
      return held !== undefined && isLive(held.entry);
    },
    get: (id, signal) =>
      inTurn(async () => {
        requireReady(signal);
        const held = heldById.get(parcelIds.toText(id));
        if (held === undefined || !isLive(held.entry)) return undefined;
        const key = rows.keyOf('body', id);
        const sealed = await store.get(key, signal);
        const bytes = sealed && (await rows.open(key, sealed));
        if (bytes === undefined) await drop([held]);
        return bytes;
      }),
    entries: () => liveEntries().toSorted(compareEntries),
    expire: (signal) =>
      inTurn(async () => {
        requireReady(signal);
        const expired = [...heldById.values()].filter((held) => !isLive(held.entry));
        for (let start = 0; start < expired.length; start += deletesPerWrite) {
          await drop(expired.slice(start, start + deletesPerWrite));
        }
        return expired.length;
      }),
  };

  /** Everything that the header alone can tell, the cheapest first. */
  function admit(bytes: Uint8Array): Result<ParcelEntry, MeshFailure> {
    const headerBytes = bytes.subarray(0, parcelHeaderLength);
    const header = decodeParcelHeader(network, headerBytes);
    if (!header.ok) return header;
    const { expirySlot, priority, shard, tag } = header.value;
    const lifetime = checkLifetime(expirySlot, priority, clock.nowMs());
    if (!lifetime.ok) return lifetime;
    const level = checkPostage(suite.symmetric, network, header.value);
    if (!level.ok) return level;
    const id = parcelIdFromHeader(suite.symmetric, headerBytes);
    return ok({
      id,
      tag,
      shard,
      expirySlot,
      priority,
      level: level.value,
      sizeBytes: bytes.length,
    });
  }

  function liveEntries(): readonly ParcelEntry[] {
    return [...heldById.values()].map((held) => held.entry).filter(isLive);
  }

  function isLive(entry: ParcelEntry): boolean {
    return entry.expirySlot > slotFromMs(clock.nowMs());
  }

  async function rowsOf(entry: ParcelEntry, bytes: Uint8Array): Promise<readonly StoreWrite[]> {
    const entryKey = rows.keyOf('entry', entry.id);
    const bodyKey = rows.bodyKeyOf(entryKey);
    return [
      { key: entryKey, value: await rows.seal(entryKey, encodeEntry(entry)) },
      { key: bodyKey, value: await rows.seal(bodyKey, bytes) },
    ];
  }

  function deletionsOf({ entry }: HeldParcel): readonly StoreWrite[] {
    const entryKey = rows.keyOf('entry', entry.id);
    return [{ key: entryKey }, { key: rows.bodyKeyOf(entryKey) }];
  }

  async function drop(dropped: readonly HeldParcel[]): Promise<void> {
    await write(dropped.flatMap(deletionsOf));
    for (const held of dropped) forget(held);
  }

  function forget(held: HeldParcel): void {
    heldById.delete(parcelIds.toText(held.entry.id));
    quota.remove(held);
  }

  /** Without a signal: a write that was begun is waited for. */
  async function write(batch: readonly StoreWrite[]): Promise<void> {
    try {
      await store.write(batch);
    } catch (cause) {
      isBroken = true;
      throw new ParsError('mesh/parcel-store-broken', {}, { cause });
    }
  }

  function requireReady(signal: AbortSignal | undefined): void {
    signal?.throwIfAborted();
    if (isBroken) throw new ParsError('mesh/parcel-store-broken');
  }
}

/** The entries on disk that open, within the bounds; the rest is deleted. */
async function readEntries(
  deps: ParcelStoreDeps,
  rows: ParcelRows,
  quota: ParcelQuota,
  signal: AbortSignal | undefined,
): Promise<Map<string, HeldParcel>> {
  const heldById = new Map<string, HeldParcel>();
  const useless: Uint8Array[] = [];
  const range = { from: rows.entriesFrom, to: rows.entriesTo };
  for await (const { key, value } of deps.store.list(range, signal)) {
    const plaintext = await rows.open(key, value);
    const entry = plaintext && decodeEntry(plaintext);
    const held = entry && quota.rank(entry, undefined);
    // Bounds may be lower than when the rows were written.
    const room = held && quota.planRoom(held);
    if (held === undefined || room?.ok !== true) {
      useless.push(key);
      continue;
    }
    for (const victim of room.value) {
      quota.remove(victim);
      heldById.delete(parcelIds.toText(victim.entry.id));
      useless.push(rows.keyOf('entry', victim.entry.id));
    }
    quota.add(held);
    heldById.set(parcelIds.toText(held.entry.id), held);
  }
  for (let start = 0; start < useless.length; start += deletesPerWrite) {
    const keys = useless.slice(start, start + deletesPerWrite);
    await deps.store.write(
      keys.flatMap((key) => [{ key }, { key: rows.bodyKeyOf(key) }]),
      signal,
    );
  }
  return heldById;
}

/** Runs tasks one after another, in the order of the calls. */
function createTurns(): <T>(task: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return (task) => {
    const run = last.then(task);
    last = run.catch(() => undefined);
    return run;
  };
}

function compareEntries(a: ParcelEntry, b: ParcelEntry): number {
  return dayFromSlot(a.expirySlot) - dayFromSlot(b.expirySlot) || compareBytes(a.id, b.id);
}

function requireOptions(options: ParcelStoreOptions): void {
  requireParcelNetwork(options.network);
  const { capacityBytes, maxParcels, prefix } = options;
  // A source's share, an eighth, has to hold the largest parcel.
  if (!Number.isSafeInteger(capacityBytes) || capacityBytes < 8 * maxParcelLength) {
    throw new ParsError('mesh/argument', { what: 'capacityBytes' });
  }
  if (!Number.isInteger(maxParcels) || maxParcels < 1 || maxParcels > 2 ** 24) {
    throw new ParsError('mesh/argument', { what: 'maxParcels' });
  }
  if (prefix.length > 512) throw new ParsError('mesh/argument', { what: 'prefix' });
}

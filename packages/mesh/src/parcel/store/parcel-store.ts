import {
  type ClockDep,
  equalBytes,
  ok,
  ParsError,
  type Redacted,
  type Result,
  type StoreDep,
  utf8ToBytes,
} from '@pars/base';
import type { Suite } from '@pars/crypto';
import { type MeshFailure, meshErr } from '../../errors.ts';
import type { ParcelId } from '../parcel.ts';
import { type ParcelNetwork, requireParcelNetwork } from '../parcel-network.ts';
import { maxParcelLength } from '../parcel-size.ts';
import { dayFromSlot, slotFromMs } from '../parcel-time.ts';
import { type ArrivalLog, createArrivalLog, type ParcelChanges } from './arrival-log.ts';
import type { DayIds } from './day-order.ts';
import type { StoredEntry } from './entry-page.ts';
import { loadPages } from './page-loader.ts';
import {
  type ArrivingParcel,
  codeBeginOf,
  createPageWriter,
  type PageWriter,
} from './page-writer.ts';
import { createParcelAdmission } from './parcel-admission.ts';
import type { ParcelEntry, TaggedParcelEntry } from './parcel-entry.ts';
import { createParcelIndex, type ParcelIndex } from './parcel-index.ts';
import type { ParcelBounds } from './parcel-quota.ts';
import { createParcelRows, indexSalt, type ParcelRows } from './parcel-row.ts';
import { createSpentTokens, type SpentTokens } from './spent-tokens.ts';

/** What a parcel store is built on. */
export interface ParcelStoreDeps extends StoreDep, ClockDep {
  readonly suite: Pick<Suite, 'symmetric' | 'secretBox'>;
  /** Resolves when the thread has served others: long work of the store waits for it in between. */
  readonly pause?: () => Promise<void>;
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
 * (PIP-1002 §9, §10). Calls run one after another. When the underlying store
 * fails, or was changed by somebody else, this and every later call throws
 * `mesh/parcel-store-broken`, and the store has to be opened again.
 */
export interface ParcelStore {
  readonly count: number;
  /** Sum of the parcels' sizes. */
  readonly sizeBytes: number;
  /**
   * Checks a parcel and keeps it: durable when it resolves. `known` when it is
   * there already. Fails with the codes of `parcelFromBytes`, `checkLifetime`
   * and `checkPostage`, `mesh/token-spent`, `mesh/token-limit`,
   * `mesh/parcel-over-quota` and `mesh/parcel-store-full`. `source` names who
   * brought it, for its share (PIP-1002 §9); it is never stored. `undefined`:
   * nobody's share, for what the own person sends.
   */
  put(
    bytes: Uint8Array,
    source: string | undefined,
    signal?: AbortSignal,
  ): Promise<Result<'stored' | 'known', MeshFailure>>;
  has(id: ParcelId): boolean;
  /** What is known of a parcel without reading it, or `undefined`. */
  entryOf(id: ParcelId): ParcelEntry | undefined;
  /** The parcel's bytes, or `undefined`: not here, expired, or its row is damaged (and then dropped). */
  get(id: ParcelId, signal?: AbortSignal): Promise<Uint8Array | undefined>;
  /** What is held and has not expired, ordered by (day, id). All of it at once: for small stores. */
  entries(): readonly ParcelEntry[];
  /** The live ids by day, both ascending (PIP-1003 §1). Packed bytes are shared: never write to them. */
  snapshot(): readonly DayIds[];
  /** The live ids of one day, ascending, 32 bytes each; of one shard only when it is given. */
  idsOf(day: number, shard?: number): Uint8Array;
  /** The parcels that bear one of the tags, at most `limit` (default 1,024). Reads one page a parcel, none for other tags. */
  find(
    query: { readonly tags: readonly Uint8Array[]; readonly limit?: number },
    signal?: AbortSignal,
  ): Promise<readonly TaggedParcelEntry[]>;
  /** What is known of these parcels, with their tags; without those that are not here. Reads one page a parcel. */
  describe(ids: readonly ParcelId[], signal?: AbortSignal): Promise<readonly TaggedParcelEntry[]>;
  /**
   * The parcels by rank, the highest first, then by id; or by id within days.
   * Holds nothing between steps: what comes or goes meanwhile may be listed
   * or not, everything else is listed once.
   */
  list(order: 'priority' | 'day'): Iterable<ParcelEntry>;
  /**
   * What has arrived since an earlier answer's `sequence`: at most the latest few
   * thousand. Incomplete for 0, and for an answer of an earlier start.
   */
  changesSince(sequence: number): ParcelChanges;
  /** Deletes what has expired; gives their number. */
  expire(signal?: AbortSignal): Promise<number>;
}

const checkText = utf8ToBytes('pars/1 parcel store');
/** What goes is removed in batches of so many, each one write. */
const removedAtOnce = 512;
const defaultFindLimit = 1_024;
const describedAtOnce = 64;

/**
 * Opens the parcels below a prefix and reads their pages (about 64 B of memory
 * for each parcel). What does not open is dropped: those parcels come back by
 * reconciliation. `mesh/parcel-store-key` when the local key is another one.
 */
export async function openParcelStore(
  deps: ParcelStoreDeps,
  options: ParcelStoreOptions,
  signal?: AbortSignal,
): Promise<Result<ParcelStore, MeshFailure>> {
  requireOptions(options);
  const { store, suite, pause = async () => undefined } = deps;
  const rows = createParcelRows(suite, options.key, options.prefix);
  const check = await store.get(rows.checkKey, signal);
  if (check === undefined) {
    const value = await rows.seal(rows.checkKey, checkText);
    await store.write([{ key: rows.checkKey, value }], signal);
  } else if ((await rows.open(rows.checkKey, check)) === undefined) {
    return meshErr('mesh/parcel-store-key');
  }
  const salt = indexSalt(suite.symmetric, options.key);
  const index = createParcelIndex(options.network, options, salt);
  const spent = createSpentTokens(salt.subarray(20), Math.ceil(options.maxParcels / 64));
  const useless: ParcelId[] = [];
  const take = (entry: LoadedEntry) => {
    if (!takeLoaded(index, spent, entry, useless)) useless.push(entry.id.slice() as ParcelId);
  };
  const directory = await loadPages(store, rows, take, pause, signal);
  const writer = createPageWriter(store, rows, directory);
  for (let start = 0; start < useless.length; start += removedAtOnce) {
    await store.write(await writer.plan(useless.slice(start, start + removedAtOnce)), signal);
  }
  // No two boxes are alike: 48 bits of one that nobody keeps.
  const box = suite.symmetric.sha3(await rows.seal(rows.checkKey, checkText));
  const arrivals = createArrivalLog(uint48FromBytes(box));
  return ok(createStore({ ...deps, pause }, options, { rows, index, spent, writer, arrivals }));
}

type LoadedEntry = TaggedParcelEntry & { readonly tokenMark: Uint8Array };

/** Whether the entry stays. Bounds may be lower than when it was written; two pages cannot hold one id. */
function takeLoaded(
  index: ParcelIndex,
  spent: SpentTokens,
  entry: LoadedEntry,
  useless: ParcelId[],
): boolean {
  const room = index.planRoom(entry, undefined);
  if (!room.ok) return false;
  useless.push(...room.value.map((slot) => index.entryOf(slot).id));
  index.remove(room.value);
  index.add(entry, undefined);
  if (isToken(entry.tokenMark)) spent.add(dayFromSlot(entry.expirySlot), entry.tokenMark);
  return true;
}

interface StoreState {
  readonly rows: ParcelRows;
  readonly index: ParcelIndex;
  readonly spent: SpentTokens;
  readonly writer: PageWriter;
  readonly arrivals: ArrivalLog;
}

function createStore(
  deps: Required<ParcelStoreDeps>,
  options: ParcelStoreOptions,
  state: StoreState,
): ParcelStore {
  const { suite, store, clock, pause } = deps;
  const { rows, index, spent, writer, arrivals } = state;
  const { symmetric } = suite;
  const admission = createParcelAdmission({ symmetric, clock }, options.network, spent);
  const inTurn = createTurns();
  let isBroken = false;

  return {
    get count() {
      return index.count;
    },
    get sizeBytes() {
      return index.sizeBytes;
    },
    put: (bytes, source, signal) =>
      inTurn(async () => {
        requireReady(signal);
        const applicant = admission.read(bytes);
        if (!applicant.ok) return applicant;
        if (index.slotOf(applicant.value.id) !== undefined) return ok('known');
        const paid = admission.judge(applicant.value);
        if (!paid.ok) return paid;
        const { entry, tokenMark } = paid.value;
        const victims = index.planRoom(entry, source);
        if (!victims.ok) return victims;
        const proof = admission.prove(applicant.value, bytes);
        if (!proof.ok) return proof;
        const code = rows.codeOf(entry.id);
        const stored = { ...entry, tokenMark, codeBegin: codeBeginOf(code) };
        await change(victims.value, { code, entry: stored, bytes });
        index.add(entry, source);
        if (isToken(tokenMark)) spent.add(dayFromSlot(entry.expirySlot), tokenMark);
        arrivals.add(entry);
        return ok('stored');
      }),
    has: (id) => liveSlotOf(id) !== undefined,
    entryOf(id) {
      const slot = liveSlotOf(id);
      return slot === undefined ? undefined : index.entryOf(slot);
    },
    get: (id, signal) =>
      inTurn(async () => {
        requireReady(signal);
        const slot = liveSlotOf(id);
        if (slot === undefined) return undefined;
        const key = rows.bodyKey(rows.codeOf(id));
        const sealed = await store.get(key, signal);
        const bytes = sealed && (await rows.open(key, sealed));
        if (bytes === undefined) await change([slot]);
        return bytes;
      }),
    entries: () => [...liveEntries()],
    snapshot: () => index.snapshot(nowSlot()),
    idsOf: (day, shard) => index.idsOf(day, nowSlot(), shard),
    find: ({ tags, limit = defaultFindLimit }, signal) =>
      inTurn(async () => {
        const found: TaggedParcelEntry[] = [];
        for (const [number, tag] of tags.entries()) {
          if (number % 1_024 === 1_023) await pause();
          for (const slot of index.slotsWithTag(tag)) {
            requireReady(signal);
            if (found.length >= limit) return found;
            const { id, expirySlot } = index.entryOf(slot);
            const read = expirySlot > nowSlot() ? await writer.read(id) : undefined;
            if (read !== undefined && equalBytes(read.tag, tag)) found.push(taggedFrom(read));
          }
        }
        return found;
      }),
    async describe(ids, signal) {
      const described: TaggedParcelEntry[] = [];
      // A heap at a time, so that others have their turn.
      for (let start = 0; start < ids.length; start += describedAtOnce) {
        await inTurn(async () => {
          for (const id of ids.slice(start, start + describedAtOnce)) {
            requireReady(signal);
            const read = liveSlotOf(id) === undefined ? undefined : await writer.read(id);
            if (read !== undefined) described.push(taggedFrom(read));
          }
        });
        await pause();
      }
      return described;
    },
    list: (order) => (order === 'day' ? liveEntries() : entriesByRank()),
    changesSince: (sequence) => arrivals.since(sequence),
    async expire(signal) {
      let count = 0;
      for (;;) {
        const gone = await inTurn(async () => {
          requireReady(signal);
          const ended = index.endedSlots(nowSlot(), removedAtOnce);
          if (ended.length > 0) await change(ended);
          else spent.forgetBefore(dayFromSlot(nowSlot()));
          return ended.length;
        });
        if (gone === 0) return count;
        count += gone;
        await pause();
      }
    },
  };

  function nowSlot(): number {
    return slotFromMs(clock.nowMs());
  }

  function liveSlotOf(id: ParcelId): number | undefined {
    const slot = index.slotOf(id);
    const isLive = slot !== undefined && index.entryOf(slot).expirySlot > nowSlot();
    return isLive ? slot : undefined;
  }

  function* liveEntries(): Iterable<ParcelEntry> {
    for (const day of index.days()) yield* walk((last) => index.nextOfDay(day, last));
  }

  function* entriesByRank(): Iterable<ParcelEntry> {
    for (const rank of index.ranksDescending()) yield* walk((last) => index.nextOfRank(rank, last));
  }

  /** Step by step from the last id, so that the index may change in between. */
  function* walk(next: (last: ParcelId | undefined) => number | undefined): Iterable<ParcelEntry> {
    for (let slot = next(undefined); slot !== undefined; ) {
      const entry = index.entryOf(slot);
      if (entry.expirySlot > nowSlot()) yield entry;
      slot = next(entry.id);
    }
  }

  /** Rows, and what is in memory, change together; without a signal, since what was begun is waited for. */
  async function change(removed: readonly number[], added?: ArrivingParcel): Promise<void> {
    try {
      const ids = removed.map((slot) => index.entryOf(slot).id);
      await store.write(await writer.plan(ids, added));
    } catch (cause) {
      isBroken = true;
      throw new ParsError('mesh/parcel-store-broken', {}, { cause });
    }
    index.remove(removed);
  }

  function requireReady(signal: AbortSignal | undefined): void {
    signal?.throwIfAborted();
    if (isBroken) throw new ParsError('mesh/parcel-store-broken');
  }
}

function taggedFrom(stored: StoredEntry): TaggedParcelEntry {
  const { shard, expirySlot, priority, level, sizeBytes } = stored;
  // The stored ones are views of the page.
  const [id, tag] = [stored.id.slice() as ParcelId, stored.tag.slice()];
  return { id, tag, shard, expirySlot, priority, level, sizeBytes };
}

function uint48FromBytes(bytes: Uint8Array): number {
  return bytes.subarray(0, 6).reduce((value, byte) => 256 * value + byte, 0);
}

function isToken(mark: Uint8Array): boolean {
  return mark.some((byte) => byte !== 0);
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

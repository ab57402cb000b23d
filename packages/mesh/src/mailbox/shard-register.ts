import type { ParcelId, ParcelPriority, TaggedParcelEntry } from '../parcel/index.ts';
import { dayFromSlot } from '../parcel/index.ts';
import { parcelSizes } from '../parcel/parcel-size.ts';
import type { ShardDay } from './keeper-message.ts';
import type { MailboxNetwork } from './mailbox-network.ts';
import { type ShardItem, shardItemOf } from './shard-item.ts';
import { placeOf } from './shard-listing.ts';

/** A parcel that this node keeps for its shard. */
export interface KeptParcel {
  readonly id: ParcelId;
  readonly priority: ParcelPriority;
}

/** What a store may say about a parcel. */
export type RegisterEntry = Pick<
  TaggedParcelEntry,
  'id' | 'tag' | 'shard' | 'expirySlot' | 'priority' | 'level' | 'sizeBytes'
>;

/**
 * The parcels of the shards that a keeper serves, by item: a view of its store in
 * memory (PIP-1006 §6, §9). It knows only shard days that were loaded; those
 * that were used longest ago give way.
 */
export interface ShardRegister {
  isLoaded(shardDay: ShardDay): boolean;
  /** Begins a shard day with what the store has of it. */
  load(shardDay: ShardDay, entries: readonly RegisterEntry[]): void;
  /** Adds what was stored to its shard day, if that is loaded. `source`: who brought it. */
  add(entry: RegisterEntry, source?: string): void;
  /** The store has it no more. */
  drop(shardDay: ShardDay, item: ShardItem): void;
  /** Ascending; never to be written to. */
  items(shardDay: ShardDay): BigUint64Array;
  find(shardDay: ShardDay, item: ShardItem): KeptParcel | undefined;
  /**
   * Whether the shard day has room for one more from this source: an eighth for
   * each source; half for who paid the least, and half of what is left for every
   * level more (PIP-1006 §9).
   */
  hasRoom(shardDay: ShardDay, price: ParcelPrice, source: string): boolean;
  readonly loadedDays: readonly ShardDay[];
  /** Forgets days before this one. */
  forgetBefore(day: number): void;
}

/** What a parcel paid. */
export interface ParcelPrice {
  readonly priority: ParcelPriority;
  /** Level of its postage; negative counts as the least. */
  readonly level: number;
}

/** Levels that a priority is worth: what it costs more (PIP-1002 §5). */
const worthOf: Readonly<Record<ParcelPriority, number>> = { normal: 0, high: 3, emergency: 6 };
/** A source may have one part in so many. */
const partOfSource = 8;
const highestLevel = 15;
/** Sources of one shard day that are counted one by one; the others share an account. */
const maxSources = 256;

interface Shelf {
  items: BigUint64Array;
  readonly parcels: Map<ShardItem, KeptParcel>;
  readonly countBySource: Map<string, number>;
}

const noItems = new BigUint64Array(0);

/** A register of at most `maxShardDays` (default 32) shard days, 2 MB each at most. */
export function createShardRegister(
  network: MailboxNetwork,
  options: { readonly maxShardDays?: number } = {},
): ShardRegister {
  const { maxShardDays = 32 } = options;
  const { shardParcels } = network.mailbox;
  const shelves = new Map<string, Shelf>();

  /** What is used goes to the end. */
  function use(shardDay: ShardDay): Shelf | undefined {
    const name = nameOf(shardDay);
    const shelf = shelves.get(name);
    if (shelf !== undefined) {
      shelves.delete(name);
      shelves.set(name, shelf);
    }
    return shelf;
  }

  return {
    get loadedDays() {
      return [...shelves.keys()].map(shardDayFrom);
    },
    isLoaded: (shardDay) => shelves.has(nameOf(shardDay)),
    load(shardDay, entries) {
      const [oldest] = shelves.keys();
      if (oldest !== undefined && shelves.size >= maxShardDays) shelves.delete(oldest);
      // A store may hold more than a shard is planned for: the best paid are listed.
      const listed = entries
        .toSorted((one, other) => paidLevel(other) - paidLevel(one))
        .slice(0, shardParcels);
      const parcels = new Map(
        listed.map((entry) => [itemOf(entry), { id: entry.id, priority: entry.priority }]),
      );
      const items = BigUint64Array.from([...parcels.keys()]).sort();
      shelves.set(nameOf(shardDay), { items, parcels, countBySource: new Map() });
    },
    add(entry, source) {
      const shelf = use({ shard: entry.shard, day: dayFromSlot(entry.expirySlot) });
      const item = itemOf(entry);
      if (shelf === undefined || shelf.parcels.has(item)) return;
      if (shelf.items.length >= shardParcels) return;
      shelf.parcels.set(item, { id: entry.id, priority: entry.priority });
      shelf.items = withItem(shelf.items, item);
      if (source === undefined) return;
      const account = accountOf(shelf, source);
      shelf.countBySource.set(account, (shelf.countBySource.get(account) ?? 0) + 1);
    },
    drop(shardDay, item) {
      const shelf = shelves.get(nameOf(shardDay));
      if (shelf?.parcels.delete(item) !== true) return;
      shelf.items = shelf.items.filter((kept) => kept !== item);
    },
    items: (shardDay) => use(shardDay)?.items ?? noItems,
    find: (shardDay, item) => use(shardDay)?.parcels.get(item),
    hasRoom(shardDay, price, source) {
      const shelf = use(shardDay);
      if (shelf === undefined) return true;
      const fromSource = shelf.countBySource.get(accountOf(shelf, source)) ?? 0;
      if (fromSource >= shardParcels / partOfSource) return false;
      const level = Math.max(0, Math.min(highestLevel, paidLevel(price) - network.leastLevel));
      return shelf.items.length < Math.floor(shardParcels * (1 - 2 ** -(level + 1)));
    },
    forgetBefore(day) {
      for (const name of shelves.keys()) if (shardDayFrom(name).day < day) shelves.delete(name);
    },
  };
}

/** Sources beyond a number share one account. */
function accountOf({ countBySource }: Shelf, source: string): string {
  return countBySource.has(source) || countBySource.size < maxSources ? source : '';
}

function paidLevel({ level, priority }: ParcelPrice): number {
  return Math.max(0, level) + worthOf[priority];
}

function itemOf({ id, sizeBytes, tag }: RegisterEntry): ShardItem {
  return shardItemOf(tag, id, parcelSizes.indexOf(sizeBytes));
}

/** The same items and one more, in its place. */
export function withItem(items: BigUint64Array, item: ShardItem): BigUint64Array {
  const place = placeOf(items, item);
  if (items[place] === item) return items;
  const longer = new BigUint64Array(items.length + 1);
  longer.set(items.subarray(0, place));
  longer[place] = item;
  longer.set(items.subarray(place), place + 1);
  return longer;
}

function nameOf({ day, shard }: ShardDay): string {
  return `${shard}/${day}`;
}

function shardDayFrom(name: string): ShardDay {
  const [shard = 0, day = 0] = name.split('/').map(Number);
  return { shard, day };
}

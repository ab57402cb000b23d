import type { KeeperMessage, ListingKind } from './keeper-message.ts';
import type { MailboxValues } from './mailbox-network.ts';
import type { ShardItem } from './shard-item.ts';
import { decodeRange, decodeSketch, placeOf } from './shard-listing.ts';

/** What one keeper has listed of one shard day (PIP-1006 §6). */
export interface KeeperShelf {
  readonly isIncomplete: boolean;
  /** Ascending. */
  readonly items: BigUint64Array;
  /** What to ask next: a range while it is not listed to its end, then a sketch under this salt. */
  next(salt: bigint): { readonly listing: ListingKind; readonly from: bigint };
  /** Takes the answer to that question, in the visit with this number; false when it is no honest one. */
  learn(
    asked: { readonly listing: ListingKind; readonly from: bigint },
    answer: Extract<KeeperMessage, { readonly type: 'visited' }>,
    visit: number,
  ): boolean;
  /** Whether it is listed and was not skipped. */
  has(item: ShardItem): boolean;
  /** The keeper did not give it: it is not asked for it again until its listing begins anew. */
  skip(item: ShardItem): void;
  /** The visit in which it was new; 0 for what was there from the first. */
  seenAt(item: ShardItem): number;
}

/** Items of one keeper that are remembered; more are not taken for dummies, nor found. */
const maxItems = 65_536;
/** When they were new is remembered for so many. */
const maxSeen = 4_096;

/** A shelf of which nothing is known. */
export function createKeeperShelf(values: MailboxValues): KeeperShelf {
  const perPage = values.listingLength / 8;
  const maxPages = Math.ceil(values.shardParcels / perPage) + 1;
  let items: BigUint64Array = new BigUint64Array(0);
  let passFrom: bigint | undefined = 0n;
  let pages = 0;
  let isFirstPass = true;
  const seen = new Map<ShardItem, number>();
  /** Beside the items: what is asked for must not change what is listed. */
  const skipped = new Set<ShardItem>();

  function isListed(item: ShardItem): boolean {
    return items[placeOf(items, item)] === item;
  }

  /** In the place of what was known of a part, this. */
  function replaceRange(from: bigint, to: bigint | undefined, listed: readonly bigint[]): void {
    const begin = placeOf(items, from);
    const end = to === undefined ? items.length : placeOf(items, to);
    const merged = new BigUint64Array(begin + listed.length + (items.length - end));
    merged.set(items.subarray(0, begin));
    merged.set(BigUint64Array.from(listed), begin);
    merged.set(items.subarray(end), begin + listed.length);
    items = merged.slice(0, maxItems);
  }

  function note(fresh: readonly ShardItem[], visit: number): void {
    if (isFirstPass) return;
    for (const item of fresh) {
      const [oldest] = seen.keys();
      if (oldest !== undefined && seen.size >= maxSeen) seen.delete(oldest);
      seen.set(item, visit);
    }
  }

  function endPass(): void {
    passFrom = undefined;
    pages = 0;
    isFirstPass = false;
    skipped.clear();
  }

  return {
    get isIncomplete() {
      return passFrom !== undefined;
    },
    get items() {
      return items;
    },
    has: (item) => isListed(item) && !skipped.has(item),
    seenAt: (item) => seen.get(item) ?? 0,
    next: (salt) =>
      passFrom === undefined
        ? { listing: 'sketch', from: salt }
        : { listing: 'range', from: passFrom },
    learn({ from, listing }, answer, visit) {
      if (listing === 'sketch') {
        if (answer.listed !== 0) return false;
        const difference = decodeSketch(answer.listing, items, from);
        // Too much has changed for a sketch: from the beginning.
        if (difference === undefined) passFrom = 0n;
        else {
          const gone = new Set(difference.surplus);
          const kept = gone.size === 0 ? items : items.filter((item) => !gone.has(item));
          const all = new BigUint64Array(kept.length + difference.missing.length);
          all.set(kept);
          all.set(BigUint64Array.from(difference.missing), kept.length);
          items = all.sort().slice(0, maxItems);
          note(difference.missing, visit);
        }
        return true;
      }
      const listed = decodeRange(answer.listing, answer.listed, from);
      if (listed === undefined) return false;
      const last = listed.at(-1);
      const isLast = listed.length < perPage || last === undefined || last === highestItem;
      note(
        listed.filter((item) => !isListed(item)),
        visit,
      );
      replaceRange(from, isLast ? undefined : last + 1n, listed);
      pages += 1;
      // Whoever lists more than a shard may hold is not listened to for ever.
      if (isLast || pages >= maxPages) endPass();
      else passFrom = last + 1n;
      return true;
    },
    skip(item) {
      if (skipped.size >= maxSeen) skipped.clear();
      skipped.add(item);
    },
  };
}

const highestItem = 2n ** 64n - 1n;

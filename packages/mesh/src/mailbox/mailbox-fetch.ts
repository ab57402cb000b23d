import type { RandomDep } from '@pars/base';
import type { SymmetricPrimitives } from '@pars/crypto';
import type { MeshFailure } from '../errors.ts';
import { dayFromSlot, type Parcel, slotFromMs } from '../parcel/index.ts';
import {
  decodeKeeperMessage,
  encodeKeeperMessage,
  type ListingKind,
  type ShardDay,
} from './keeper-message.ts';
import { createKeeperShelf, type KeeperShelf } from './keeper-shelf.ts';
import { createKeeperTurns } from './keeper-turns.ts';
import { type MailboxNetwork, requireMailboxNetwork } from './mailbox-network.ts';
import { type ShardItem, shardItemOfParcel, sizeOfItem } from './shard-item.ts';
import { createTransferLane, type LanePiece, type TransferLane } from './transfer-lane.ts';
import { chooseVisit } from './visit-schedule.ts';
import { createWantedItems, type FetchMode, type WantedTags } from './wanted-tags.ts';

/** What the owner of a fetching side has to do (PIP-1006 §7, §8). */
export type FetchEffect =
  /**
   * A parcel came: wanted or not, it goes to the own store like every other, and
   * {@link MailboxFetch.notKept} is called when the store does not take it. Its
   * bytes are whole; postage and lifetime are the store's to judge.
   */
  | { readonly kind: 'fetched'; readonly keeper: string; readonly parcel: Parcel }
  /** The keeper broke the rules; it is not asked for a day. */
  | { readonly kind: 'misbehaved'; readonly keeper: string; readonly failure: MeshFailure };

/** What to send, and to whom. */
export interface FetchQuestion {
  readonly keeper: string;
  readonly message: Uint8Array;
}

/**
 * Visits keepers at the schedule's slots and fetches from them, always alike: when,
 * whom, how many bytes, and of which shard day never depend on what is wanted.
 * Synchronous, without I/O, in bounded memory.
 */
export interface MailboxFetch {
  setMode(mode: FetchMode): void;
  /** In the place of what was wanted before. In the mode `dummies` it has no effect. */
  setWanted(tags: WantedTags): void;
  /** The shard day of the next visit. */
  nextVisit(nowMs: number): ShardDay;
  /**
   * The question of that visit, to one of the keepers (names, the nearest to the
   * place first). A question before it that was not answered has failed.
   * `undefined` when nobody is known.
   */
  ask(shardDay: ShardDay, keepers: readonly string[], nowMs: number): FetchQuestion | undefined;
  /** The answer to the last question. What comes from others is ignored. */
  receive(keeper: string, message: Uint8Array, nowMs: number): readonly FetchEffect[];
  /** The keeper could not be linked to, or did not answer. */
  failed(keeper: string, nowMs: number): void;
  /** The store did not take a fetched parcel now: it may be fetched again. */
  notKept(parcel: Parcel): void;
}

/** What a fetching side is built on. */
export interface FetchDeps extends RandomDep {
  readonly symmetric: SymmetricPrimitives;
  readonly network: MailboxNetwork;
  /** The shard of this node on a day: `mailboxShard` of its fingerprint. The same in every mode. */
  readonly shardOf: (day: number) => number;
}

/** Random bytes of every visit, whatever they are used for. */
const drawnBytes = 96;
/** Where the draws begin: a salt, an order and two inventions come first. */
const drawsFrom = 32;
/** Visits in a row to one keeper of a place. */
const visitsInRow = 4;
/** Keepers of one shard day whose listings are remembered. */
const maxShelves = 4;
/** Items of one shard day that were fetched, and are not again. */
const maxFetched = 16_384;
/** Pieces that a keeper lists and does not give, one after another, until it is left alone. */
const maxWithheld = 24;
/** Places that are looked at for a dummy that was not fetched yet. */
const dummySteps = 64;

interface View {
  readonly shelves: Map<string, KeeperShelf>;
  readonly withheld: Map<string, number>;
  /** Which of them may fetch what is wanted; the other one never does. */
  readonly ownLane: TransferLane;
  readonly dummyLane: TransferLane;
  readonly fetched: Set<ShardItem>;
  lastVisit: number;
  isIncomplete: boolean;
}

interface Visit {
  readonly keeper: string;
  readonly shardDay: ShardDay;
  readonly asked: { readonly listing: ListingKind; readonly from: bigint };
  readonly pieces: readonly LanePiece[];
}

/** A fetching side in the mode `dummies`. */
export function createMailboxFetch(deps: FetchDeps): MailboxFetch {
  const { network, random, shardOf } = deps;
  requireMailboxNetwork(network);
  const { mailbox } = network;
  const views = new Map<string, View>();
  const wanted = createWantedItems();
  const turns = createKeeperTurns({ among: mailbox.copies.normal, inRow: visitsInRow });
  let number = 0;
  let open: Visit | undefined;

  function viewOf(shardDay: ShardDay): View {
    const name = nameOf(shardDay);
    const known = views.get(name);
    if (known !== undefined) return known;
    const view = {
      shelves: new Map(),
      withheld: new Map(),
      ownLane: createTransferLane(deps, shardDay),
      dummyLane: createTransferLane(deps, shardDay),
      fetched: new Set<ShardItem>(),
      lastVisit: 0,
      isIncomplete: true,
    };
    views.set(name, view);
    return view;
  }

  function forgetBefore(day: number): void {
    for (const name of views.keys()) if (Number(name.split('/')[1]) < day) views.delete(name);
  }

  function shelfOf(view: View, keeper: string): KeeperShelf {
    const shelf = view.shelves.get(keeper) ?? createKeeperShelf(mailbox);
    view.shelves.delete(keeper);
    const [oldest] = view.shelves.keys();
    if (oldest !== undefined && view.shelves.size >= maxShelves) view.shelves.delete(oldest);
    view.shelves.set(keeper, shelf);
    return shelf;
  }

  function isBusyWith(view: View, item: ShardItem): boolean {
    return (
      view.fetched.has(item) || view.ownLane.isFetching(item) || view.dummyLane.isFetching(item)
    );
  }

  /**
   * Of the tag that was tried least, what the keeper had first: copies that somebody made
   * later under a tag that he saw delay that tag, and no other.
   */
  function nextWanted(view: View, shelf: KeeperShelf, day: number): ShardItem | undefined {
    let best: ShardItem | undefined;
    let bestRank: readonly [number, number] = [Infinity, Infinity];
    for (const item of shelf.items) {
      if (!wanted.isWanted(day, item) || !shelf.has(item) || isBusyWith(view, item)) continue;
      const rank = [wanted.triesOf(item), shelf.seenAt(item)] as const;
      const isBetter = rank[0] < bestRank[0] || (rank[0] === bestRank[0] && rank[1] < bestRank[1]);
      if (!isBetter) continue;
      best = item;
      bestRank = rank;
    }
    if (best !== undefined) wanted.noteTry(best);
    return best;
  }

  /** Something listed that was not fetched yet; from a place that was drawn on. */
  function nextDummy(
    view: View,
    shelf: KeeperShelf,
    from: number,
    most: number,
  ): ShardItem | undefined {
    const { items } = shelf;
    let other: ShardItem | undefined;
    for (let step = 0; step < Math.min(dummySteps, items.length); step += 1) {
      const item = items[(from + step) % items.length] ?? 0n;
      if ((sizeOfItem(item) ?? Infinity) > most || !shelf.has(item)) continue;
      if (!isBusyWith(view, item)) return item;
      other ??= view.ownLane.isFetching(item) || view.dummyLane.isFetching(item) ? undefined : item;
    }
    return other;
  }

  /** Everything that is random about a visit is drawn at once, so that no mode draws more than another. */
  function choosePieces(
    view: View,
    shelf: KeeperShelf,
    keeper: string,
    day: number,
    drawn: DataView,
  ): readonly LanePiece[] {
    let draws = 0;
    const draw = () => {
      draws += 1;
      return drawn.getUint32(drawsFrom + ((4 * draws) % (drawnBytes - drawsFrom)));
    };
    // Buckets that letters have.
    const inventAt = (at: number) => () => drawn.getBigUint64(at) & ~4n;
    const isListed = (item: ShardItem) => shelf.has(item);
    // A dummy in the lane for what is wanted takes one visit, so that what is wanted does not wait.
    const shortDummy = () =>
      nextDummy(view, shelf, draw(), mailbox.lanePieces * mailbox.pieceLength);
    const own = view.ownLane.fill(keeper, {
      isListed,
      invent: inventAt(16),
      next: () => nextWanted(view, shelf, day) ?? shortDummy(),
    });
    const dummy = view.dummyLane.fill(keeper, {
      isListed,
      invent: inventAt(24),
      next: () => nextDummy(view, shelf, draw(), Infinity),
    });
    return drawn.getUint8(8) % 2 === 0 ? [...own, ...dummy] : [...dummy, ...own];
  }

  function endVisit(): void {
    open = undefined;
  }

  return {
    setMode: (mode) => wanted.setMode(mode),
    setWanted: (tags) => wanted.set(tags),
    nextVisit(nowMs) {
      forgetBefore(dayFromSlot(slotFromMs(nowMs)));
      return chooseVisit(mailbox, number + 1, nowMs, shardOf, (shardDay) => {
        const view = views.get(nameOf(shardDay));
        return { lastVisit: view?.lastVisit ?? 0, isIncomplete: view?.isIncomplete ?? true };
      });
    },
    ask(shardDay, keepers, nowMs) {
      if (open !== undefined) turns.failed(open.keeper, nowMs);
      endVisit();
      number += 1;
      const view = viewOf(shardDay);
      view.lastVisit = number;
      const bytes = random.bytes(drawnBytes);
      const drawn = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
      const keeper = turns.choose(nameOf(shardDay), keepers, nowMs);
      if (keeper === undefined) return undefined;
      const shelf = shelfOf(view, keeper);
      const asked = shelf.next(drawn.getBigUint64(0));
      const pieces = choosePieces(view, shelf, keeper, shardDay.day, drawn);
      open = { keeper, shardDay, asked, pieces };
      const message = encodeKeeperMessage({
        type: 'visit',
        shardDay,
        ...asked,
        pieces: pieces.map(({ item, place }) => ({ item, place })),
      });
      return { keeper, message };
    },
    receive(keeper, bytes, nowMs) {
      if (open?.keeper !== keeper) return [];
      const { asked, pieces, shardDay } = open;
      endVisit();
      const refuse = (failure: MeshFailure): readonly FetchEffect[] => {
        turns.misbehaved(keeper, nowMs);
        viewOf(shardDay).shelves.delete(keeper);
        return [{ kind: 'misbehaved', keeper, failure }];
      };
      const message = decodeKeeperMessage(bytes);
      if (!message.ok) return refuse(message.error);
      const answer = message.value;
      if (answer.type === 'refused') {
        turns.failed(keeper, nowMs);
        return [];
      }
      const isInForm =
        answer.type === 'visited' &&
        answer.pieces.length === pieces.length &&
        answer.pieceLength === mailbox.pieceLength &&
        answer.listing.length === mailbox.listingLength;
      if (!isInForm) return refuse(badMessage('visited'));
      const view = viewOf(shardDay);
      const shelf = shelfOf(view, keeper);
      if (!shelf.learn(asked, answer, number)) return refuse(badMessage('listing'));
      view.isIncomplete = [...view.shelves.values()].every((one) => one.isIncomplete);
      turns.answered(keeper);
      const effects: FetchEffect[] = [];
      let withheld = view.withheld.get(keeper) ?? 0;
      for (const [at, { item, place, transfer }] of pieces.entries()) {
        const piece = answer.pieces[at];
        if (transfer === undefined) {
          // Nobody has what was invented.
          if (piece !== undefined) return [...effects, ...refuse(badMessage('invented'))];
          continue;
        }
        if (piece === undefined) {
          // It may have given way there. Another keeper may have it.
          shelf.skip(item);
          withheld += 1;
          continue;
        }
        withheld = 0;
        const { size: givers } = transfer.givers;
        const taken = transfer.take(keeper, place, piece);
        if (!taken.ok) {
          // Where several gave, nobody knows who lied; then one is asked alone.
          if (place === 0 || givers <= 1) return [...effects, ...refuse(taken.error)];
          continue;
        }
        if (taken.value === undefined) continue;
        endTransfer(view, transfer);
        noteFetched(view, item);
        effects.push({ kind: 'fetched', keeper, parcel: taken.value });
      }
      view.withheld.delete(keeper);
      view.withheld.set(keeper, withheld);
      const [oldest] = view.withheld.keys();
      if (oldest !== undefined && view.withheld.size > maxShelves) view.withheld.delete(oldest);
      if (withheld < maxWithheld) return effects;
      view.withheld.delete(keeper);
      return [...effects, ...refuse({ code: 'mesh/keeper-withheld' })];
    },
    failed(keeper, nowMs) {
      if (open?.keeper !== keeper) return;
      turns.failed(keeper, nowMs);
      endVisit();
    },
    notKept(parcel) {
      const { expirySlot, shard } = parcel.header;
      const view = views.get(nameOf({ shard, day: dayFromSlot(expirySlot) }));
      view?.fetched.delete(shardItemOfParcel(parcel));
    },
  };

  function endTransfer(view: View, transfer: LanePiece['transfer']): void {
    if (transfer === undefined) return;
    view.ownLane.end(transfer);
    view.dummyLane.end(transfer);
  }

  function noteFetched(view: View, item: ShardItem): void {
    const [oldest] = view.fetched;
    if (oldest !== undefined && view.fetched.size >= maxFetched) view.fetched.delete(oldest);
    view.fetched.add(item);
  }
}

function nameOf({ day, shard }: ShardDay): string {
  return `${shard}/${day}`;
}

function badMessage(what: string): MeshFailure {
  return { code: 'mesh/bad-keeper-message', meta: { what } };
}

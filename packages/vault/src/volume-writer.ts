import type { Random } from '@pars/base';
import { CELL_KIND } from './cell.ts';
import { entriesPerMap, type Geometry, PAGES_PER_WINDOW, TOPS_PER_ROOT } from './geometry.ts';
import { encodeMapPage } from './page-map.ts';
import type { VersionKey } from './root-record.ts';
import { type PageId, type PageVersion, pageIdOf, type VolumeIndex } from './volume-index.ts';

/** Single cells that every flush reads, and so endangered pages that it can move (PIP-3000 §7). */
export const REPAIRS_PER_FLUSH = 8;

/** Pages to write, by number; `undefined` removes one. */
export type PageWrites = ReadonlyMap<number, Uint8Array | undefined>;

/** Collects transactions, and says at every flush what a volume puts into the window. */
export interface VolumeWriter {
  /** The number of the latest transaction that was taken, 0 before the first. */
  readonly takenSequence: number;
  /** The number of the latest transaction that a committed flush made visible. */
  readonly durableSequence: number;
  /** Pages of transactions that are not durable yet. */
  readonly queuedPages: number;
  /** The keys of the top map pages as the next root has to name them. */
  readonly tops: readonly (VersionKey | undefined)[];
  take(writes: PageWrites): number;
  /** The content that a transaction on its way gives a page: `undefined` when none touches it. */
  peek(page: number): { readonly content: Uint8Array | undefined } | undefined;
  /**
   * Decides what this window carries for the volume in flush `flush`, at most
   * 23 page versions. A transaction becomes visible in the flush that carries
   * the last of its pages, with the map above them (PIP-3000 §8).
   */
  plan(window: number, flush: number): readonly PageVersion[];
  /** The flush that was planned last is committed. */
  commit(): void;
}

interface Transaction {
  readonly sequence: number;
  readonly writes: PageWrites;
}

/** A group of whole transactions on its way into the container. */
interface Batch {
  readonly sequence: number;
  readonly pages: number;
  readonly writes: PageWrites;
  readonly versions: readonly PageVersion[];
  readonly removed: readonly PageVersion[];
  readonly touched: ReadonlySet<PageId>;
  readonly tops: readonly (VersionKey | undefined)[];
  placed: number;
}

/** A writer for a volume whose root names `tops`. */
export function createVolumeWriter(
  deps: { readonly random: Random; readonly geometry: Geometry },
  index: VolumeIndex,
  rootTops: readonly (VersionKey | undefined)[],
): VolumeWriter {
  const { random, geometry } = deps;
  const fanOut = entriesPerMap(geometry);
  const queue: Transaction[] = [];
  let tops = rootTops;
  let takenSequence = 0;
  let durableSequence = 0;
  let batch: Batch | undefined;
  let published: Batch | undefined;

  return {
    get takenSequence() {
      return takenSequence;
    },
    get durableSequence() {
      return durableSequence;
    },
    get queuedPages() {
      return queue.reduce((sum, { writes }) => sum + writes.size, batch?.pages ?? 0);
    },
    get tops() {
      return tops;
    },
    take(writes) {
      takenSequence += 1;
      queue.push({ sequence: takenSequence, writes });
      return takenSequence;
    },
    peek(page) {
      const waiting = queue.findLast(({ writes }) => writes.has(page))?.writes ?? batch?.writes;
      return waiting?.has(page) === true ? { content: waiting.get(page) } : undefined;
    },
    plan(window, flush) {
      const home = index.homeOfWindow(window);
      if (batch === undefined && queue.length > 0) batch = startBatch(home, flush);
      if (batch !== undefined) advance(batch, home);
      repair(home, flush - 1);
      return index.atHome(home);
    },
    commit() {
      if (published === undefined) return;
      for (const version of published.versions) version.content = undefined;
      durableSequence = published.sequence;
      published = undefined;
    },
  };

  /** As many of the waiting transactions as this window can make visible at once, at least one. */
  function startBatch(home: number, flush: number): Batch {
    const writes = new Map<number, Uint8Array | undefined>();
    let sequence = 0;
    while (queue[0] !== undefined) {
      const joined = new Set([...writes.keys(), ...queue[0].writes.keys()]);
      const touched = touchedBy(joined);
      if (sequence > 0 && staying(home, touched).length + touched.size > PAGES_PER_WINDOW) break;
      for (const [page, content] of queue[0].writes) writes.set(page, content);
      sequence = queue[0].sequence;
      queue.shift();
    }
    return buildBatch(writes, sequence, home, flush);
  }

  function buildBatch(writes: PageWrites, sequence: number, home: number, flush: number): Batch {
    const versions: PageVersion[] = [];
    const removed: PageVersion[] = [];
    const fresh = new Map<PageId, PageVersion | undefined>();
    const entryOf = (kind: 0 | 1, page: number): VersionKey | undefined => {
      const id = pageIdOf(kind, page);
      return fresh.has(id) ? fresh.get(id) : index.get(kind, page);
    };
    const write = (kind: 0 | 1 | 2, page: number, content: Uint8Array | undefined): void => {
      const old = index.get(kind, page);
      const version =
        content === undefined
          ? undefined
          : { kind, page, version: flush, key: random.bytes(32), home, places: [], content };
      fresh.set(pageIdOf(kind, page), version);
      if (version !== undefined) versions.push(version);
      else if (old !== undefined) removed.push(old);
    };
    const writeMap = (kind: 1 | 2, page: number): void => {
      const entries = Array.from({ length: fanOut }, (_, at) =>
        entryOf(kind === 1 ? 0 : 1, page * fanOut + at),
      );
      const isEmpty = entries.every((entry) => entry === undefined);
      write(kind, page, isEmpty ? undefined : encodeMapPage(geometry, entries));
    };

    for (const [page, content] of writes) write(CELL_KIND.data, page, content);
    const leaves = new Set([...writes.keys()].map((page) => Math.floor(page / fanOut)));
    for (const leaf of leaves) writeMap(CELL_KIND.leaf, leaf);
    const touchedTops = new Set([...leaves].map((leaf) => Math.floor(leaf / fanOut)));
    for (const top of touchedTops) writeMap(CELL_KIND.top, top);
    return {
      sequence,
      pages: writes.size,
      writes,
      versions,
      removed,
      touched: touchedBy(new Set(writes.keys())),
      tops: Array.from({ length: TOPS_PER_ROOT }, (_, top) =>
        touchedTops.has(top) ? fresh.get(pageIdOf(CELL_KIND.top, top)) : tops[top],
      ),
      placed: 0,
    };
  }

  /** Puts as much of the batch as fits into the home, and makes it visible once all is placed. */
  function advance(current: Batch, home: number): void {
    const remaining = current.versions.length - current.placed;
    if (staying(home, current.touched, current).length + remaining <= PAGES_PER_WINDOW) {
      place(current, home, remaining);
      for (const version of current.removed) index.drop(version.kind, version.page);
      for (const version of current.versions) index.publish(version);
      tops = current.tops;
      published = current;
      batch = undefined;
      return;
    }
    place(current, home, PAGES_PER_WINDOW - index.atHome(home).length);
  }

  function place(current: Batch, home: number, count: number): void {
    const end = Math.min(current.versions.length, current.placed + Math.max(0, count));
    for (const version of current.versions.slice(current.placed, end)) {
      version.home = home;
      index.carry(version);
    }
    current.placed = end;
  }

  /** What a home still carries after the touched pages' present versions are gone. */
  function staying(
    home: number,
    touched: ReadonlySet<PageId>,
    current?: Batch,
  ): readonly PageVersion[] {
    const own = new Set(current?.versions);
    return index
      .atHome(home)
      .filter((version) => own.has(version) || !touched.has(pageIdOf(version.kind, version.page)));
  }

  function touchedBy(pages: ReadonlySet<number>): ReadonlySet<PageId> {
    const ids = new Set<PageId>();
    for (const page of pages) {
      const leaf = Math.floor(page / fanOut);
      ids.add(pageIdOf(CELL_KIND.data, page));
      ids.add(pageIdOf(CELL_KIND.leaf, leaf));
      ids.add(pageIdOf(CELL_KIND.top, Math.floor(leaf / fanOut)));
    }
    return ids;
  }

  /** Moves the pages that would be lost first into this home, as far as there is room. */
  function repair(home: number, flush: number): void {
    const room = Math.min(REPAIRS_PER_FLUSH, PAGES_PER_WINDOW - index.atHome(home).length);
    if (index.volume === 0 || room <= 0) return;
    for (const version of index
      .endangered(flush)
      .filter((found) => found.home !== home)
      .slice(0, room)) {
      index.moveHome(version, home);
    }
  }
}

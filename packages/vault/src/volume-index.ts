import { CELL_KIND, type CellKind } from './cell.ts';
import { type Geometry, homesOf, type VolumeNumber } from './geometry.ts';
import type { VersionKey } from './root-record.ts';

/** Where a copy of a page version lies. */
export interface Place {
  readonly window: number;
  readonly slot: number;
  /** The flush that wrote it. */
  readonly writtenAt: number;
}

/** One version of a page: data or a part of the map, under a key of its own (PIP-3000 §6). */
export interface PageVersion extends VersionKey {
  readonly kind: CellKind;
  readonly page: number;
  /** Which window, or pair of windows, carries it (PIP-3000 §7). */
  home: number;
  /** Its readable copies. */
  places: readonly Place[];
  /** Until its transaction is visible. */
  content: Uint8Array | undefined;
}

/** Which page, data and map alike. */
export type PageId = number;

/** The number of a page of a kind among all pages of a volume. */
export function pageIdOf(kind: CellKind, page: number): PageId {
  return kind * 2 ** 32 + page;
}

/** What one volume holds and where: the owner of that knowledge while the vault is unlocked. */
export interface VolumeIndex {
  readonly volume: VolumeNumber;
  /** The visible version of a page. */
  get(kind: CellKind, page: number): PageVersion | undefined;
  /** The visible data pages, in order. */
  dataPages(): readonly number[];
  /** All versions, also of transactions under way, whose home this is. */
  atHome(home: number): readonly PageVersion[];
  homeOfWindow(window: number): number;
  /** Takes a version in, not yet visible. */
  carry(version: PageVersion): void;
  /** Makes a version the visible one of its page; its predecessor's key is overwritten. */
  publish(version: PageVersion): void;
  /** Makes a page absent; its key is overwritten. */
  drop(kind: CellKind, page: number): void;
  moveHome(version: PageVersion, home: number): void;
  /** A window was rewritten: these versions are in it, in these slots, and no other. */
  setWindow(
    window: number,
    writtenAt: number,
    slots: readonly { readonly version: PageVersion; readonly slot: number }[],
  ): void;
  /**
   * The least number of flushes without this volume that a readable page
   * survives after flush `flush` (PIP-3000 §7); `undefined` while there is none.
   */
  margin(flush: number): number | undefined;
  /** Visible versions without a readable copy. */
  lostCount(): number;
  /** Visible and readable versions that survive less than half a sweep, the most urgent first. */
  endangered(flush: number): readonly PageVersion[];
  /** Overwrites all keys. */
  erase(): void;
}

/** An index without pages. */
export function createVolumeIndex(geometry: Geometry, volume: VolumeNumber): VolumeIndex {
  const { windows } = geometry;
  const homeCount = homesOf(geometry, volume);
  const visible = new Map<PageId, PageVersion>();
  const byHome = Array.from({ length: homeCount }, () => new Set<PageVersion>());
  const byWindow = Array.from({ length: windows }, () => new Set<PageVersion>());

  function forget(version: PageVersion): void {
    byHome[version.home]?.delete(version);
    for (const place of version.places) byWindow[place.window]?.delete(version);
    version.places = [];
    version.content = undefined;
    version.key.fill(0);
  }

  function drop(kind: CellKind, page: number): void {
    const old = visible.get(pageIdOf(kind, page));
    if (old === undefined) return;
    visible.delete(pageIdOf(kind, page));
    forget(old);
  }

  function lifetime(version: PageVersion, flush: number): number {
    const left = version.places.map(
      (place) => (((place.window - flush - 1) % windows) + windows) % windows,
    );
    return Math.max(-1, ...left);
  }

  return {
    volume,
    get: (kind, page) => visible.get(pageIdOf(kind, page)),
    dataPages: () =>
      [...visible.values()]
        .filter((version) => version.kind === CELL_KIND.data)
        .map((version) => version.page)
        .toSorted((a, b) => a - b),
    atHome: (home) => [...(byHome[home] ?? [])],
    homeOfWindow: (window) => window % homeCount,
    carry(version) {
      byHome[version.home]?.add(version);
      for (const place of version.places) byWindow[place.window]?.add(version);
    },
    publish(version) {
      const old = visible.get(pageIdOf(version.kind, version.page));
      if (old !== undefined && old !== version) forget(old);
      visible.set(pageIdOf(version.kind, version.page), version);
    },
    drop,
    moveHome(version, home) {
      byHome[version.home]?.delete(version);
      version.home = home;
      byHome[home]?.add(version);
    },
    setWindow(window, writtenAt, slots) {
      for (const version of byWindow[window] ?? []) {
        version.places = version.places.filter((place) => place.window !== window);
      }
      byWindow[window] = new Set(slots.map(({ version }) => version));
      for (const { version, slot } of slots) {
        version.places = [{ window, slot, writtenAt }, ...version.places];
      }
    },
    margin(flush) {
      let least: number | undefined;
      for (const version of visible.values()) {
        if (version.places.length === 0) continue;
        least = Math.min(least ?? windows, lifetime(version, flush));
      }
      return least;
    },
    lostCount: () => [...visible.values()].filter(isLost).length,
    endangered(flush) {
      return [...visible.values()]
        .map((version) => ({ version, left: lifetime(version, flush) }))
        .filter(({ left }) => left >= 0 && left < windows / 2)
        .toSorted((a, b) => a.left - b.left)
        .map(({ version }) => version);
    },
    erase() {
      for (const versions of byHome) for (const version of versions) version.key.fill(0);
      for (const version of visible.values()) version.key.fill(0);
      visible.clear();
    },
  };
}

/** Neither on the medium nor on its way there. */
function isLost(version: PageVersion): boolean {
  return version.places.length === 0 && version.content === undefined;
}

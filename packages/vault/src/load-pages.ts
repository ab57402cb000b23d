import { CELL_KIND, type CellKind, cellOf, openCell } from './cell.ts';
import type { ContainerDeps, OpenContainer } from './container.ts';
import { readPlace } from './flush.ts';
import {
  entriesPerMap,
  type Geometry,
  homesOf,
  maxLeavesOf,
  maxPagesOf,
  TOPS_PER_ROOT,
  type VolumeNumber,
} from './geometry.ts';
import { decodeMapPage } from './page-map.ts';
import type { RootRecord, VersionKey } from './root-record.ts';
import { type FoundCells, placesOf, readWindows } from './scan-container.ts';
import type { SpareWork } from './spare-work.ts';
import type { PageVersion } from './volume-index.ts';

/**
 * Receives every readable page of every volume that opens, in no particular
 * order, while the container is read. What it is given is overwritten afterwards.
 */
export type PageSink = (volume: VolumeNumber, page: number, content: Uint8Array) => void;

/** The versions that a root leads to. */
export interface Tree {
  readonly volume: VolumeNumber;
  readonly versions: PageVersion[];
  isDamaged: boolean;
}

/** The trees of both volumes, and one of what a full container would have beside them. */
export interface Trees {
  readonly volumes: readonly [Tree, Tree];
  readonly spare: Tree;
}

/** Reads the map pages below both roots: as many cells as a full container has, in any case. */
export async function loadMaps(
  deps: ContainerDeps,
  container: OpenContainer,
  roots: readonly (RootRecord | undefined)[],
  cells: { readonly found: readonly [FoundCells, FoundCells]; readonly spare: FoundCells },
  spareWork: SpareWork,
): Promise<Trees> {
  const { geometry } = container;
  const fanOut = entriesPerMap(geometry);
  const maps = maxMapsOf(geometry);
  let budget = maps;
  const volumes: readonly [Tree, Tree] = [emptyTree(0), emptyTree(1)];
  for (const tree of volumes) {
    const versionOf = (kind: CellKind, page: number, entry: VersionKey): PageVersion =>
      versionFrom(geometry, tree.volume, cells.found[tree.volume], { kind, page, entry });
    const below = async (kind: 1 | 2, version: PageVersion): Promise<void> => {
      budget -= 1;
      const page = await readPlace(deps, container, version, version.places[0]);
      if (page === undefined) tree.isDamaged = true;
      if (page === undefined) return;
      const entries = decodeMapPage(geometry, page);
      page.fill(0);
      for (const [at, entry] of entries.entries()) {
        if (entry === undefined) continue;
        const child = versionOf(kind === 2 ? 1 : 0, version.page * fanOut + at, entry);
        tree.versions.push(child);
        if (kind === 2) await below(1, child);
      }
    };
    for (const [page, top] of (roots[tree.volume]?.tops ?? []).entries()) {
      if (top === undefined) continue;
      const version = versionOf(CELL_KIND.top, page, top);
      tree.versions.push(version);
      await below(CELL_KIND.top, version);
    }
  }
  let entries: readonly (VersionKey | undefined)[] = [];
  for (; budget > 0; budget -= 1) {
    await readPlace(deps, container, undefined, undefined);
    entries = decodeMapPage(geometry, spareWork.openCell());
  }
  return { volumes, spare: spareTree(geometry, volumes, cells.spare, entries[0]) };
}

/** Map pages that full volumes have together. */
function maxMapsOf(geometry: Geometry): number {
  return 2 * TOPS_PER_ROOT + maxLeavesOf(geometry, 0) + maxLeavesOf(geometry, 1);
}

/** What is missing to two full volumes: under one key, in places where no volume has a cell. */
function spareTree(
  geometry: Geometry,
  volumes: readonly [Tree, Tree],
  cells: FoundCells,
  entry: VersionKey | undefined,
): Tree {
  const real = volumes.flatMap(({ versions }) => versions);
  const pages = real.filter(({ kind }) => kind === CELL_KIND.data).length;
  const missing = maxPagesOf(geometry, 0) + maxPagesOf(geometry, 1) - pages;
  const missingMaps = maxMapsOf(geometry) - (real.length - pages);
  const tree = emptyTree(0);
  const spareEntry = (): VersionKey => ({ version: 1, key: entry?.key.slice() ?? NO_KEY });
  for (let page = 0; page < missing; page += 1) {
    const version = { kind: CELL_KIND.data, page, entry: spareEntry() };
    tree.versions.push(versionFrom(geometry, 0, cells, version));
  }
  for (let page = 0; page < missingMaps; page += 1) {
    const version = { kind: CELL_KIND.leaf, page, entry: spareEntry() };
    tree.versions.push(versionFrom(geometry, 0, cells, version));
  }
  return tree;
}

const NO_KEY = new Uint8Array(32);

function emptyTree(volume: VolumeNumber): Tree {
  return { volume, versions: [], isDamaged: false };
}

function versionFrom(
  geometry: Geometry,
  volume: VolumeNumber,
  found: FoundCells,
  request: { readonly kind: CellKind; readonly page: number; readonly entry: VersionKey },
): PageVersion {
  const { kind, page, entry } = request;
  const places = placesOf(found, kind, page, entry.version);
  // A page without a readable copy has no home: nothing can be carried on.
  const home = (places[0]?.window ?? 0) % homesOf(geometry, volume);
  return { ...entry, kind, page, home, places, content: undefined };
}

interface Due {
  readonly tree: Tree;
  readonly version: PageVersion;
}

/** Reads all windows once more and opens one copy of each page: as many cells as full volumes have, in any case. */
export async function loadPages(
  deps: ContainerDeps,
  container: OpenContainer,
  { volumes, spare }: Trees,
  sink: PageSink,
  spareWork: SpareWork,
): Promise<void> {
  const { geometry } = container;
  const { symmetric } = deps.suite;
  let budget = maxPagesOf(geometry, 0) + maxPagesOf(geometry, 1);
  const due: Due[][] = Array.from({ length: geometry.windows }, () => []);
  for (const tree of [...volumes, spare]) {
    for (const version of tree.versions) {
      const [place] = version.places;
      if (version.kind !== CELL_KIND.data || place === undefined) continue;
      due[place.window]?.push({ tree, version });
    }
  }
  const failed: Due[] = [];
  let window = 0;
  for await (const bytes of readWindows(deps, container)) {
    for (const { tree, version } of due[window] ?? []) {
      budget -= 1;
      const { kind, page, places } = version;
      const { slot = 0, writtenAt = 0 } = places[0] ?? {};
      const cell = cellOf(geometry, bytes, slot);
      const header = { kind, page, version: version.version, writtenAt };
      const content =
        tree === spare
          ? spareWork.openCell()
          : openCell(symmetric, geometry, cell, header, version.key);
      if (content === undefined) failed.push({ tree, version });
      else if (tree !== spare) sink(tree.volume, page, content);
      content?.fill(0);
    }
    window += 1;
  }
  // Only where copies were lost: without them there was less to open.
  for (; budget > 0; budget -= 1) spareWork.openCell();
  for (const { tree, version } of failed) await loadOtherCopy(deps, container, tree, version, sink);
}

/** A damaged cell: the page's other copies are tried, and what cannot be read is forgotten as a copy. */
async function loadOtherCopy(
  deps: ContainerDeps,
  container: OpenContainer,
  tree: Tree,
  version: PageVersion,
  sink: PageSink,
): Promise<void> {
  version.places = version.places.slice(1);
  const page = await readPlace(deps, container, version, version.places[0]);
  if (page !== undefined) sink(tree.volume, version.page, page);
  page?.fill(0);
  if (page === undefined && version.places.length > 0) {
    await loadOtherCopy(deps, container, tree, version, sink);
  }
}

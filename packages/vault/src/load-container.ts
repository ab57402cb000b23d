import {
  CELL_KIND,
  type CellHeader,
  type CellKind,
  cellOf,
  findCells,
  maskOfWindow,
  openCell,
  sealCell,
} from './cell.ts';
import { type Commit, findCommit } from './commit-cell.ts';
import type { ContainerDeps, OpenContainer, OpenVolume, Redo } from './container.ts';
import { below, randomBytes } from './draws.ts';
import { readPlace, readWindow } from './flush.ts';
import {
  cellBytes,
  entriesPerMap,
  type Geometry,
  homesOf,
  maxLeavesOf,
  maxPagesOf,
  STRIPE_BYTES,
  stagingOffset,
  stripeOffset,
  TOPS_PER_ROOT,
  type VolumeNumber,
  windowBytes,
  windowOffset,
} from './geometry.ts';
import type { DecoySecrets, KeySetNumber } from './key-page.ts';
import { decodeMapPage } from './page-map.ts';
import type { RootRecord, VersionKey } from './root-record.ts';
import { type FoundRoot, findRoot, type RootKeys, rootKeysFrom } from './root-stripe.ts';
import { deriveVaultKey } from './vault-keys.ts';
import { createVolumeIndex, type PageVersion, type Place } from './volume-index.ts';
import { createVolumeWriter } from './volume-writer.ts';

/** Receives every readable page of every volume that opens, in no particular order, while the container is read. */
export type PageSink = (volume: VolumeNumber, page: number, content: Uint8Array) => void;

/** What a password gives in one key set. */
export interface ContainerKeys {
  /** The secrets of volume 0 from a key slot, 32 bytes each. */
  readonly decoy: DecoySecrets | undefined;
  /** The keys of the hidden password with either half of E, 32 bytes each. */
  readonly hidden: readonly [Uint8Array, Uint8Array];
}

/** A container that opened, and which half of E opened the hidden volume, if one did. */
export interface LoadedContainer {
  readonly container: OpenContainer;
  readonly hiddenHalf: 0 | 1 | undefined;
}

/** Roots of one key that a scan keeps: the committed one is among the newest two. */
const ROOTS_KEPT = 3;
/** Windows that are read in search of the last commit, whether or not staging holds it. */
const COMMITS_TRIED = 8;

type Found = ReadonlyMap<string, readonly Place[]>;

/**
 * Reads a container whole, always in the same steps with the same number of
 * keys, and opens what the keys open (PIP-3000 §10). Keys that are missing are
 * replaced by random ones; without volume 0 the container is `undefined`, at
 * the same cost. Never throws because of content.
 */
export async function loadContainer(
  deps: ContainerDeps,
  geometry: Geometry,
  keys: readonly [ContainerKeys, ContainerKeys],
  sink: PageSink,
): Promise<{ readonly loaded: LoadedContainer | undefined; readonly isDamaged: boolean }> {
  const { symmetric } = deps.suite;
  const spare = { decoy: deps.random.bytes(32), root: deps.random.bytes(32) };

  const hiddenRootKeys = keys.flatMap(({ hidden }) =>
    hidden.map((key) => rootKeysFrom(symmetric, key)),
  );
  const hiddenRoots = await scanRoots(deps, geometry, 1, hiddenRootKeys);
  const known = keys.map(
    ({ decoy }, set) => decoy ?? newestOf(hiddenRoots.slice(2 * set, 2 * set + 2))?.record.secrets,
  );
  const decoyRootKeys = known.map((secrets) => rootKeysFrom(symmetric, (secrets ?? spare).root));
  const decoyRoots = await scanRoots(deps, geometry, 0, decoyRootKeys);

  const { decoy: decoySecret } = known[0] ?? known[1] ?? spare;
  const commitKey = deriveVaultKey(symmetric, decoySecret, 'commit');
  const decoyMask = deriveVaultKey(symmetric, decoySecret, 'cell mask');
  const last = await findLastCommit(deps, geometry, {
    maskKey: decoyMask,
    commitKey,
    flushes: decoyRoots.flat().map(({ record }) => record.flush),
  });
  const flush = last?.commit.flush ?? 0;
  // The key set whose root the last committed flush wrote is the one in force.
  const rootOf = (set: KeySetNumber): FoundRoot | undefined =>
    decoyRoots[set]?.find(({ record }) => record.flush === flush);
  const keySet = rootOf(1) === undefined ? 0 : 1;
  const decoyRoot = rootOf(keySet);
  const hidden = newestCommitted(hiddenRoots.slice(2 * keySet, 2 * keySet + 2), flush);
  const hiddenSecret = hidden?.root.record.secrets?.hidden ?? spare.decoy;
  const masks = [decoyMask, deriveVaultKey(symmetric, hiddenSecret, 'cell mask')] as const;

  const container: OpenContainer = {
    geometry,
    commitKey,
    decoySecret,
    keySet,
    flush,
    volumes: [],
    retired: [],
    redo: last === undefined ? undefined : redoOf(geometry, last, keySet),
    extra: { day: decoyRoot?.record.day ?? 0, count: decoyRoot?.record.extraFlushes ?? 0 },
  };
  const found = await scanWindows(deps, container, masks);
  const trees = await loadMaps(deps, container, [decoyRoot?.record, hidden?.root.record], found);
  await loadPages(deps, container, trees, sink);
  // Roots without any commit. A commit without a root of this key belongs to other passwords.
  const isDamaged = last === undefined && decoyRoots.flat().length > 0;
  if (decoyRoot === undefined) return { loaded: undefined, isDamaged };

  const volumes: OpenVolume[] = [
    openVolume(deps, geometry, trees[0], {
      maskKey: masks[0],
      rootKeys: decoyRootKeys[keySet] as RootKeys,
      root: decoyRoot,
    }),
  ];
  if (hidden !== undefined) {
    volumes.push(
      openVolume(deps, geometry, trees[1], {
        maskKey: masks[1],
        rootKeys: hiddenRootKeys[2 * keySet + hidden.half] as RootKeys,
        root: hidden.root,
      }),
    );
  }
  return {
    loaded: { container: { ...container, volumes }, hiddenHalf: hidden?.half },
    isDamaged: false,
  };
}

/** The newest roots under each key. Sixteen stripes are read at a time. */
async function scanRoots(
  deps: ContainerDeps,
  geometry: Geometry,
  volume: VolumeNumber,
  keys: readonly RootKeys[],
): Promise<readonly (readonly FoundRoot[])[]> {
  const atOnce = 16;
  const found: FoundRoot[][] = keys.map(() => []);
  for (let first = 0; first < geometry.windows; first += atOnce) {
    const count = Math.min(atOnce, geometry.windows - first);
    const bytes = await deps.media.read(stripeOffset(first), count * STRIPE_BYTES);
    for (let at = 0; at < count; at += 1) {
      const stripe = bytes.subarray(at * STRIPE_BYTES, (at + 1) * STRIPE_BYTES);
      keys.forEach((key, index) => {
        const { symmetric } = deps.suite;
        const root = findRoot(symmetric, first + at, geometry.windows, stripe, key);
        if (root === undefined || root.record.volume !== volume) return;
        const kept = found[index] ?? [];
        found[index] = [...kept, root].toSorted(newestFirst).slice(0, ROOTS_KEPT);
      });
    }
  }
  return found;
}

function newestOf(roots: readonly (readonly FoundRoot[])[]): FoundRoot | undefined {
  return roots.flat().toSorted(newestFirst)[0];
}

function newestFirst(a: FoundRoot, b: FoundRoot): number {
  return b.record.flush - a.record.flush;
}

function newestCommitted(
  roots: readonly (readonly FoundRoot[])[],
  flush: number,
): { readonly root: FoundRoot; readonly half: 0 | 1 } | undefined {
  const [first, second] = roots.map((found) => found.find(({ record }) => record.flush <= flush));
  if (second !== undefined && second.record.flush > (first?.record.flush ?? 0)) {
    return { root: second, half: 1 };
  }
  return first === undefined ? undefined : { root: first, half: 0 };
}

/** A committed flush and the window that it wrote. */
interface LastCommit {
  readonly commit: Commit;
  readonly bytes: Uint8Array;
}

/**
 * The last committed flush (PIP-3000 §5): the staged one; or, when a crash cut
 * off the staging of the next, the newest that a root tells of and whose
 * window holds its commit. The same number of reads in any case.
 */
async function findLastCommit(
  deps: ContainerDeps,
  geometry: Geometry,
  request: {
    readonly maskKey: Uint8Array;
    readonly commitKey: Uint8Array;
    /** Flushes that have a root of volume 0. */
    readonly flushes: readonly number[];
  },
): Promise<LastCommit | undefined> {
  const { symmetric } = deps.suite;
  const { maskKey, commitKey, flushes } = request;
  const commitIn = (window: Uint8Array): Commit | undefined =>
    findCommit(symmetric, geometry, {
      window,
      cells: findCells(geometry, window, maskOfWindow(symmetric, maskKey, window)),
      key: commitKey,
    });
  const staged = await deps.media.read(stagingOffset(geometry), windowBytes(geometry));
  const stagedCommit = commitIn(staged);
  let newest = stagedCommit === undefined ? undefined : { commit: stagedCommit, bytes: staged };
  // The one before a root may be the last: under other passwords, when these were not yet in force.
  const candidates = [...new Set(flushes.flatMap((flush) => [flush, flush - 1]))].toSorted(
    (a, b) => b - a,
  );
  for (let at = 0; at < COMMITS_TRIED; at += 1) {
    const flush = candidates[at] ?? below(deps.random, geometry.windows);
    const offset = windowOffset(geometry, flush % geometry.windows);
    const bytes = await deps.media.read(offset, windowBytes(geometry));
    const commit = commitIn(bytes);
    if (newest === undefined && commit !== undefined && commit.flush === candidates[at]) {
      newest = { commit, bytes };
    }
  }
  return newest;
}

function redoOf(geometry: Geometry, last: LastCommit, keySet: KeySetNumber): Redo {
  const { flush, erasedSlots } = last.commit;
  return {
    window: flush % geometry.windows,
    bytes: last.bytes,
    stripe: (flush - 1 + geometry.windows) % geometry.windows,
    erasedSlots,
    staleKeySet: keySet === 0 ? 1 : 0,
  };
}

/** Where the cells of both volumes are. The staged window counts instead of the one it replaces. */
async function scanWindows(
  deps: ContainerDeps,
  container: OpenContainer,
  masks: readonly [Uint8Array, Uint8Array],
): Promise<readonly [Found, Found]> {
  const { geometry } = container;
  const found: readonly [Map<string, Place[]>, Map<string, Place[]>] = [new Map(), new Map()];
  for (let window = 0; window < geometry.windows; window += 1) {
    const bytes = await readWindow(deps, container, window);
    masks.forEach((mask, volume) => {
      const cells = findCells(geometry, bytes, maskOfWindow(deps.suite.symmetric, mask, bytes));
      for (const [slot, header] of cells) note(found[volume as VolumeNumber], window, slot, header);
    });
  }
  return found;
}

function note(found: Map<string, Place[]>, window: number, slot: number, header: CellHeader): void {
  if (header.kind === CELL_KIND.commit) return;
  const name = nameOf(header.kind, header.page, header.version);
  const places = found.get(name) ?? [];
  const place = { window, slot, writtenAt: header.writtenAt };
  found.set(
    name,
    [place, ...places].toSorted((a, b) => b.writtenAt - a.writtenAt),
  );
}

function nameOf(kind: CellKind, page: number, version: number): string {
  return `${kind}:${page}:${version}`;
}

/** The versions that a root leads to. */
interface Tree {
  readonly volume: VolumeNumber;
  readonly versions: PageVersion[];
  isDamaged: boolean;
}

/** Reads the map pages below both roots: as many cells as a full container has, in any case. */
async function loadMaps(
  deps: ContainerDeps,
  container: OpenContainer,
  roots: readonly (RootRecord | undefined)[],
  found: readonly [Found, Found],
): Promise<readonly [Tree, Tree]> {
  const { geometry } = container;
  const fanOut = entriesPerMap(geometry);
  let budget = 2 * TOPS_PER_ROOT + maxLeavesOf(geometry, 0) + maxLeavesOf(geometry, 1);
  const read = async (tree: Tree, version: PageVersion | undefined, place: Place | undefined) => {
    budget -= 1;
    const page = await readPlace(deps, container, version, place);
    if (version !== undefined && page === undefined) tree.isDamaged = true;
    return page;
  };

  const trees: readonly [Tree, Tree] = [emptyTree(0), emptyTree(1)];
  for (const tree of trees) {
    const below = async (kind: 1 | 2, version: PageVersion): Promise<void> => {
      const page = await read(tree, version, version.places[0]);
      if (page === undefined) return;
      const entries = decodeMapPage(geometry, page);
      page.fill(0);
      for (const [at, entry] of entries.entries()) {
        if (entry === undefined) continue;
        const child = versionFrom(
          geometry,
          tree.volume,
          found[tree.volume],
          kind === 2 ? 1 : 0,
          version.page * fanOut + at,
          entry,
        );
        tree.versions.push(child);
        if (kind === 2) await below(1, child);
      }
    };
    for (const [page, top] of (roots[tree.volume]?.tops ?? []).entries()) {
      if (top === undefined) continue;
      const version = versionFrom(geometry, tree.volume, found[tree.volume], 2, page, top);
      tree.versions.push(version);
      await below(2, version);
    }
  }
  while (budget > 0) await read(trees[0], undefined, undefined);
  return trees;
}

function emptyTree(volume: VolumeNumber): Tree {
  return { volume, versions: [], isDamaged: false };
}

function versionFrom(
  geometry: Geometry,
  volume: VolumeNumber,
  found: Found,
  kind: CellKind,
  page: number,
  entry: VersionKey,
): PageVersion {
  const places = found.get(nameOf(kind, page, entry.version)) ?? [];
  // A page without a readable copy has no home: nothing can be carried on.
  const home = (places[0]?.window ?? 0) % homesOf(geometry, volume);
  return { ...entry, kind, page, home, places, content: undefined };
}

/** Reads all windows once more and opens one copy of each page, up to the same number of cells in any case. */
async function loadPages(
  deps: ContainerDeps,
  container: OpenContainer,
  trees: readonly [Tree, Tree],
  sink: PageSink,
): Promise<void> {
  const { geometry } = container;
  const { symmetric } = deps.suite;
  let budget = maxPagesOf(geometry, 0) + maxPagesOf(geometry, 1);
  const due = new Map<number, { tree: Tree; version: PageVersion; place: Place }[]>();
  for (const tree of trees) {
    for (const version of tree.versions) {
      const [place] = version.places;
      if (version.kind !== CELL_KIND.data || place === undefined) continue;
      due.set(place.window, [...(due.get(place.window) ?? []), { tree, version, place }]);
    }
  }
  const failed: { readonly tree: Tree; readonly version: PageVersion }[] = [];
  for (let window = 0; window < geometry.windows; window += 1) {
    const bytes = await readWindow(deps, container, window);
    for (const { tree, version, place } of due.get(window) ?? []) {
      budget -= 1;
      const header = {
        kind: version.kind,
        page: version.page,
        version: version.version,
        writtenAt: place.writtenAt,
      };
      const cell = cellOf(geometry, bytes, place.slot);
      const page = openCell(symmetric, geometry, cell, header, version.key);
      if (page === undefined) failed.push({ tree, version });
      else sink(tree.volume, version.page, page);
    }
  }
  const { cell, header, key } = createSpareCell(deps, geometry);
  for (; budget > 0; budget -= 1) openCell(symmetric, geometry, cell, header, key);
  for (const { tree, version } of failed) await loadOtherCopy(deps, container, tree, version, sink);
}

/** A cell that opens: to refuse one costs more than to open it. */
function createSpareCell(
  deps: ContainerDeps,
  geometry: Geometry,
): { readonly cell: Uint8Array; readonly header: CellHeader; readonly key: Uint8Array } {
  const cell = randomBytes(deps.random, cellBytes(geometry));
  const header = { kind: CELL_KIND.data, page: 0, version: 0, writtenAt: 0 };
  const key = deps.random.bytes(32);
  sealCell(deps.suite.symmetric, geometry, {
    window: cell,
    slot: 0,
    mask: new Uint8Array(48),
    header,
    key,
    content: new Uint8Array(geometry.pageBytes),
  });
  return { cell, header, key };
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
  else if (version.places.length > 0) await loadOtherCopy(deps, container, tree, version, sink);
}

function openVolume(
  deps: ContainerDeps,
  geometry: Geometry,
  tree: Tree,
  request: {
    readonly maskKey: Uint8Array;
    readonly rootKeys: RootKeys;
    readonly root: FoundRoot;
  },
): OpenVolume {
  const index = createVolumeIndex(geometry, tree.volume);
  for (const version of tree.versions) {
    if (version.places.length > 0) index.carry(version);
    index.publish(version);
  }
  const { record, slots } = request.root;
  return {
    number: tree.volume,
    maskKey: request.maskKey,
    rootKeys: request.rootKeys,
    index,
    writer: createVolumeWriter({ random: deps.random, geometry }, index, record.tops),
    secrets: record.secrets,
    root: { flush: record.flush, slots },
    isDamaged: tree.isDamaged,
  };
}

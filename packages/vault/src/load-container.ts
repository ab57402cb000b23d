import { findCells, maskOfWindow } from './cell.ts';
import { type Commit, findCommit } from './commit-cell.ts';
import type { ContainerDeps, OpenContainer, OpenVolume, Redo } from './container.ts';
import { below } from './draws.ts';
import { type Geometry, stagingOffset, windowBytes, windowOffset } from './geometry.ts';
import type { DecoySecrets, KeySetNumber } from './key-page.ts';
import { loadMaps, loadPages, type PageSink, type Tree } from './load-pages.ts';
import { type FoundRoot, type RootKeys, rootKeysFrom } from './root-stripe.ts';
import { newestFirst, scanRoots, scanWindows } from './scan-container.ts';
import { createSpareWork, type SpareWork } from './spare-work.ts';
import { deriveVaultKey } from './vault-keys.ts';
import { createVolumeIndex, type VolumeIndex } from './volume-index.ts';
import { createVolumeWriter } from './volume-writer.ts';

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

/** Windows that are read in search of the last commit, whether or not staging holds it. */
const COMMITS_TRIED = 8;

/** Roots that are opened in any case: more than both volumes leave, except after many sessions with the hidden one. */
const ROOTS_OPENED = 12;

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
  const spareWork = createSpareWork({ symmetric, random: deps.random }, geometry);

  const hiddenRootKeys = keys.flatMap(({ hidden }) =>
    hidden.map((key) => rootKeysFrom(symmetric, key)),
  );
  const hiddenScan = await scanRoots(deps, geometry, 1, hiddenRootKeys);
  const hiddenRoots = hiddenScan.roots;
  const known = keys.map(
    ({ decoy }, set) => decoy ?? newestOf(hiddenRoots.slice(2 * set, 2 * set + 2))?.record.secrets,
  );
  const decoyRootKeys = known.map((secrets) => rootKeysFrom(symmetric, (secrets ?? spare).root));
  const decoyScan = await scanRoots(deps, geometry, 0, decoyRootKeys);
  const decoyRoots = decoyScan.roots;
  for (let opened = hiddenScan.opened + decoyScan.opened; opened < ROOTS_OPENED; opened += 1) {
    spareWork.openRoot();
  }

  const { decoy: decoySecret } = known[0] ?? known[1] ?? spare;
  const commitKey = deriveVaultKey(symmetric, decoySecret, 'commit');
  const decoyMask = deriveVaultKey(symmetric, decoySecret, 'cell mask');
  const last = await findLastCommit(deps, geometry, {
    maskKey: decoyMask,
    commitKey,
    flushes: decoyRoots.flat().map(({ record }) => record.flush),
    spareWork,
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
  const cells = await scanWindows(deps, container, masks);
  const roots = [decoyRoot?.record, hidden?.root.record];
  const trees = await loadMaps(deps, container, roots, cells, spareWork);
  await loadPages(deps, container, trees, sink, spareWork);
  const indexes = trees.volumes.map((tree) => indexOf(geometry, tree));
  indexOf(geometry, trees.spare);
  // Roots without any commit. A commit without a root of this key belongs to other passwords.
  const isDamaged = last === undefined && decoyRoots.flat().length > 0;
  const derived = [...hiddenRootKeys, ...decoyRootKeys].flatMap(({ seal, tag }) => [seal, tag]);
  const opened = [...hiddenRoots.flat(), ...decoyRoots.flat()].flatMap(({ record }) =>
    Object.values(record.secrets ?? {}),
  );
  const all = [...derived, ...opened, ...masks, commitKey];
  if (decoyRoot === undefined) {
    eraseBut(all, []);
    return { loaded: undefined, isDamaged };
  }

  const volumes: OpenVolume[] = [
    openVolume(deps, geometry, trees.volumes[0], indexes[0] as VolumeIndex, {
      maskKey: masks[0],
      rootKeys: decoyRootKeys[keySet] as RootKeys,
      root: decoyRoot,
    }),
  ];
  if (hidden !== undefined) {
    volumes.push(
      openVolume(deps, geometry, trees.volumes[1], indexes[1] as VolumeIndex, {
        maskKey: masks[1],
        rootKeys: hiddenRootKeys[2 * keySet + hidden.half] as RootKeys,
        root: hidden.root,
      }),
    );
  }
  const inUse = volumes.flatMap(({ maskKey, rootKeys, secrets }) => [
    maskKey,
    ...Object.values(rootKeys),
    ...Object.values(secrets ?? {}),
  ]);
  eraseBut(all, [...inUse, commitKey, decoySecret]);
  return {
    loaded: { container: { ...container, volumes }, hiddenHalf: hidden?.half },
    isDamaged: false,
  };
}

/** Overwrites the keys that nobody needs: what stays in memory outlives a lock. */
function eraseBut(keys: readonly Uint8Array[], kept: readonly Uint8Array[]): void {
  for (const key of keys) if (!kept.includes(key)) key.fill(0);
}

function newestOf(roots: readonly (readonly FoundRoot[])[]): FoundRoot | undefined {
  return roots.flat().toSorted(newestFirst)[0];
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
    readonly spareWork: SpareWork;
  },
): Promise<LastCommit | undefined> {
  const { symmetric } = deps.suite;
  const { maskKey, commitKey, flushes, spareWork } = request;
  const commitIn = (window: Uint8Array): Commit | undefined => {
    const cells = findCells(geometry, window, maskOfWindow(symmetric, maskKey, window));
    const { commit, isOpened } = findCommit(symmetric, geometry, { window, cells, key: commitKey });
    if (!isOpened) spareWork.openCell();
    return commit;
  };
  const staged = await deps.media.read(stagingOffset(geometry), windowBytes(geometry));
  const stagedCommit = commitIn(staged);
  let newest = stagedCommit === undefined ? undefined : { commit: stagedCommit, bytes: staged };
  // The one before a root may be the last: under other passwords, when these were not yet in force.
  const candidates = [...new Set(flushes.flatMap((flush) => [flush, flush - 1]))].toSorted(
    (a, b) => b - a,
  );
  for (let at = 0; at < COMMITS_TRIED; at += 1) {
    const other = below(deps.random, geometry.windows);
    const flush = candidates[at] ?? other;
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

function openVolume(
  deps: ContainerDeps,
  geometry: Geometry,
  tree: Tree,
  index: VolumeIndex,
  request: {
    readonly maskKey: Uint8Array;
    readonly rootKeys: RootKeys;
    readonly root: FoundRoot;
  },
): OpenVolume {
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

function indexOf(geometry: Geometry, tree: Tree): VolumeIndex {
  const index = createVolumeIndex(geometry, tree.volume);
  for (const version of tree.versions) {
    if (version.places.length > 0) index.carry(version);
    index.publish(version);
  }
  return index;
}

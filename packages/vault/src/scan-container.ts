import { CELL_KIND, type CellHeader, type CellKind, findCells, maskOfWindow } from './cell.ts';
import type { ContainerDeps, Redo } from './container.ts';
import {
  type Geometry,
  PAGES_PER_WINDOW,
  STRIPE_BYTES,
  stripeOffset,
  type VolumeNumber,
  windowBytes,
  windowOffset,
} from './geometry.ts';
import { readAhead } from './read-ahead.ts';
import { type FoundRoot, findRoot, type RootKeys } from './root-stripe.ts';
import { type PageId, type Place, pageIdOf } from './volume-index.ts';

/** Where cells of every version of a page lie, by page. */
export type FoundCells = ReadonlyMap<PageId, readonly FoundCell[]>;

interface FoundCell extends Place {
  readonly version: number;
}

/** Roots of one key that a scan keeps: the committed one is among the newest two. */
const ROOTS_KEPT = 3;
const STRIPES_AT_ONCE = 64;
const WINDOWS_AT_ONCE = 8;

/** The newest roots under each key, and how many were opened. */
export async function scanRoots(
  deps: ContainerDeps,
  geometry: Geometry,
  volume: VolumeNumber,
  keys: readonly RootKeys[],
): Promise<{ readonly roots: readonly (readonly FoundRoot[])[]; readonly opened: number }> {
  const { symmetric } = deps.suite;
  const roots: FoundRoot[][] = keys.map(() => []);
  let opened = 0;
  const regions = inGroups(geometry.windows, STRIPES_AT_ONCE, STRIPE_BYTES, stripeOffset);
  let number = 0;
  for await (const bytes of readAhead(deps.media, regions)) {
    for (let at = 0; at < bytes.length; at += STRIPE_BYTES, number += 1) {
      const stripe = bytes.subarray(at, at + STRIPE_BYTES);
      for (const [index, key] of keys.entries()) {
        const root = findRoot(symmetric, number, geometry.windows, stripe, key);
        if (root === undefined) continue;
        opened += 1;
        if (root.record.volume !== volume) continue;
        roots[index] = [...(roots[index] ?? []), root].toSorted(newestFirst).slice(0, ROOTS_KEPT);
      }
    }
  }
  return { roots, opened };
}

/** The order in which roots count. */
export function newestFirst(a: FoundRoot, b: FoundRoot): number {
  return b.record.flush - a.record.flush;
}

/**
 * Every window in order, as the last committed flush means it to be: the staged
 * one counts instead of the one that it replaces. Each holds until the next.
 */
export async function* readWindows(
  deps: ContainerDeps,
  container: { readonly geometry: Geometry; readonly redo: Redo | undefined },
): AsyncGenerator<Uint8Array, void, undefined> {
  const { geometry, redo } = container;
  const size = windowBytes(geometry);
  const regions = inGroups(geometry.windows, WINDOWS_AT_ONCE, size, (window) =>
    windowOffset(geometry, window),
  );
  let window = 0;
  for await (const bytes of readAhead(deps.media, regions)) {
    for (let at = 0; at < bytes.length; at += size, window += 1) {
      yield redo?.window === window ? redo.bytes : bytes.subarray(at, at + size);
    }
  }
}

function inGroups(
  count: number,
  atOnce: number,
  bytes: number,
  offsetOf: (number: number) => number,
): readonly { readonly offset: number; readonly length: number }[] {
  return Array.from({ length: Math.ceil(count / atOnce) }, (_, group) => ({
    offset: offsetOf(group * atOnce),
    length: Math.min(atOnce, count - group * atOnce) * bytes,
  }));
}

/**
 * Where the cells of both volumes are. As many are noted as both volumes can
 * have; those which are not there are noted as `spare`, as pages 0 and up.
 */
export async function scanWindows(
  deps: ContainerDeps,
  container: { readonly geometry: Geometry; readonly redo: Redo | undefined },
  masks: readonly [Uint8Array, Uint8Array],
): Promise<{ readonly found: readonly [FoundCells, FoundCells]; readonly spare: FoundCells }> {
  const { geometry } = container;
  const found: readonly [Map<PageId, FoundCell[]>, Map<PageId, FoundCell[]>] = [
    new Map(),
    new Map(),
  ];
  const spare = new Map<PageId, FoundCell[]>();
  let window = 0;
  for await (const bytes of readWindows(deps, container)) {
    for (const [volume, mask] of masks.entries()) {
      const cells = findCells(geometry, bytes, maskOfWindow(deps.suite.symmetric, mask, bytes));
      let noted = 0;
      for (const [slot, header] of cells) {
        if (header.kind === CELL_KIND.commit) continue;
        note(found[volume as VolumeNumber], window, slot, header);
        noted += 1;
      }
      for (; noted < PAGES_PER_WINDOW; noted += 1) {
        note(spare, window, noted, { ...SPARE_HEADER, page: spare.size });
      }
    }
    window += 1;
  }
  return { found, spare };
}

const SPARE_HEADER: CellHeader = { kind: CELL_KIND.data, page: 0, version: 1, writtenAt: 0 };

function note(
  found: Map<PageId, FoundCell[]>,
  window: number,
  slot: number,
  header: CellHeader,
): void {
  const cell = { version: header.version, window, slot, writtenAt: header.writtenAt };
  const id = pageIdOf(header.kind, header.page);
  const known = found.get(id);
  if (known === undefined) found.set(id, [cell]);
  else known.push(cell);
}

/** The copies of one version of a page, the newest first. */
export function placesOf(
  found: FoundCells,
  kind: CellKind,
  page: number,
  version: number,
): readonly Place[] {
  return (found.get(pageIdOf(kind, page)) ?? [])
    .filter((cell) => cell.version === version)
    .map(({ window, slot, writtenAt }) => ({ window, slot, writtenAt }))
    .toSorted((a, b) => b.writtenAt - a.writtenAt);
}

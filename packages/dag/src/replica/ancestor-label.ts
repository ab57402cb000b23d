import {
  heightFor,
  listAbsent,
  NO_POSITIONS,
  type PositionTree,
  type TreeNodes,
  type TreeRef,
  uniteTrees,
} from './position-tree.ts';

/**
 * Which vertices are ancestors of one (itself included), as ranges of local
 * positions. Positions grow in order of arrival and parents arrive first, so a
 * quiet history is one range, and a partition adds one or two. Where there
 * would be too many, the older ones go into a tree that is in the store.
 */
export interface AncestorLabel {
  /** Inclusive ranges `[from, to, from, to, …]`, ascending, not touching. All are ancestors. */
  readonly ranges: readonly number[];
  /** From here on, what is outside of the ranges is no ancestor; below, the tree knows. */
  readonly exactFrom: number;
  /** The ancestors before `exactFrom`, all of them; {@link NO_POSITIONS} when that is 0. */
  readonly below: TreeRef;
}

/** What the ranges of a label know about a position. */
export type LabelVerdict = 'ancestor' | 'no-ancestor' | 'unknown';

/** Most ranges of a label: bounds its size and the work of making the next one. */
export const MAX_LABEL_RANGES = 32;
/** So many of them stay when the others go into the tree: the next time is as many vertices away. */
const KEPT_RANGES = 8;

/** The label of a vertex at `position` (greater than all others) with these parents. */
export async function labelAbove(
  nodes: TreeNodes,
  position: number,
  parents: readonly AncestorLabel[],
): Promise<AncestorLabel> {
  const { ranges: shared, exactFrom } = uniteLabels(parents);
  const ranges = withPosition(shared, position);
  const isShort = ranges.length <= 2 * MAX_LABEL_RANGES;
  if (isShort && exactFrom === 0) return { ranges, exactFrom, below: NO_POSITIONS };
  const main = parents.find((label) => label.exactFrom === exactFrom);
  if (isShort && main !== undefined && parents.every((label) => addsNothingBelow(label, main))) {
    return { ranges, exactFrom, below: main.below };
  }
  const lastDropped = ranges[ranges.length - 2 * KEPT_RANGES - 1] ?? -1;
  const cut = isShort ? exactFrom : Math.max(exactFrom, lastDropped + 1);
  return await labelFrom(nodes, ranges, cut, parents);
}

/** Puts everything before `cut` into one tree. */
async function labelFrom(
  nodes: TreeNodes,
  ranges: readonly number[],
  cut: number,
  parents: readonly AncestorLabel[],
): Promise<AncestorLabel> {
  const height = heightFor(cut);
  const older = rangesBefore(ranges, cut);
  const below = await uniteTrees(nodes, parents.flatMap(treesOf), older, height);
  const known = floorOf(ranges) + 1;
  const [gap = cut] =
    known >= cut ? [] : await listAbsent(nodes, [{ ref: below, height }], known, cut, 1);
  const floor = gap === 0 ? [] : [0, gap - 1];
  const kept = uniteRanges(floor, rangesReaching(ranges, cut));
  if (gap === cut) return { ranges: kept, exactFrom: 0, below: NO_POSITIONS };
  return { ranges: kept, exactFrom: cut, below };
}

/** The positions that are ancestors of any of them, as far as ranges say. There may be more than one label holds. */
export function uniteLabels(
  labels: readonly AncestorLabel[],
): Pick<AncestorLabel, 'ranges' | 'exactFrom'> {
  let ranges: readonly number[] = [];
  let exactFrom = 0;
  for (const label of labels) exactFrom = Math.max(exactFrom, label.exactFrom);
  if (labels.length > 4) ranges = uniteManyRanges(labels);
  else for (const label of labels) ranges = uniteRanges(ranges, label.ranges);
  return { ranges, exactFrom: floorOf(ranges) + 1 >= exactFrom ? 0 : exactFrom };
}

/** The tree of a label, if it has one. */
export function treesOf({ below, exactFrom }: AncestorLabel): readonly PositionTree[] {
  return below === NO_POSITIONS ? [] : [{ ref: below, height: heightFor(exactFrom) }];
}

/** Whether the vertex at `position` is among the ancestors. */
export function judgePosition(
  label: Pick<AncestorLabel, 'ranges' | 'exactFrom'>,
  position: number,
): LabelVerdict {
  const { ranges, exactFrom } = label;
  let low = 0;
  let high = ranges.length >> 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((ranges[2 * middle + 1] as number) < position) low = middle + 1;
    else high = middle;
  }
  const from = ranges[2 * low];
  if (from !== undefined && from <= position) return 'ancestor';
  return position < exactFrom ? 'unknown' : 'no-ancestor';
}

/** Whether what a label says of positions before `main.exactFrom` stands in the tree of `main`, or is nothing. */
function addsNothingBelow(label: AncestorLabel, main: AncestorLabel): boolean {
  const { ranges, exactFrom, below } = label;
  if (below === main.below && exactFrom === main.exactFrom) return true;
  return exactFrom === 0 && (ranges[0] ?? main.exactFrom) >= main.exactFrom;
}

/** The greatest position up to which everything from 0 on is an ancestor; -1 when 0 is not. */
function floorOf(ranges: readonly number[]): number {
  return ranges[0] === 0 ? (ranges[1] as number) : -1;
}

function withPosition(ranges: readonly number[], position: number): number[] {
  const longer = ranges.slice();
  if (longer.at(-1) === position - 1) longer[longer.length - 1] = position;
  else longer.push(position, position);
  return longer;
}

function rangesBefore(ranges: readonly number[], end: number): readonly number[] {
  const before: number[] = [];
  for (let at = 0; at < ranges.length && (ranges[at] as number) < end; at += 2) {
    before.push(ranges[at] as number, Math.min(ranges[at + 1] as number, end - 1));
  }
  return before;
}

function rangesReaching(ranges: readonly number[], start: number): readonly number[] {
  let at = 0;
  while (at < ranges.length && (ranges[at + 1] as number) < start) at += 2;
  return ranges.slice(at);
}

function uniteRanges(a: readonly number[], b: readonly number[]): readonly number[] {
  if (a.length === 0) return b;
  if (b.length === 0) return a;
  const united: number[] = [];
  let atA = 0;
  let atB = 0;
  while (atA < a.length || atB < b.length) {
    const takesA = atB >= b.length || (atA < a.length && (a[atA] as number) <= (b[atB] as number));
    if (takesA) {
      appendRange(united, a[atA] as number, a[atA + 1] as number);
      atA += 2;
    } else {
      appendRange(united, b[atB] as number, b[atB + 1] as number);
      atB += 2;
    }
  }
  return united;
}

/** In one pass over all of them: a frontier may name a thousand heads. */
function uniteManyRanges(labels: readonly AncestorLabel[]): readonly number[] {
  const pairs: (readonly [from: number, to: number])[] = [];
  for (const { ranges } of labels) {
    for (let at = 0; at < ranges.length; at += 2) {
      pairs.push([ranges[at] as number, ranges[at + 1] as number]);
    }
  }
  pairs.sort((a, b) => a[0] - b[0]);
  const united: number[] = [];
  for (const [from, to] of pairs) appendRange(united, from, to);
  return united;
}

/** Adds a range that begins no earlier than the last one. */
function appendRange(united: number[], from: number, to: number): void {
  const last = united.length - 1;
  if (last > 0 && from <= (united[last] as number) + 1) {
    united[last] = Math.max(united[last] as number, to);
  } else {
    united.push(from, to);
  }
}

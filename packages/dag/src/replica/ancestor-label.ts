/**
 * Which vertices are ancestors of one (itself included), as ranges of local
 * positions. Positions grow in order of arrival and parents arrive first, so a
 * quiet history is one range, and a partition adds one or two.
 */
export interface AncestorLabel {
  /** Inclusive ranges `[from, to, from, to, …]`, ascending, not touching. All are ancestors. */
  readonly ranges: readonly number[];
  /** From here on, what is outside of the ranges is no ancestor; below, it may be one. */
  readonly exactFrom: number;
}

/** What a label knows about a position. */
export type LabelVerdict = 'ancestor' | 'no-ancestor' | 'unknown';

/** Most ranges of a label: bounds its size and the work of making the next one. */
export const MAX_LABEL_RANGES = 64;

/** The label of a vertex at `position` (greater than all others) with these parents. */
export function labelAbove(position: number, parents: readonly AncestorLabel[]): AncestorLabel {
  const { ranges, exactFrom } = uniteLabels(parents);
  return boundLabel(withPosition(ranges, position), exactFrom);
}

/** The positions that are ancestors of any of them. The ranges may exceed the bound of one label. */
export function uniteLabels(labels: readonly AncestorLabel[]): AncestorLabel {
  let ranges: readonly number[] = [];
  let exactFrom = 0;
  for (const label of labels) {
    ranges = ranges.length === 0 ? label.ranges : uniteRanges(ranges, label.ranges);
    exactFrom = Math.max(exactFrom, label.exactFrom);
  }
  return { ranges, exactFrom: floorOf(ranges) + 1 >= exactFrom ? 0 : exactFrom };
}

/** Whether the vertex at `position` is among the ancestors. */
export function judgePosition(label: AncestorLabel, position: number): LabelVerdict {
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

/** The greatest position up to which everything from 0 on is an ancestor; -1 when 0 is not. */
function floorOf(ranges: readonly number[]): number {
  return ranges[0] === 0 ? (ranges[1] as number) : -1;
}

function withPosition(ranges: readonly number[], position: number): number[] {
  const longer = [...ranges];
  if (longer.at(-1) === position - 1) longer[longer.length - 1] = position;
  else longer.push(position, position);
  return longer;
}

/** Forgets the lowest ranges above the floor: recent positions are asked about most. */
function boundLabel(ranges: number[], exactFrom: number): AncestorLabel {
  const excess = (ranges.length >> 1) - MAX_LABEL_RANGES;
  if (excess <= 0) return { ranges, exactFrom };
  const start = ranges[0] === 0 ? 2 : 0;
  const dropped = ranges.splice(start, 2 * excess);
  return { ranges, exactFrom: Math.max(exactFrom, (dropped.at(-1) as number) + 1) };
}

function uniteRanges(a: readonly number[], b: readonly number[]): readonly number[] {
  const united: number[] = [];
  let atA = 0;
  let atB = 0;
  while (atA < a.length || atB < b.length) {
    const fromA = a[atA] ?? Number.POSITIVE_INFINITY;
    const fromB = b[atB] ?? Number.POSITIVE_INFINITY;
    const takesA = fromA <= fromB;
    const from = takesA ? fromA : fromB;
    const to = (takesA ? a[atA + 1] : b[atB + 1]) as number;
    if (takesA) atA += 2;
    else atB += 2;
    const last = united.length - 1;
    if (last > 0 && from <= (united[last] as number) + 1) {
      united[last] = Math.max(united[last] as number, to);
    } else {
      united.push(from, to);
    }
  }
  return united;
}

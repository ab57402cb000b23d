import { equalBytes } from '@pars/base';
import type { Element, Run, RunPlace } from '../crdt/rga-run.ts';
import { createRunTree, type RunTree } from '../crdt/rga-tree.ts';
import type { DocumentScalar, Mark } from './document-edit.ts';
import type { TextSpan } from './document-value.ts';
import { compareStamps, type EditStamp } from './edit-stamp.ts';

/** A text: its code points, removed ones too, and every mark that was ever set or taken away. */
export interface TextPart {
  readonly tree: RunTree;
  readonly marks: TextMark[];
}

/** One edit of marks. */
export interface TextMark {
  readonly stamp: EditStamp;
  readonly mark: Mark;
  /** Absent: the mark is taken away. */
  readonly value: DocumentScalar | undefined;
  readonly from: Element;
  /** Where it ends; absent: with the text. */
  readonly until: RunPlace | undefined;
}

export function createTextPart(): TextPart {
  return { tree: createRunTree(), marks: [] };
}

/**
 * The text as it is shown. Of the edits of one mark that lie over a code point
 * the latest counts. Takes time in proportion to the elements and the marks.
 */
export function readSpans(
  elements: readonly Element[],
  isShown: (index: number, element: Element) => boolean,
  marks: readonly TextMark[],
): readonly TextSpan[] {
  const turns = turnsOf(marks);
  const cover = createCover();
  const spans: { text: string[]; marks: Marks | undefined }[] = [];
  for (const [index, element] of elements.entries()) {
    const { run, offset } = element;
    const here = turns.size === 0 ? undefined : turns.get(run)?.get(offset);
    if (here !== undefined) cover.turn(here.before);
    if (isShown(index, element)) {
      const covering = cover.marks();
      const last = spans.at(-1);
      const character = run.characters[offset] as string;
      if (last !== undefined && areSame(last.marks, covering)) last.text.push(character);
      else spans.push({ text: [character], marks: covering });
    }
    if (here !== undefined) cover.turn(here.after);
  }
  return spans.map(({ text, marks: covering }) =>
    covering === undefined ? { text: text.join('') } : { text: text.join(''), marks: covering },
  );
}

type Marks = NonNullable<TextSpan['marks']>;

/** Where marks begin and end, around one element. */
interface Turns {
  readonly before: Turn[];
  readonly after: Turn[];
}

interface Turn {
  readonly mark: TextMark;
  readonly isStart: boolean;
}

function turnsOf(marks: readonly TextMark[]): ReadonlyMap<Run, ReadonlyMap<number, Turns>> {
  const turns = new Map<Run, Map<number, Turns>>();
  const at = (run: Run, offset: number): Turns => {
    const ofRun = turns.get(run) ?? new Map<number, Turns>();
    turns.set(run, ofRun);
    const here = ofRun.get(offset) ?? { before: [], after: [] };
    ofRun.set(offset, here);
    return here;
  };
  // All ends first: a mark that ends where it begins covers nothing.
  for (const mark of marks) {
    const { until } = mark;
    if (until === undefined) continue;
    at(until.parent, until.offset)[until.side].push({ mark, isStart: false });
  }
  for (const mark of marks) {
    at(mark.from.run, mark.from.offset).before.push({ mark, isStart: true });
  }
  return turns;
}

interface Cover {
  turn(turns: readonly Turn[]): void;
  /** What counts now; `undefined` when nothing does. The same object until the next turn. */
  marks(): Marks | undefined;
}

function createCover(): Cover {
  /** By mark, ascending. */
  const open = new Map<Mark, TextMark[]>();
  const ended = new Set<TextMark>();
  let current: Marks | undefined;
  let isFresh = true;
  return {
    turn(turns) {
      if (turns.length > 0) isFresh = false;
      for (const { mark, isStart } of turns) {
        const covering = open.get(mark.mark) ?? [];
        open.set(mark.mark, covering);
        const place = placeOf(covering, mark);
        if (!isStart) ended.add(mark);
        if (isStart && !ended.has(mark)) covering.splice(place, 0, mark);
        if (!isStart && covering[place] === mark) covering.splice(place, 1);
      }
    },
    marks() {
      if (isFresh) return current;
      const entries: [Mark, DocumentScalar][] = [];
      for (const [mark, covering] of open) {
        const value = covering.at(-1)?.value;
        if (value !== undefined) entries.push([mark, value]);
      }
      entries.sort(([a], [b]) => (a < b ? -1 : 1));
      current = entries.length === 0 ? undefined : Object.fromEntries(entries);
      isFresh = true;
      return current;
    },
  };
}

/** Where a mark stands, or would stand, among those in ascending order. */
function placeOf(ascending: readonly TextMark[], { stamp }: TextMark): number {
  let [low, high] = [0, ascending.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (compareStamps((ascending[middle] as TextMark).stamp, stamp) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

function areSame(a: Marks | undefined, b: Marks | undefined): boolean {
  if (a === b) return true;
  if (a === undefined || b === undefined) return false;
  const [entriesA, entriesB] = [Object.entries(a), Object.entries(b)];
  if (entriesA.length !== entriesB.length) return false;
  return entriesA.every(([mark, value], at) => {
    const [otherMark, other] = entriesB[at] as (typeof entriesB)[number];
    return mark === otherMark && areSameScalars(value, other);
  });
}

function areSameScalars(a: DocumentScalar, b: DocumentScalar): boolean {
  if (a instanceof Uint8Array && b instanceof Uint8Array) return equalBytes(a, b);
  return a === b;
}

import { ParsError } from '@pars/base';
import type { Element, Run, RunPlace } from '../crdt/rga-run.ts';
import type { DocumentScalar, Mark } from './document-edit.ts';
import type { TextSpan } from './document-value.ts';
import type { EditStamp } from './edit-stamp.ts';
import { readSpans, type TextMark, type TextPart } from './text-part.ts';

/**
 * A text as one person sees it while they write: what was there when they began,
 * and what they did. Positions count code points that are shown.
 */
export interface DraftText {
  readonly length: number;
  spans(): readonly TextSpan[];
  /** Puts text before what is shown at `at`, and says where that is. */
  insert(id: Uint8Array, at: number, characters: readonly string[]): RunPlace | undefined;
  /** Hides what is shown there, and says what it was. */
  remove(at: number, count: number): readonly Element[];
  /** Where a mark over what is shown there begins and ends. */
  rangeOf(at: number, count: number, mark: Mark): Pick<TextMark, 'from' | 'until'>;
  mark(
    stamp: EditStamp,
    mark: Mark,
    range: Pick<TextMark, 'from' | 'until'>,
    value: DocumentScalar | undefined,
  ): void;
  /** What is shown there. */
  shown(at: number, count: number): readonly Element[];
  /** To be called before the text itself changes. */
  freeze(): void;
}

/** Text typed at the end of a mark belongs to it, except for those that name a passage. */
const PASSAGES: ReadonlySet<Mark> = new Set(['link', 'comment', 'code']);

/** The number of a run of the draft itself. */
const OWN = -1;

/**
 * On what `part` holds now. Typing in one go, or one removal, is done without a
 * copy of the text; anything else makes one, and so does freezing.
 */
export function createDraftText(part: TextPart): DraftText {
  const { tree } = part;
  /** What was done before there is a copy. */
  const pending: ((copy: TextCopy) => void)[] = [];
  let added = 0;
  let typed: { readonly run: Run; readonly end: number } | undefined;
  let whole: TextCopy | undefined;

  function copy(): TextCopy {
    if (whole === undefined) {
      whole = copyText(part);
      for (const redo of pending) redo(whole);
    }
    return whole;
  }

  const length = () => whole?.length ?? tree.visibleCount + added;

  /** Where typing goes on or begins, as the copy would say; `undefined` where only the copy knows. */
  function placeWithoutCopy(at: number): { readonly place: RunPlace | undefined } | undefined {
    if (whole !== undefined) return undefined;
    if (typed?.end === at) {
      const { run } = typed;
      return { place: { parent: run, offset: run.characters.length - 1, side: 'after' } };
    }
    if (pending.length > 0) return undefined;
    const behind = at === 0 ? undefined : tree.visible(at - 1, 1)[0];
    return { place: tree.placeBehind(behind) };
  }

  return {
    get length() {
      return length();
    },
    spans: () => copy().spans(),
    insert(id, at, characters) {
      requireRange(at, 0, length());
      const found = placeWithoutCopy(at);
      if (found === undefined) return copy().insert(id, at, characters);
      const run = createOwnRun(id, characters, found.place);
      typed = { run, end: at + characters.length };
      added += characters.length;
      pending.push((text) => text.insert(id, at, characters));
      return found.place;
    },
    remove(at, count) {
      requireRange(at, count, length());
      if (whole !== undefined || pending.length > 0) return copy().remove(at, count);
      added -= count;
      pending.push((text) => text.remove(at, count));
      return tree.visible(at, count);
    },
    rangeOf: (at, count, mark) => copy().rangeOf(at, count, mark),
    mark: (stamp, mark, range, value) => copy().mark(stamp, mark, range, value),
    shown(at, count) {
      requireRange(at, count, length());
      if (whole === undefined && pending.length === 0) return tree.visible(at, count);
      return copy().shown(at, count);
    },
    freeze() {
      copy();
    },
  };
}

type TextCopy = Omit<DraftText, 'freeze'>;

function requireRange(at: number, count: number, length: number): void {
  const isWhole = Number.isSafeInteger(at) && Number.isSafeInteger(count);
  if (!isWhole || at < 0 || count < 0 || at + count > length) {
    throw new ParsError('dag/argument', { what: 'place in a text' });
  }
}

function createOwnRun(
  id: Uint8Array,
  characters: readonly string[],
  place: RunPlace | undefined,
): Run {
  return {
    id,
    number: OWN,
    characters,
    removed: new Uint8Array(characters.length),
    place,
    before: new Map(),
    after: [],
  };
}

/** All that `part` holds now; what it gets later is not seen. */
function copyText(part: TextPart): TextCopy {
  const elements = part.tree.elements();
  const isShown = part.tree.shown();
  const marks: TextMark[] = [...part.marks];
  const { runCount } = part.tree;
  let length = part.tree.visibleCount;
  /** Runs after whose last element the draft has put something. */
  const taken = new Set<Run>();

  /** Where among all elements the `at`th of those that are shown stands. */
  function indexOf(at: number): number {
    let left = at;
    for (let index = 0; index < elements.length; index += 1) {
      if (isShown[index] !== true) continue;
      if (left === 0) return index;
      left -= 1;
    }
    throw new ParsError('dag/argument', { what: 'place in a text' });
  }

  function placeBehind(index: number): RunPlace | undefined {
    const behind = elements[index];
    const next = elements[index + 1];
    const isFree = behind === undefined ? next === undefined : isEndOfRun(behind);
    if (!isFree && next !== undefined) {
      return { parent: next.run, offset: next.offset, side: 'before' };
    }
    if (behind === undefined) return undefined;
    return { parent: behind.run, offset: behind.offset, side: 'after' };
  }

  /** Whether it is the last of its run, and nothing that is seen here hangs on it. */
  function isEndOfRun({ run, offset }: Element): boolean {
    if (offset !== run.characters.length - 1 || taken.has(run)) return false;
    return run.number === OWN || run.after.every(({ number }) => number >= runCount);
  }

  return {
    get length() {
      return length;
    },
    spans: () => readSpans(elements, (index) => isShown[index] === true, marks),
    insert(id, at, characters) {
      requireRange(at, 0, length);
      const index = at === 0 ? -1 : indexOf(at - 1);
      const place = placeBehind(index);
      const run = createOwnRun(id, characters, place);
      if (place?.side === 'after') taken.add(place.parent);
      elements.splice(index + 1, 0, ...characters.map((_, offset) => ({ run, offset })));
      isShown.splice(index + 1, 0, ...characters.map(() => true));
      length += characters.length;
      return place;
    },
    remove(at, count) {
      requireRange(at, count, length);
      const removed: Element[] = [];
      for (let index = indexOf(at); removed.length < count; index += 1) {
        if (isShown[index] !== true) continue;
        isShown[index] = false;
        removed.push(elements[index] as Element);
      }
      length -= count;
      return removed;
    },
    rangeOf(at, count, mark) {
      requireRange(at, count, length);
      const from = elements[indexOf(at)] as Element;
      const lastIndex = indexOf(at + count - 1);
      const last = elements[lastIndex] as Element;
      const next = elements[lastIndex + 1];
      if (PASSAGES.has(mark)) {
        return { from, until: { parent: last.run, offset: last.offset, side: 'after' } };
      }
      const until: RunPlace | undefined =
        next === undefined ? undefined : { parent: next.run, offset: next.offset, side: 'before' };
      return { from, until };
    },
    mark(stamp, mark, { from, until }, value) {
      marks.push({ stamp, mark, value, from, until });
    },
    shown(at, count) {
      requireRange(at, count, length);
      const found: Element[] = [];
      for (let index = count === 0 ? 0 : indexOf(at); found.length < count; index += 1) {
        if (isShown[index] === true) found.push(elements[index] as Element);
      }
      return found;
    },
  };
}

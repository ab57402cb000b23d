import { diffArrays } from 'diff';
import type { ParsedProposal } from './proposal.ts';
import {
  changedFields,
  type FieldChange,
  type SectionText,
  sectionTexts,
} from './proposal-parts.ts';

/** What changed between two versions of a proposal, for a reader. */
export interface ProposalDiff {
  readonly isEqual: boolean;
  /** Fields of the front matter that changed, appeared (`before` is missing) or went. */
  readonly fields: readonly FieldChange[];
  /** Sections that changed, in the order of the newer version; removed ones where they stood. */
  readonly sections: readonly SectionChange[];
}

/** A section (a heading of any level and the text up to the next one) that changed. */
export interface SectionChange {
  /** Title of the heading; empty for text before the first one. */
  readonly title: string;
  readonly level: number;
  readonly slug: string;
  readonly change: 'added' | 'removed' | 'changed';
  readonly lines: readonly DiffLine[];
}

/** One line, in pieces. A line in which only words changed comes twice: removed, then added. */
export interface DiffLine {
  readonly kind: 'same' | 'added' | 'removed' | 'skipped';
  /** `skipped` has one piece: how many equal lines are left out, as a number. */
  readonly pieces: readonly DiffPiece[];
}

/** A piece of a line; `isChanged` marks the words that differ from the other version. */
export interface DiffPiece {
  readonly text: string;
  readonly isChanged: boolean;
}

/** Equal lines that are shown around a change. */
const CONTEXT_LINES = 2;
/** Beyond this many edits a section or line counts as replaced as a whole: the cost is quadratic in it. */
const MAX_EDITS = 500;
/** Longest pair of lines whose words are compared. */
const MAX_COMPARED_LENGTH = 20_000;

/** Compares two versions. White space at line ends and line endings do not count. */
export function diffProposals(before: ParsedProposal, after: ParsedProposal): ProposalDiff {
  const fields = changedFields(before, after);
  const sections = diffSections(sectionTexts(before), sectionTexts(after));
  return { fields, sections, isEqual: fields.length === 0 && sections.length === 0 };
}

function diffSections(
  before: readonly SectionText[],
  after: readonly SectionText[],
): SectionChange[] {
  const changes: SectionChange[] = [];
  const add = (section: SectionText, change: SectionChange['change'], lines: DiffLine[]): void => {
    const { title, level, slug } = section;
    if (lines.length > 0) changes.push({ title, level, slug, change, lines });
  };
  let [oldIndex, youngIndex] = [0, 0];
  const parts = diffArrays([...before], [...after], { comparator: (a, b) => a.slug === b.slug });
  for (const part of parts) {
    for (let count = part.value.length; count > 0; count -= 1) {
      const [old, young] = [before[oldIndex], after[youngIndex]];
      if (part.removed) {
        if (old !== undefined) add(old, 'removed', wholeLines(old.lines, 'removed'));
        oldIndex += 1;
      } else if (part.added) {
        if (young !== undefined) add(young, 'added', wholeLines(young.lines, 'added'));
        youngIndex += 1;
      } else {
        if (old !== undefined && young !== undefined) {
          add(young, 'changed', diffLines(old.lines, young.lines));
        }
        oldIndex += 1;
        youngIndex += 1;
      }
    }
  }
  return changes;
}

function diffLines(before: readonly string[], after: readonly string[]): DiffLine[] {
  const parts = diffArrays([...before], [...after], { maxEditLength: MAX_EDITS });
  if (parts === undefined) return [...wholeLines(before, 'removed'), ...wholeLines(after, 'added')];
  if (parts.every(({ added, removed }) => !added && !removed)) return [];
  const lines: DiffLine[] = [];
  for (let index = 0; index < parts.length; index += 1) {
    const part = parts[index];
    const next = parts[index + 1];
    if (part === undefined) break;
    if (part.removed && next?.added) {
      lines.push(...replacedLines(part.value, next.value));
      index += 1;
    } else if (part.removed) lines.push(...wholeLines(part.value, 'removed'));
    else if (part.added) lines.push(...wholeLines(part.value, 'added'));
    else lines.push(...contextLines(part.value, index > 0, next !== undefined));
  }
  return lines;
}

function replacedLines(before: readonly string[], after: readonly string[]): DiffLine[] {
  const [was, is] = [before.join('\n'), after.join('\n')];
  const words =
    was.length + is.length > MAX_COMPARED_LENGTH
      ? undefined
      : diffArrays(wordsOf(was), wordsOf(is), { maxEditLength: MAX_EDITS });
  if (words === undefined) return [...wholeLines(before, 'removed'), ...wholeLines(after, 'added')];
  const side = (kind: 'removed' | 'added'): DiffLine[] => {
    const lines: DiffPiece[][] = [[]];
    for (const { value, added, removed } of words) {
      if (kind === 'removed' ? added : removed) continue;
      for (const [index, text] of value.join('').split('\n').entries()) {
        if (index > 0) lines.push([]);
        if (text !== '') lines.at(-1)?.push({ text, isChanged: added || removed });
      }
    }
    return lines.map((pieces) => ({ kind, pieces }));
  };
  return [...side('removed'), ...side('added')];
}

let segmenter: Intl.Segmenter | undefined;

/** Words, spaces and marks by the rules of Unicode: no script has its words cut, and ZWNJ joins. */
function wordsOf(text: string): string[] {
  // The same rules whatever the language of the machine; made once, and not before it is needed.
  segmenter ??= new Intl.Segmenter('und', { granularity: 'word' });
  return Array.from(segmenter.segment(text), ({ segment }) => segment);
}

function wholeLines(lines: readonly string[], kind: 'added' | 'removed'): DiffLine[] {
  return lines.map((text) => ({ kind, pieces: [{ text, isChanged: true }] }));
}

function contextLines(lines: readonly string[], isAfter: boolean, isBefore: boolean): DiffLine[] {
  const same = lines.map(
    (text): DiffLine => ({ kind: 'same', pieces: [{ text, isChanged: false }] }),
  );
  const [head, tail] = [isAfter ? CONTEXT_LINES : 0, isBefore ? CONTEXT_LINES : 0];
  const left = same.length - head - tail;
  if (left <= 1) return same;
  const skipped: DiffLine = {
    kind: 'skipped',
    pieces: [{ text: String(left), isChanged: false }],
  };
  return [...same.slice(0, head), skipped, ...same.slice(same.length - tail)];
}

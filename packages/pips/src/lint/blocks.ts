import type { Token } from 'markdown-it';
import type { LintSubject } from './lint-subject.ts';
import type { SourceRange } from './source-range.ts';

/** The lines of a token, without the last line break; the body's start for tokens without a place. */
export function tokenRange({ source, firstBodyLine }: LintSubject, token: Token): SourceRange {
  const [from, to] = token.map ?? [0, 1];
  return {
    offset: source.lineStart(firstBodyLine + from),
    endOffset: source.lineEnd(firstBodyLine + Math.max(to - 1, from)),
  };
}

/** A line of the file, counted from 1, without its line break. */
export function lineRange({ source }: LintSubject, line: number): SourceRange {
  return { offset: source.lineStart(line - 1), endOffset: source.lineEnd(line - 1) };
}

/** Body lines that are code: fences with their two lines, and indented code. Counted from the body's first, from 0. */
export function codeLines({ proposal }: LintSubject): ReadonlySet<number> {
  const lines = new Set<number>();
  for (const { type, map } of proposal.tokens) {
    if ((type !== 'fence' && type !== 'code_block') || map === null) continue;
    for (let line = map[0]; line < map[1]; line += 1) lines.add(line);
  }
  return lines;
}

/** Words of a text, in any script. */
export function countWords(text: string): number {
  return text.match(/[\p{L}\p{N}][\p{L}\p{M}\p{N}\u200c'’-]*/gu)?.length ?? 0;
}

/** Translates between offsets (UTF-16 units), lines and columns of one text. */
export interface SourceText {
  readonly text: string;
  /** Lines, from 0. */
  readonly lineCount: number;
  /** Where a line begins; the text's end for lines after the last. */
  readonly lineStart: (line: number) => number;
  /** Where a line ends, before its line break. */
  readonly lineEnd: (line: number) => number;
  /** Line and column from 1. Offsets outside the text give its start or end. */
  readonly positionAt: (offset: number) => { readonly line: number; readonly column: number };
  /** The line of an offset, from 0. */
  readonly lineAt: (offset: number) => number;
}

/** Line breaks are `\n`, `\r\n` and `\r`, as in CommonMark. */
export function createSourceText(text: string): SourceText {
  const starts = lineStarts(text);
  const lineStart = (line: number): number => starts[line] ?? text.length;
  const lineAt = (offset: number): number => {
    let [low, high] = [0, starts.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (lineStart(middle) <= offset) low = middle;
      else high = middle - 1;
    }
    return low;
  };
  return {
    text,
    lineCount: starts.length,
    lineStart,
    lineEnd: (line) => {
      const end = lineStart(line + 1);
      if (text.startsWith('\r\n', end - 2) && line + 1 < starts.length) return end - 2;
      return line + 1 < starts.length ? end - 1 : end;
    },
    lineAt,
    positionAt: (offset) => {
      const inside = Math.min(Math.max(offset, 0), text.length);
      const line = lineAt(inside);
      return { line: line + 1, column: inside - lineStart(line) + 1 };
    },
  };
}

function lineStarts(text: string): readonly number[] {
  const starts = [0];
  const lineBreak = /\r\n|\r|\n/g;
  while (lineBreak.test(text)) starts.push(lineBreak.lastIndex);
  return starts;
}

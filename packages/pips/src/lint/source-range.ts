/** A range of UTF-16 units of a file. */
export interface SourceRange {
  readonly offset: number;
  readonly endOffset: number;
}

/** Replaces a range by a text. */
export interface TextEdit extends SourceRange {
  readonly replacement: string;
}

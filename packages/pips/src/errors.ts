/** Why a file could not be understood in full. All are findings of the linter too. */
export type PipsErrorCode =
  /** The file exceeds {@link proposalLimits.fileBytes}. It is not parsed at all: split it. */
  | 'pips/file-too-large'
  /** The text holds a lone surrogate, so it has no UTF-8 form. Save it again as UTF-8. */
  | 'pips/not-text'
  /** The first line is not `---`. Begin with the front matter of the template. */
  | 'pips/no-front-matter'
  /** The front matter does not end with a line `---` within its limit. Close it. */
  | 'pips/front-matter-unclosed'
  /** The front matter is no YAML mapping. `message` says where. */
  | 'pips/front-matter-syntax'
  /** A value is neither plain text nor a list of plain texts, or uses anchors, tags, comments. Write it plainly. */
  | 'pips/front-matter-value'
  /** A field stands twice. Keep one. */
  | 'pips/front-matter-duplicate';

/** One problem, with where it is: offsets in UTF-16 units from the start of the text. */
export interface ParseProblem {
  readonly code: PipsErrorCode;
  readonly message: string;
  readonly offset: number;
  readonly endOffset: number;
}

import type { LintFolder, LintSubject } from './lint-subject.ts';
import type { SourceRange, TextEdit } from './source-range.ts';

/** How bad a finding is: an error keeps a proposal out of Review, a warning does not. */
export type Severity = 'error' | 'warning';

/** One thing the linter checks. */
export interface Rule {
  /** Stable; tools may refer to it. */
  readonly id: string;
  readonly severity: Severity;
  /** Which part of a proposal it is about; the rule table has a chapter for each. */
  readonly group: RuleGroup;
  /** What it demands and why, for an author. */
  readonly explanation: string;
  /** Something it finds, and the same without the fault. Both are tests. */
  readonly bad: RuleExample;
  readonly good: RuleExample;
  /** Whether every finding comes with a safe fix. */
  readonly isFixable: boolean;
  readonly check: (subject: LintSubject, report: Report, folder: LintFolder) => void;
}

/** Chapters of the rule table, in their order. */
export type RuleGroup =
  | 'file'
  | 'front matter'
  | 'references'
  | 'lifecycle'
  | 'sections'
  | 'links and images'
  | 'Markdown'
  | 'characters'
  | 'Persian';

/** Tells of a fault between two offsets of the file; `fix` is safe to apply without asking. */
export type Report = (range: SourceRange, message: string, fix?: readonly TextEdit[]) => void;

/** A finding, where it is and what to do. Lines and columns count from 1, columns in UTF-16 units. */
export interface Finding {
  readonly ruleId: string;
  readonly severity: Severity;
  readonly path: string;
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  readonly endColumn: number;
  readonly message: string;
  /** Edits that remove the fault without changing what the proposal says. */
  readonly fix?: readonly TextEdit[];
}

/**
 * An example: a change of an otherwise faultless proposal. Exactly what the
 * rule table shows.
 */
export interface RuleExample {
  /** Lines of the front matter that replace those of the same key, or are added. A value `-` removes the field. */
  readonly fields?: readonly string[];
  /** Text that takes the place of the specification's. */
  readonly body?: string;
  /** The whole body. */
  readonly wholeBody?: string;
  /** The whole file. */
  readonly text?: string;
  /** Another name of the file. */
  readonly path?: string;
  /** Other proposals of the folder, as lines of their front matter. */
  readonly others?: readonly (readonly string[])[];
  /** Earlier versions, oldest first: `date status`, and whether the text was another one. */
  readonly history?: readonly string[];
  /** What to show when the example itself cannot be seen. */
  readonly shown?: string;
}

import type { Token } from 'markdown-it';
import type { ParseProblem } from '../errors.ts';

/** A file of a proposals folder, as it was read. */
export interface ProposalFile {
  /** Path relative to the folder, with `/`: `pip-2000-suite-1.md`. */
  readonly path: string;
  readonly text: string;
}

/** The fields of the front matter that exist and have a usable value (PIP-7001 §2). */
export interface FrontMatter {
  /** Four digits, or `XXXX` as long as there is no number. */
  readonly pip?: string;
  readonly title?: string;
  readonly description?: string;
  /** `Name (@handle)` or `Name <mail>`, several separated by commas. See `authorsFromText`. */
  readonly author?: string;
  readonly status?: string;
  readonly type?: string;
  readonly category?: string;
  /** `YYYY-MM-DD`. */
  readonly created?: string;
  /** Numbers of the proposals without which this one makes no sense. */
  readonly requires?: readonly string[];
  readonly replaces?: readonly string[];
  readonly supersededBy?: string;
  /** An https address or a `pars://` link. */
  readonly discussionsTo?: string;
  /** `en` (default) or `fa`. */
  readonly language?: string;
}

/** A field as it stands in the file. Offsets count UTF-16 units from the start of the text. */
export interface FrontMatterField {
  /** The key as written: `superseded-by`. */
  readonly key: string;
  readonly value: string | readonly string[];
  readonly keyOffset: number;
  /** Start and end of the value; equal when there is none. */
  readonly valueOffset: number;
  readonly valueEnd: number;
}

/** A heading of the body. */
export interface Section {
  /** The heading's text without Markdown. */
  readonly title: string;
  /** 1 to 6. */
  readonly level: number;
  /** Anchor, unique in the file. */
  readonly slug: string;
  /** Line of the heading in the file, from 1. */
  readonly line: number;
}

/** What a file says. Whatever could not be understood is listed in `problems`. */
export interface ParsedProposal {
  readonly file: ProposalFile;
  readonly frontMatter: FrontMatter;
  /** All fields in the order of the file, unknown ones included. */
  readonly fields: readonly FrontMatterField[];
  /** The number, or `undefined` for `XXXX` and for what is no number. */
  readonly number: number | undefined;
  readonly sections: readonly Section[];
  /** The Markdown after the front matter, as written; empty when the file is too large. */
  readonly bodyMarkdown: string;
  /** Where `bodyMarkdown` begins in `file.text`. */
  readonly bodyOffset: number;
  /** `bodyMarkdown`, tokenised by `createProposalMarkdown()`. Lines count from the body's first, from 0. */
  readonly tokens: readonly Token[];
  readonly problems: readonly ParseProblem[];
}

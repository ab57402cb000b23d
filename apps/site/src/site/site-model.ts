import type { Author, CategoryName, ParsedProposal, Status } from '@pars/pips';
import type { Language } from '../language/language.ts';

/** The value of the field `type`. */
export type ProposalType = 'Standards Track' | 'Informational' | 'Process';

/** The kinds of proposals, in the order in which they are listed. */
export const proposalTypes: readonly ProposalType[] = [
  'Standards Track',
  'Informational',
  'Process',
];

/** A proposal whose front matter says everything that a page needs. */
export interface ReadableProposal {
  readonly kind: 'readable';
  /** `pip-2000-suite-1.md`, the name of its file. */
  readonly fileName: string;
  /** `pip-2000-suite-1`, the name of its folder on the site. */
  readonly slug: string;
  /** Four digits, or `XXXX`. */
  readonly number: string;
  readonly title: string;
  readonly description: string;
  readonly authors: readonly Author[];
  readonly status: Status;
  readonly type: ProposalType;
  readonly category: CategoryName;
  /** `YYYY-MM-DD`. */
  readonly created: string;
  /** The language in which it is written. */
  readonly language: Language;
  readonly requires: readonly Reference[];
  readonly requiredBy: readonly Reference[];
  readonly replaces: readonly Reference[];
  readonly replacedBy: readonly Reference[];
  /** An https address; anything else is left out. */
  readonly discussion: string | undefined;
  /** SHA3-256 of the canonical bytes, 64 hexadecimal digits. */
  readonly contentHash: string;
  readonly parsed: ParsedProposal;
}

/** Another proposal, as far as this site has it. */
export interface Reference {
  /** Four digits, or `XXXX`. */
  readonly number: string;
  /** The folder of its page; `undefined` when it is not here or cannot be read. */
  readonly slug: string | undefined;
}

/** A file of which nothing is believed, because it breaks the format. */
export interface UnreadableProposal {
  readonly kind: 'unreadable';
  readonly fileName: string;
  readonly slug: string;
  readonly text: string;
  readonly reasons: readonly UnreadableReason[];
}

/** What is wrong, and where; lines and columns count from 1. */
export interface UnreadableReason {
  readonly message: string;
  readonly line: number;
  readonly column: number;
}

/** One recorded version of a proposal. */
export interface Version {
  /** The commit, 40 or 64 hexadecimal digits. */
  readonly commit: string;
  /** Seconds since 1970. */
  readonly time: number;
  /** First line of the commit's message. */
  readonly subject: string;
  /** The file as it was, or `undefined` when it was too large to read. */
  readonly text: string | undefined;
}

/** What is recorded about a file, newest version first. */
export interface ProposalHistory {
  readonly versions: readonly Version[];
  /** How many older versions there are beyond the ones given. */
  readonly olderCount: number;
}

/** Why no page has a history: there is no repository to ask, or it holds more than is read. */
export type HistoryAbsence = 'no-repository' | 'too-much';

/** The histories by file name, or why there are none. */
export type SiteHistory = ReadonlyMap<string, ProposalHistory> | HistoryAbsence;

/** Everything that a site is made of. The same input gives the same bytes. */
export interface SiteInput {
  /** The proposals, by the name of their file. */
  readonly files: ReadonlyMap<string, string>;
  /** Pictures below `assets/` of the proposals folder, by their path from that folder. */
  readonly pictures: ReadonlyMap<string, Uint8Array>;
  /** `pip-template.md`, where there is one. */
  readonly template: string | undefined;
  /** `LICENSE.md`, where there is one. */
  readonly licence: string | undefined;
  readonly history: SiteHistory;
  /** Style sheet and scripts, by the name they have on the site. */
  readonly assets: ReadonlyMap<string, string>;
  /** Where the site will be served, for the feed: an https address or an absolute path, ending in `/`. */
  readonly base: string | undefined;
}

/** The files of a site by their path from its root, with `/`. */
export type SiteFiles = ReadonlyMap<string, string | Uint8Array>;

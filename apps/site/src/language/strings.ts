import type { CategoryName, Status } from '@pars/pips';
import type { ProposalType } from '../site/site-model.ts';

/** A name and one sentence about it. */
export interface NamedThing {
  readonly name: string;
  readonly about: string;
}

/**
 * Every text of the frame. Both languages fill it in completely: a missing, surplus
 * or wrongly shaped entry does not compile. Numbers arrive formatted.
 */
export interface Strings {
  readonly languageName: string;
  readonly frame: {
    readonly siteName: string;
    readonly shortName: string;
    readonly skip: string;
    readonly sections: string;
    readonly home: string;
    readonly proposals: string;
    readonly search: string;
    readonly contribute: string;
    readonly otherLanguage: string;
    readonly toDark: string;
    readonly toLight: string;
    readonly notOnLedger: string;
    readonly feed: string;
    readonly noRequests: string;
    readonly licence: string;
  };
  readonly home: {
    readonly title: string;
    readonly lead: string;
    readonly browse: string;
    readonly write: string;
    readonly overviewTitle: string;
    readonly overview: readonly string[];
    readonly overviewLink: string;
    readonly featuresTitle: string;
    readonly featuresLead: string;
    readonly features: Readonly<Record<Feature, NamedThing>>;
    readonly notWritten: string;
    readonly categoriesTitle: string;
    readonly categoriesLead: string;
    readonly lifecycleTitle: string;
    readonly lifecycleLead: string;
    readonly principlesTitle: string;
    readonly principles: readonly NamedThing[];
    readonly contributingTitle: string;
    readonly contributing: string;
    readonly contributingLink: string;
    readonly process: string;
  };
  readonly categories: Readonly<Record<CategoryName, NamedThing>>;
  readonly statuses: Readonly<Record<Status, NamedThing>>;
  readonly types: Readonly<Record<ProposalType, string>>;
  readonly index: {
    readonly title: string;
    readonly lead: string;
    readonly arrangements: string;
    readonly byCategory: string;
    readonly byStatus: string;
    readonly byAuthor: string;
    readonly byCategoryTitle: string;
    readonly byStatusTitle: string;
    readonly byAuthorTitle: string;
    readonly noneInCategory: string;
    readonly none: string;
    readonly count: (count: string, isOne: boolean) => string;
    readonly unreadable: string;
    readonly unreadableAbout: string;
  };
  readonly proposal: {
    readonly by: string;
    readonly now: string;
    readonly and: string;
    readonly comma: string;
    readonly life: string;
    readonly claim: string;
    readonly fingerprint: string;
    readonly facts: string;
    readonly status: string;
    readonly category: string;
    readonly type: string;
    readonly requires: string;
    readonly requiredBy: string;
    readonly replaces: string;
    readonly replacedBy: string;
    readonly discussion: string;
    readonly history: string;
    readonly versions: (count: string) => string;
    readonly historyUnavailable: string;
    readonly historyTooLarge: string;
    readonly notRecorded: string;
    readonly source: string;
    readonly contents: string;
    readonly footnotes: string;
    readonly footnote: (number: string) => string;
    readonly footnoteBack: (number: string) => string;
    readonly table: string;
    readonly diagram: string;
    readonly diagramSource: string;
    readonly diagramFailed: string;
    readonly missing: string;
    readonly unreadableTitle: string;
    readonly unreadableLead: string;
    readonly line: (line: string, column: string) => string;
    readonly sourceText: string;
  };
  readonly history: {
    readonly title: (name: string) => string;
    readonly back: string;
    readonly lead: string;
    readonly first: string;
    readonly uncommitted: string;
    readonly unavailable: string;
    readonly older: (count: string) => string;
    readonly commit: string;
    readonly changes: string;
    readonly same: string;
    readonly skipped: (count: string) => string;
  };
  readonly search: {
    readonly title: string;
    readonly label: string;
    readonly help: string;
    readonly results: string;
    readonly none: string;
    readonly one: string;
    readonly many: string;
    readonly needsScript: string;
  };
  readonly contribute: {
    readonly title: string;
    readonly lead: string;
    readonly stepsTitle: string;
    readonly steps: readonly ContributionStep[];
    readonly numberTitle: string;
    readonly number: string;
    readonly judgedTitle: string;
    readonly judged: readonly string[];
    readonly templateTitle: string;
    readonly template: string;
    readonly templateMissing: string;
  };
}

/** The six features of the home page. */
export type Feature = 'core' | 'postQuantum' | 'mesh' | 'coercion' | 'governance' | 'mobile';

/** What to do, and the command that does it where there is one. */
export interface ContributionStep extends NamedThing {
  readonly command: string | undefined;
}

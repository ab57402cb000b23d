import { foldPersian } from '@pars/base';

/** The terms of a text, as they are indexed and looked up: folded words and numbers. */
export function searchTerms(text: string): string[] {
  return foldPersian(text)
    .split(/[^\p{L}\p{N}\p{M}]+/u)
    .filter((term) => term !== '');
}

/** One proposal in the index of the search page. */
export interface SearchDocument {
  readonly id: number;
  readonly number: string;
  readonly title: string;
  readonly description: string;
  readonly authors: string;
  readonly text: string;
  readonly slug: string;
  readonly status: string;
  readonly language: string;
}

/** How the index is made and read; both sides must agree. */
export const searchOptions: {
  fields: string[];
  storeFields: string[];
  tokenize: (text: string) => string[];
  processTerm: (term: string) => string;
} = {
  fields: ['number', 'title', 'description', 'authors', 'text'],
  storeFields: ['number', 'title', 'description', 'slug', 'status', 'language'],
  tokenize: searchTerms,
  // The terms are folded already, all at once: folding each again would cost most of the time.
  processTerm: (term) => term,
};

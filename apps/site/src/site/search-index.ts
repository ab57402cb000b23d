import MiniSearch from 'minisearch';
import { type SearchDocument, searchOptions } from '../client/search-terms.ts';
import type { ReadableProposal } from './site-model.ts';

/** Text of one proposal that can be searched for, in UTF-16 units. */
const MAX_TEXT_LENGTH = 65_536;

/** The index of all proposals; `textOf` gives the words of a body. */
export function createSearchIndex(
  proposals: readonly ReadableProposal[],
  textOf: (proposal: ReadableProposal) => string,
): MiniSearch<SearchDocument> {
  const index = new MiniSearch<SearchDocument>(searchOptions);
  index.addAll(
    proposals.map((proposal, id) => ({
      id,
      number: proposal.number,
      title: proposal.title,
      description: proposal.description,
      authors: proposal.authors.flatMap(({ name, handle }) => [name, handle ?? '']).join(' '),
      text: textOf(proposal).slice(0, MAX_TEXT_LENGTH),
      slug: proposal.slug,
      status: proposal.status,
      language: proposal.language,
    })),
  );
  return index;
}

/** The index as a script, because pages from a folder may not fetch. One text is read faster than one object. */
export function searchIndexScript(index: MiniSearch<SearchDocument>): string {
  const json = JSON.stringify(index)
    .replaceAll('\\', '\\\\')
    .replaceAll("'", "\\'")
    .replaceAll('\u2028', '\\u2028')
    .replaceAll('\u2029', '\\u2029');
  return `globalThis.parsSearchIndex = '${json}';\n`;
}

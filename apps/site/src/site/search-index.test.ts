import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, test } from 'node:test';
import { runInNewContext } from 'node:vm';
import MiniSearch from 'minisearch';
import { searchIndex } from '../client/search.ts';
import { type SearchDocument, searchOptions } from '../client/search-terms.ts';
import { readCollection } from './read-collection.ts';
import { createSearchIndex, searchIndexScript } from './search-index.ts';
import { proposalText } from './site-fixture.ts';

const files = new Map([
  ['pip-1000-link.md', proposalText({ title: 'Links', author: 'Café (@cafe)' })],
  [
    'pip-1001-persian.md',
    proposalText({
      pip: '1001',
      title: 'می‌خواهم کتاب آبی',
      description: 'بستهٔ ۱۲',
      language: 'fa',
    }),
  ],
]);
const { readable } = readCollection(files, (bytes) =>
  createHash('sha3-256').update(bytes).digest(),
);
const built = createSearchIndex(readable, ({ slug }) => `words of ${slug} mailbox'\\ \u2028`);

/** The index as a browser gets it. */
function loaded(): MiniSearch<SearchDocument> {
  const page: { parsSearchIndex?: string } = {};
  runInNewContext(searchIndexScript(built), page);
  return MiniSearch.loadJSON<SearchDocument>(page.parsSearchIndex ?? '', searchOptions);
}

describe('search', () => {
  const find = (query: string): readonly string[] =>
    searchIndex(loaded(), query).map(({ number }) => number);

  for (const [why, query, found] of [
    ['a number', '1001', ['1001']],
    ['a word of the title, begun', 'lin', ['1000']],
    ['a mistyped word', 'mailbux', ['1000', '1001']],
    ['an author with an accent', 'cafe', ['1000']],
    ['words with a ZWNJ, typed without', 'میخواهم', ['1001']],
    ['Arabic letters', 'كتاب', ['1001']],
    ['an alef without madda', 'ابی', ['1001']],
    ['Persian digits', '۱۲', ['1001']],
    ['Latin digits', '12', ['1001']],
    ['every word of the query', 'links کتاب', []],
    ['nothing', '', []],
    ['marks alone', '.,!', []],
  ] as const) {
    test(`finds ${why}`, () => assert.deepEqual([...find(query)].toSorted(), found));
  }

  test('a title counts more than a text', () => {
    assert.equal(find('link')[0], '1000');
  });
});

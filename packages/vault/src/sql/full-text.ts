import { foldPersian } from '@pars/base';

/** Words of a query that are looked for, at most. */
const MAX_WORDS = 16;

/**
 * What to store in an FTS5 table for a text, so that it is found however it
 * was typed. The table is contentless (`content=''`) or keeps this form alone;
 * never show it.
 */
export function searchableText(text: string): string {
  return foldPersian(text);
}

/**
 * The FTS5 expression that finds texts which have all words of a query, the
 * last one also as the beginning of a word; `undefined` when it has no word.
 * No character of the query has a meaning of its own.
 */
export function matchExpression(query: string): string | undefined {
  const words = foldPersian(query)
    .split(/[^\p{L}\p{N}\p{M}\p{Co}]+/u)
    .filter((word) => word !== '')
    .slice(0, MAX_WORDS);
  if (words.length === 0) return undefined;
  return `${words.map((word) => `"${word}"`).join(' ')} *`;
}

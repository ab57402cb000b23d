import MiniSearch from 'minisearch';
import { type SearchDocument, searchOptions } from './search-terms.ts';

/** What `search-index.js` leaves behind. */
interface SearchPage {
  readonly parsSearchIndex?: string;
}

/** What the index gives back for each proposal that was found. */
type Found = Pick<
  SearchDocument,
  'number' | 'title' | 'description' | 'slug' | 'status' | 'language'
>;

/** Proposals that are shown, at most. */
const MAX_SHOWN = 30;

/** Brings the search page to life. Results are built as elements and texts, never as markup. */
export function startSearch(): void {
  const query = document.getElementById('site:query');
  const results = document.getElementById('site:results');
  const count = document.getElementById('site:count');
  const form = document.getElementById('site:form');
  const { parsSearchIndex } = globalThis as SearchPage;
  if (
    !(query instanceof HTMLInputElement) ||
    !(form instanceof HTMLFormElement) ||
    results === null ||
    count === null ||
    parsSearchIndex === undefined
  ) {
    return;
  }
  const index = MiniSearch.loadJSON<SearchDocument>(parsSearchIndex, searchOptions);
  const tags = JSON.parse(results.dataset['tags'] ?? '{}') as Record<string, [string, string]>;
  const numbers = new Intl.NumberFormat(document.documentElement.lang);

  const show = (): void => {
    const text = query.value;
    const found = searchIndex(index, text);
    results.replaceChildren(...found.slice(0, MAX_SHOWN).map(showFound));
    results.hidden = found.length === 0;
    count.textContent = text.trim() === '' ? '' : countText(found.length);
  };

  const countText = (length: number): string => {
    const { none = '', one = '', many = '' } = count.dataset;
    if (length === 0) return none;
    return length === 1 ? one : many.replace('{count}', numbers.format(length));
  };

  const showFound = (found: Found): HTMLElement => {
    const [tone = '', status = found.status] = tags[found.status] ?? [];
    const link = element('a', 'row');
    link.setAttribute('href', `${results.dataset['tree'] ?? ''}PIPs/${found.slug}/index.html`);
    const number = element('bdi', 'pip', `PIP-${found.number}`);
    number.dir = 'ltr';
    const line = element('span', 'line');
    line.append(number, element('span', `tag${tone}`, status));
    link.append(
      line,
      ownText('name', found.title, found),
      ownText('sub', found.description, found),
    );
    const item = element('li', '');
    item.append(link);
    return item;
  };

  query.addEventListener('input', show);
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    show();
  });
  query.value = new URLSearchParams(location.search).get('q') ?? '';
  document.getElementById('site:no-script')?.remove();
  form.hidden = false;
  show();
}

/** The proposals that hold every word of the query, the best first. A bounded query costs a bounded time. */
export function searchIndex(index: MiniSearch<SearchDocument>, query: string): readonly Found[] {
  return index.search(query.slice(0, 200), {
    combineWith: 'AND',
    boost: { number: 8, title: 4, description: 2, authors: 2 },
    // One letter begins too many words, and a short word resembles too many others.
    prefix: (term) => term.length > 1,
    fuzzy: (term) => (term.length > 4 ? 0.2 : false),
    maxFuzzy: 2,
  }) as unknown as readonly Found[];
}

function element(name: string, className: string, text = ''): HTMLElement {
  const made = document.createElement(name);
  made.className = className;
  made.textContent = text;
  return made;
}

function ownText(className: string, text: string, { language }: Found): HTMLElement {
  const own = element('bdi', '', text);
  own.lang = language;
  own.dir = language === 'fa' ? 'rtl' : 'ltr';
  const outer = element('span', className);
  outer.append(own);
  return outer;
}

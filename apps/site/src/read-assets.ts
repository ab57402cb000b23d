import { readFile } from 'node:fs/promises';
import { starFile } from './pages/icons.ts';
import { createClassicScript, type ModuleSource, withoutDeadSpace } from './site/classic-script.ts';

/** The style sheet and the scripts of every site, by their name on it. */
export async function readAssets(): Promise<ReadonlyMap<string, string>> {
  const styles = await Promise.all(STYLES.map(readText));
  const [terms, search, theme, reader] = await Promise.all(SCRIPTS.map(readModule));
  if (!terms || !search || !theme || !reader) throw new Error('a script of the site is missing');
  const fold = await readModule(foldPersianSource());
  const miniSearch = await readText(new URL('../umd/index.js', import.meta.resolve('minisearch')));
  return new Map([
    ['site.css', styles.join('\n')],
    ['theme.js', createClassicScript([theme], 'startTheme')],
    ['reader.js', createClassicScript([reader], 'startReader')],
    ['search.js', createClassicScript([fold, terms, search], 'startSearch')],
    ['minisearch.js', `${MINISEARCH_NOTICE}\n${withoutMap(miniSearch)}\n`],
    ['star.svg', starFile],
  ]);
}

const MINISEARCH_NOTICE = '/* MiniSearch, copyright Luca Ongaro, MIT licence */';

/** Browsers would ask for the map, and there is none on the site. */
function withoutMap(script: string): string {
  return withoutDeadSpace(script.replace(/^\/\/# sourceMappingURL=.*$/m, ''));
}

const STYLES = [
  new URL('./style/tokens.css', import.meta.url),
  new URL('./style/site.css', import.meta.url),
  new URL('./style/print.css', import.meta.url),
];

const SCRIPTS = [
  new URL('./client/search-terms.ts', import.meta.url),
  new URL('./client/search.ts', import.meta.url),
  new URL('./client/theme.ts', import.meta.url),
  new URL('./client/reader.ts', import.meta.url),
];

/** The very function that folds the index folds the query: it is taken from where `@pars/base` keeps it. */
function foldPersianSource(): URL {
  const entry = import.meta.resolve('@pars/base');
  return new URL(`./text/fold-persian${entry.endsWith('.ts') ? '.ts' : '.js'}`, entry);
}

async function readModule(url: URL): Promise<ModuleSource> {
  return { text: await readText(url), kind: url.pathname.endsWith('.ts') ? 'ts' : 'js' };
}

function readText(url: URL): Promise<string> {
  return readFile(url, 'utf8');
}

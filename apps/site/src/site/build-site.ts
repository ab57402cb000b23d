import type { CodeHighlighter } from '../content/code-highlighter.ts';
import { redrawDiagram } from '../content/diagram-drawing.ts';
import type { DiagramRenderer } from '../content/diagram-renderer.ts';
import {
  type BodyContext,
  type ProposalBody,
  parseBody,
  renderBody,
} from '../content/proposal-body.ts';
import type { Html } from '../html/html.ts';
import { type Language, languages } from '../language/language.ts';
import { atomFeed } from '../pages/feed.ts';
import { type ChangeLog, createChangeLog, historyPage } from '../pages/history-page.ts';
import { homePage } from '../pages/home-page.ts';
import { type Arrangement, arrangements, indexPage } from '../pages/index-pages.ts';
import { createPlace, type PageContent, type Place, renderPage, sitePath } from '../pages/page.ts';
import { proposalDetailPage, unreadablePage } from '../pages/proposal-page.ts';
import { contributePage, licencePage, searchPage } from '../pages/text-pages.ts';
import { type Collection, readCollection } from './read-collection.ts';
import { createSearchIndex, searchIndexScript } from './search-index.ts';
import type {
  HistoryAbsence,
  ProposalHistory,
  ReadableProposal,
  SiteFiles,
  SiteInput,
} from './site-model.ts';

/** What building needs from outside: nothing of it changes what a page says. */
export interface SiteTools {
  readonly sha3: (bytes: Uint8Array) => Uint8Array;
  readonly highlighter: CodeHighlighter;
  readonly diagrams: Pick<DiagramRenderer, 'render'>;
}

/** Makes every file of the site, sorted by path. The same input gives the same bytes. */
export async function buildSite(input: SiteInput, tools: SiteTools): Promise<SiteFiles> {
  const collection = readCollection(input.files, tools.sha3);
  const readings = new Map<ReadableProposal, Reading>();
  for (const proposal of collection.readable) {
    readings.set(proposal, await readProposal(proposal, input, tools));
  }
  const files = new Map<string, string | Uint8Array>();
  const pages = linkablePages(collection, readings);
  for (const language of languages) {
    addTree({ input, tools, collection, readings, pages, language, files });
  }
  for (const [name, text] of input.assets) files.set(`assets/${name}`, text);
  const index = createSearchIndex(
    collection.readable,
    (proposal) => readings.get(proposal)?.body.plainText ?? '',
  );
  files.set('assets/search-index.js', searchIndexScript(index));
  addSources(input, collection, files);
  return new Map([...files].toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

/** What is worked out once for both trees. */
interface Reading {
  readonly body: ProposalBody;
  readonly drawings: ReadonlyMap<string, DrawingByLanguage>;
  readonly log: ChangeLog | undefined;
}

type DrawingByLanguage = Readonly<Record<Language, Html | undefined>>;

async function readProposal(
  proposal: ReadableProposal,
  input: SiteInput,
  tools: SiteTools,
): Promise<Reading> {
  const body = parseBody(proposal.parsed.bodyMarkdown);
  const drawings = new Map<string, DrawingByLanguage>();
  for (const dot of new Set(body.diagrams)) {
    const svg = await tools.diagrams.render(dot);
    const draw = (language: Language): Html | undefined =>
      svg === undefined
        ? undefined
        : redrawDiagram(svg, createPlace(language, '').words.proposal.diagram);
    drawings.set(dot, { en: draw('en'), fa: draw('fa') });
  }
  const history = historyOf(input, proposal);
  return {
    body,
    drawings,
    log:
      typeof history === 'string' || history.versions.length === 0
        ? undefined
        : createChangeLog(proposal, history),
  };
}

function historyOf(
  { history }: SiteInput,
  { fileName }: ReadableProposal,
): ProposalHistory | HistoryAbsence {
  if (typeof history === 'string') return history;
  return history.get(fileName) ?? { versions: [], olderCount: 0 };
}

interface Tree {
  readonly input: SiteInput;
  readonly tools: SiteTools;
  readonly collection: Collection;
  readonly readings: ReadonlyMap<ReadableProposal, Reading>;
  readonly pages: BodyContext['pages'];
  readonly language: Language;
  readonly files: Map<string, string | Uint8Array>;
}

function addTree(tree: Tree): void {
  const { input, collection, language, files } = tree;
  const add = (path: string, content: (place: Place) => PageContent): void => {
    const place = createPlace(language, path);
    files.set(sitePath(place), renderPage(place, content(place)));
  };
  add('index.html', (place) => homePage(collection, place));
  for (const [arrangement, path] of Object.entries(arrangements)) {
    add(path, (place) => indexPage(collection, arrangement as Arrangement, place));
  }
  add('search/index.html', searchPage);
  add('contribute/index.html', (place) => contributePage(input.template, collection, place));
  addProposals(tree, add);
  for (const file of collection.unreadable) {
    add(`PIPs/${file.slug}/index.html`, (place) => unreadablePage(file, place));
  }
  const { licence } = input;
  if (licence !== undefined) {
    const body = parseBody(licence);
    add('licence/index.html', (place) =>
      licencePage(renderBody(body, bodyContext(tree, place, new Map())), place),
    );
  }
  const feedPlace = createPlace(language, 'feed.xml');
  files.set(sitePath(feedPlace), atomFeed(collection, input.history, input.base, feedPlace));
}

function addProposals(
  tree: Tree,
  add: (path: string, content: (place: Place) => PageContent) => void,
): void {
  const { input, language } = tree;
  for (const [proposal, { body, drawings, log }] of tree.readings) {
    const folder = `PIPs/${proposal.slug}`;
    const history = historyOf(input, proposal);
    add(`${folder}/index.html`, (place) => {
      const own = new Map([...drawings].map(([dot, drawing]) => [dot, drawing[language]] as const));
      const context = bodyContext(tree, place, own);
      const details = { headings: body.headings, body: renderBody(body, context), history };
      return proposalDetailPage(proposal, details, place);
    });
    if (log !== undefined) {
      add(`${folder}/history/index.html`, (place) => historyPage(proposal, log, place));
    }
  }
}

function linkablePages(
  { unreadable }: Collection,
  readings: ReadonlyMap<ReadableProposal, Reading>,
): BodyContext['pages'] {
  const nothing: ReadonlySet<string> = new Set();
  return new Map([
    ...Array.from(readings, ([{ fileName, slug }, { body }]) => {
      const anchors: ReadonlySet<string> = new Set(body.headings.map((heading) => heading.slug));
      return [fileName, { slug, anchors }] as const;
    }),
    ...unreadable.map(({ fileName, slug }) => [fileName, { slug, anchors: nothing }] as const),
  ]);
}

function bodyContext(
  { input, tools, pages, language }: Tree,
  { toTree, toRoot }: Place,
  drawings: BodyContext['drawings'],
): BodyContext {
  return {
    language,
    toTree,
    toRoot,
    pages,
    pictures: new Set(input.pictures.keys()),
    hasLicence: input.licence !== undefined,
    highlighter: tools.highlighter,
    drawings,
  };
}

/** The proposals themselves, so that everyone can compute the fingerprints. */
function addSources(
  input: SiteInput,
  { readable, unreadable }: Collection,
  files: Map<string, string | Uint8Array>,
): void {
  for (const { fileName } of [...readable, ...unreadable]) {
    const text = input.files.get(fileName);
    if (text !== undefined) files.set(`PIPs/${fileName}`, text);
  }
  if (input.template !== undefined) files.set('PIPs/pip-template.md', input.template);
  for (const [path, bytes] of input.pictures) files.set(`PIPs/${path}`, bytes);
}

import { type Html, html } from '../html/html.ts';
import { directionOf, type Language } from '../language/language.ts';
import type { Strings } from '../language/strings.ts';
import { texts } from '../language/texts.ts';
import { starIcon } from './icons.ts';

/** The section of the site that a page belongs to. */
export type SiteSection = 'home' | 'proposals' | 'search' | 'contribute';

/** Where a page lies, and how it reaches everything else by relative addresses. */
export interface Place {
  readonly language: Language;
  /** From the root of the language's tree: `PIPs/index.html`. */
  readonly path: string;
  /** `''` or `../` as often as needed, to the root of the tree. */
  readonly toTree: string;
  /** The same, to the root of the site. */
  readonly toRoot: string;
  readonly words: Strings;
}

/** A page without its frame. */
export interface PageContent {
  readonly title: string;
  readonly description: string;
  readonly section: SiteSection | undefined;
  readonly main: Html;
  /** Scripts that only this page loads, by their name on the site. */
  readonly scripts?: readonly string[];
}

/** The place of a page in the tree of a language. The tree of English is the root of the site. */
export function createPlace(language: Language, path: string): Place {
  const toTree = '../'.repeat(path.split('/').length - 1);
  const toRoot = language === 'en' ? toTree : `../${toTree}`;
  return { language, path, toTree, toRoot, words: texts[language] };
}

/** The path of a page from the root of the site. */
export function sitePath({ language, path }: Place): string {
  return language === 'en' ? path : `${language}/${path}`;
}

/**
 * What a page may load: its own style sheet, scripts and pictures, and nothing else.
 * Scripts cannot turn text into markup; plain Chromium enforces this line too.
 */
const POLICY = [
  "default-src 'none'",
  "style-src 'self'",
  "script-src 'self'",
  "img-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ');

/** The whole page. */
export function renderPage(place: Place, content: PageContent): string {
  const { language, toTree, toRoot, words } = place;
  const { frame } = words;
  const title =
    content.section === 'home' ? frame.siteName : `${content.title} · ${frame.shortName}`;
  const other = language === 'en' ? 'fa' : 'en';
  const otherPage = otherLanguagePage(place);
  return html`<!doctype html>
<html lang="${language}" dir="${directionOf(language)}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<meta name="description" content="${content.description}">
<link rel="stylesheet" href="${toRoot}assets/site.css">
<link rel="icon" href="${toRoot}assets/star.svg" type="image/svg+xml">
<link rel="alternate" hreflang="${other}" href="${otherPage}">
<link rel="alternate" type="application/atom+xml" title="${frame.siteName}" href="${toTree}feed.xml">
<script src="${toRoot}assets/theme.js"></script>
${(content.scripts ?? []).map((name) => html`<script src="${toRoot}assets/${name}" defer></script>\n`)}</head>
<body>
<a class="skip" href="#site:main">${frame.skip}</a>
<header class="top"><div class="inner">
<a class="brand" href="${toTree}index.html"${currentMark(content.section === 'home')}>${starIcon}<span>${frame.shortName}</span></a>
<nav class="sections" aria-label="${frame.sections}"><ul>
${sectionLink('proposals', `${toTree}PIPs/index.html`, frame.proposals, content)}
${sectionLink('search', `${toTree}search/index.html`, frame.search, content)}
${sectionLink('contribute', `${toTree}contribute/index.html`, frame.contribute, content)}
</ul></nav>
<div class="tools">
<a href="${otherPage}" hreflang="${other}" lang="${other}">${texts[other].languageName}</a>
<button type="button" id="site:theme" hidden data-dark="${frame.toDark}" data-light="${frame.toLight}"></button>
</div>
</div></header>
<main id="site:main" tabindex="-1">
${content.main}
</main>
<footer class="bottom"><div class="inner">
<p>${frame.notOnLedger}</p>
<p>${frame.noRequests} ${frame.licence}</p>
<p><a href="${toTree}feed.xml">${frame.feed}</a></p>
</div></footer>
</body>
</html>
`.markup;
}

function sectionLink(section: SiteSection, href: string, name: string, content: PageContent): Html {
  return html`<li><a href="${href}"${currentMark(content.section === section)}>${name}</a></li>`;
}

function currentMark(isCurrent: boolean): Html | undefined {
  return isCurrent ? html` aria-current="page"` : undefined;
}

function otherLanguagePage({ language, path, toRoot }: Place): string {
  return language === 'en' ? `${toRoot}fa/${path}` : `${toRoot}${path}`;
}

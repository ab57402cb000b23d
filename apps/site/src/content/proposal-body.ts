import { createProposalMarkdown, linkTarget, plainText } from '@pars/pips';
import type { MarkdownIt, Token } from 'markdown-it';
import addFootnotes from 'markdown-it-footnote';
import { escapeHtml, type Html, trustedHtml } from '../html/html.ts';
import { directionOf, type Language } from '../language/language.ts';
import { formatNumber } from '../language/numbers-and-dates.ts';
import { texts } from '../language/texts.ts';
import type { CodeHighlighter } from './code-highlighter.ts';

/** The text of a proposal, understood once and shown in both frames. */
export interface ProposalBody {
  readonly tokens: readonly Token[];
  /** Headings in their order; what the menu shows and what links may lead to. */
  readonly headings: readonly Heading[];
  /** The texts of its diagrams. */
  readonly diagrams: readonly string[];
  /** Everything that can be searched for, without Markdown. */
  readonly plainText: string;
}

/** A heading that can be linked to. */
export interface Heading {
  readonly level: number;
  readonly title: string;
  readonly slug: string;
}

/** What a body is shown with. */
export interface BodyContext {
  /** The language of the frame. */
  readonly language: Language;
  /** From the page to the root of its language's tree: `../../`. */
  readonly toTree: string;
  /** From the page to the root of the site. */
  readonly toRoot: string;
  /** By the name of its file, the folder and the anchors of every proposal on the site. */
  readonly pages: ReadonlyMap<
    string,
    { readonly slug: string; readonly anchors: ReadonlySet<string> }
  >;
  readonly pictures: ReadonlySet<string>;
  readonly hasLicence: boolean;
  readonly highlighter: CodeHighlighter;
  /** The drawings by the text of the diagram. */
  readonly drawings: ReadonlyMap<string, Html | undefined>;
}

/** The fence language of diagrams. */
const DIAGRAM = 'dot';

/** Diagrams of one proposal that are drawn; further ones are shown as text. */
const MAX_DIAGRAMS = 16;

/** Marks of footnotes in one text; with more of them they stay text, because their cost grows with the square. */
const MAX_FOOTNOTE_MARKS = 1_000;

/** Understands a text. Whatever it is, the result is bounded by the limits of the format. */
export function parseBody(markdown: string): ProposalBody {
  const tokens = createBodyMarkdown(hasFewFootnotes(markdown)).parse(markdown, {});
  const headings: Heading[] = [];
  const diagrams: string[] = [];
  const words: string[] = [];
  for (const [index, token] of tokens.entries()) {
    if (token.type === 'heading_open') {
      headings.push({
        level: Number(token.tag.slice(1)),
        title: plainText(tokens[index + 1]),
        slug: String(token.attrGet('id') ?? ''),
      });
    } else if (token.type === 'inline') words.push(plainText(token));
    else if (token.type === 'fence' || token.type === 'code_block') {
      words.push(token.content);
      if (fenceLanguage(token) === DIAGRAM && diagrams.length < MAX_DIAGRAMS) {
        diagrams.push(token.content);
      }
    }
  }
  return { tokens, headings, diagrams, plainText: words.join('\n') };
}

/** Shows a text in a frame. The markup loads nothing but the site's own pictures, and runs nothing. */
export function renderBody(body: ProposalBody, context: BodyContext): Html {
  const markdown = createBodyMarkdown(true);
  addBlockRules(markdown, context);
  addLinkRules(markdown, body, context);
  addFootnoteRules(markdown, context);
  return trustedHtml(markdown.renderer.render([...body.tokens], markdown.options, {}));
}

function createBodyMarkdown(withFootnotes: boolean): MarkdownIt {
  const markdown = createProposalMarkdown();
  if (withFootnotes) addFootnotes(markdown);
  return markdown;
}

function hasFewFootnotes(markdown: string): boolean {
  return (markdown.match(/\[\^|\^\[/g)?.length ?? 0) <= MAX_FOOTNOTE_MARKS;
}

function fenceLanguage(token: Token): string {
  return /^[A-Za-z0-9+#-]{1,32}/.exec(token.info.trim())?.[0].toLowerCase() ?? '';
}

function addBlockRules(markdown: MarkdownIt, context: BodyContext): void {
  const { rules } = markdown.renderer;
  const words = texts[context.language];
  const frame = `lang="${context.language}" dir="${directionOf(context.language)}"`;
  const showCode = (token: Token): string => {
    const language = fenceLanguage(token);
    const code = token.content.replace(/\n$/, '');
    const coloured = context.highlighter.highlight(code, language)?.markup ?? escapeHtml(code);
    return `<pre class="code" dir="ltr" tabindex="0"><code>${coloured}</code></pre>\n`;
  };
  let drawn = 0;
  rules['fence'] = (tokens, index) => {
    const token = tokens[index];
    if (token === undefined) return '';
    if (fenceLanguage(token) !== DIAGRAM) return showCode(token);
    const drawing = context.drawings.get(token.content);
    drawn += 1;
    if (drawing === undefined || drawn > MAX_DIAGRAMS) {
      const note = `<p class="note" ${frame}>${escapeHtml(words.proposal.diagramFailed)}</p>`;
      return `${note}\n${showCode(token)}`;
    }
    const summary = `<summary ${frame}>${escapeHtml(words.proposal.diagramSource)}</summary>`;
    return `<figure class="drawing"><div class="scroll" tabindex="0">${drawing.markup}</div><details>${summary}${showCode(token)}</details></figure>\n`;
  };
  rules['code_block'] = (tokens, index) => {
    const token = tokens[index];
    return token === undefined ? '' : showCode(token);
  };
  // The page has one h1: its title. Deeper headings than h6 do not exist.
  rules['heading_open'] = (tokens, index, options, _env, renderer) => {
    const token = tokens[index];
    if (token?.tag === 'h1') return `<h2 id="${escapeHtml(String(token.attrGet('id') ?? ''))}">`;
    return renderer.renderToken(tokens, index, options);
  };
  rules['heading_close'] = (tokens, index) =>
    `</${tokens[index]?.tag === 'h1' ? 'h2' : (tokens[index]?.tag ?? 'h2')}>\n`;
  rules['table_open'] = () =>
    `<div class="scroll" role="group" aria-label="${escapeHtml(words.proposal.table)}" tabindex="0"><table>\n`;
  rules['table_close'] = () => '</table></div>\n';
  // The content policy knows no inline styles.
  for (const cell of ['th_open', 'td_open'] as const) {
    rules[cell] = (tokens, index) => {
      const align = /text-align:(center|right)/.exec(
        String(tokens[index]?.attrGet('style') ?? ''),
      )?.[1];
      const name = cell === 'th_open' ? 'th scope="col"' : 'td';
      return `<${name}${align === undefined ? '' : ` class="${align}"`}>`;
    };
  }
}

function addLinkRules(markdown: MarkdownIt, body: ProposalBody, context: BodyContext): void {
  const { rules } = markdown.renderer;
  const own = new Set(body.headings.map(({ slug }) => slug));
  rules['link_open'] = (tokens, index) => {
    const href = String(tokens[index]?.attrGet('href') ?? '');
    const attributes = linkAttributes(href, own, context);
    // An `a` without an address is text: nothing happens when it is touched.
    return attributes === undefined ? '<a>' : `<a ${attributes}>`;
  };
  const escapedText = (token: Token): string => escapeHtml(plainText(token));
  rules['image'] = (tokens, index) => {
    const token = tokens[index];
    if (token === undefined) return '';
    const target = linkTarget(String(token.attrGet('src') ?? ''));
    if (target.kind !== 'file' || !context.pictures.has(target.path)) {
      return `<span class="note">${escapedText(token)}</span>`;
    }
    const source = `${context.toRoot}PIPs/${encodeURI(target.path)}`;
    return `<img src="${escapeHtml(source)}" alt="${escapedText(token)}" loading="lazy">`;
  };
}

function linkAttributes(
  href: string,
  own: ReadonlySet<string>,
  context: BodyContext,
): string | undefined {
  if (href === '') return undefined;
  const target = linkTarget(href);
  switch (target.kind) {
    case 'anchor':
      return own.has(target.anchor) ? hrefAttribute(`#${encodeURI(target.anchor)}`) : undefined;
    case 'web':
      return `${hrefAttribute(target.url)} rel="external noopener noreferrer"`;
    case 'mail':
      return hrefAttribute(`mailto:${encodeURI(target.address)}`);
    case 'file': {
      const page = context.pages.get(target.path);
      if (page !== undefined) {
        const { anchor } = target;
        const known = anchor !== undefined && page.anchors.has(anchor);
        const rest = known ? `#${encodeURI(anchor)}` : '';
        return hrefAttribute(`${context.toTree}PIPs/${page.slug}/index.html${rest}`);
      }
      const path = frameFile(target.path, context);
      return path === undefined ? undefined : hrefAttribute(path);
    }
    case 'refused':
      return undefined;
  }
}

function frameFile(path: string, context: BodyContext): string | undefined {
  if (path === 'README.md' || path === '') return `${context.toTree}PIPs/index.html`;
  if (path === 'pip-template.md') return `${context.toTree}contribute/index.html`;
  if (path === 'LICENSE.md' && context.hasLicence) return `${context.toTree}licence/index.html`;
  if (context.pictures.has(path)) return `${context.toRoot}PIPs/${encodeURI(path)}`;
  return undefined;
}

function hrefAttribute(href: string): string {
  return `href="${escapeHtml(href)}"`;
}

/**
 * The ids of footnotes hold a colon, which the anchors of headings never do: no
 * proposal can take the place of one.
 */
function addFootnoteRules(markdown: MarkdownIt, { language }: BodyContext): void {
  const { rules } = markdown.renderer;
  const words = texts[language].proposal;
  const numberOf = (token: Token | undefined): number => Number(token?.meta?.['id'] ?? 0) + 1;
  const placeOf = (token: Token | undefined): string => {
    const again = Number(token?.meta?.['subId'] ?? 0);
    return again > 0 ? `${numberOf(token)}:${again}` : String(numberOf(token));
  };
  rules['footnote_ref'] = (tokens, index) => {
    const token = tokens[index];
    const number = formatNumber(numberOf(token), language);
    return `<sup class="ref"><a href="#fn:${numberOf(token)}" id="fnref:${placeOf(token)}" role="doc-noteref" lang="${language}" aria-label="${escapeHtml(words.footnote(number))}">${number}</a></sup>`;
  };
  rules['footnote_block_open'] = () =>
    `<section class="footnotes"><h2 lang="${language}" dir="${directionOf(language)}">${escapeHtml(words.footnotes)}</h2>\n<ol>\n`;
  rules['footnote_block_close'] = () => '</ol></section>\n';
  rules['footnote_open'] = (tokens, index) => `<li id="fn:${numberOf(tokens[index])}">`;
  rules['footnote_close'] = () => '</li>\n';
  rules['footnote_anchor'] = (tokens, index) => {
    const token = tokens[index];
    const number = formatNumber(numberOf(token), language);
    return ` <a href="#fnref:${placeOf(token)}" role="doc-backlink" lang="${language}" aria-label="${escapeHtml(words.footnoteBack(number))}">↩\uFE0E</a>`;
  };
}

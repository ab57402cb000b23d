import type { Heading } from '../content/proposal-body.ts';
import { type Html, html, joinHtml } from '../html/html.ts';
import { directionOf } from '../language/language.ts';
import { formatDay, formatNumber } from '../language/numbers-and-dates.ts';
import type {
  HistoryAbsence,
  ProposalHistory,
  ReadableProposal,
  Reference,
  UnreadableProposal,
} from '../site/site-model.ts';
import { claimIcon } from './icons.ts';
import type { PageContent, Place } from './page.ts';
import {
  authorNames,
  categoryAnchor,
  proposalName,
  proposalPage,
  proposalText,
  statusStrip,
} from './proposal-parts.ts';

/** What a page shows besides the proposal itself. */
export interface ProposalDetails {
  readonly headings: readonly Heading[];
  readonly body: Html;
  /** `undefined` when there is no repository to ask. */
  readonly history: ProposalHistory | HistoryAbsence;
}

/** Headings in the menu, at most: a hostile text may have thousands. */
const MAX_MENU = 120;

/** Longest text of an unreadable file that is shown, in UTF-16 units. */
const MAX_SHOWN_LENGTH = 65_536;

/** Reasons that are listed, at most. */
const MAX_REASONS = 50;

/** The page of one proposal. */
export function proposalDetailPage(
  proposal: ReadableProposal,
  details: ProposalDetails,
  place: Place,
): PageContent {
  const { words, language } = place;
  const main = html`<div class="reader">
<header class="head">
<h1><span class="over">${proposalName(proposal.number)}</span> <span class="title">${proposalText(proposal.title, proposal)}</span></h1>
<p class="small muted">${joinHtml(
    [
      words.categories[proposal.category].name,
      words.types[proposal.type],
      html`${words.proposal.by} ${authorNames(proposal, place)}`,
      html`<time datetime="${proposal.created}">${formatDay(proposal.created, language)}</time>`,
    ],
    ' · ',
  )}</p>
<p class="lead">${proposalText(proposal.description, proposal)}</p>
${statusStrip(proposal.status, place)}
<div class="ruled claim">${claimIcon}<div><p>${words.proposal.claim}</p><p class="print-line">${words.proposal.fingerprint} <bdi class="id" dir="ltr">${inFours(proposal.contentHash)}</bdi></p></div></div>
${factList(proposal, details.history, place)}
</header>
${contentsMenu(details.headings, proposal, place)}
<article class="prose" lang="${proposal.language}" dir="${directionOf(proposal.language)}">
${details.body}</article>
</div>`;
  return {
    title: `PIP-${proposal.number}: ${proposal.title}`,
    description: proposal.description,
    section: 'proposals',
    main,
    scripts: ['reader.js'],
  };
}

/** The page of a file that breaks the format: what is wrong, and the text as it is. */
export function unreadablePage(file: UnreadableProposal, place: Place): PageContent {
  const { words, language } = place;
  const { proposal } = words;
  const main = html`<div class="reader">
<header class="head">
<h1>${proposal.unreadableTitle}</h1>
<p><bdi class="id" dir="ltr">${file.fileName}</bdi></p>
<p>${proposal.unreadableLead}</p>
<ul class="reasons">
${file.reasons.slice(0, MAX_REASONS).map(({ message, line, column }) => {
  const where = proposal.line(formatNumber(line, language), formatNumber(column, language));
  return html`<li><bdi lang="en" dir="ltr">${message}</bdi> <span class="muted">(${where})</span></li>\n`;
})}</ul>
</header>
<section class="source" aria-labelledby="source"><h2 id="source">${proposal.sourceText}</h2>
<pre class="code" dir="ltr" tabindex="0">${file.text.slice(0, MAX_SHOWN_LENGTH)}</pre></section>
</div>`;
  return {
    title: file.fileName,
    description: proposal.unreadableTitle,
    section: 'proposals',
    main,
  };
}

function factList(
  proposal: ReadableProposal,
  history: ProposalHistory | HistoryAbsence,
  place: Place,
): Html {
  const { words, toTree, toRoot } = place;
  const facts: readonly (readonly [string, Html | undefined])[] = [
    [
      words.proposal.category,
      html`<a href="${toTree}PIPs/index.html#${categoryAnchor(proposal.category)}">${words.categories[proposal.category].name}</a>`,
    ],
    [words.proposal.requires, references(proposal.requires, place)],
    [words.proposal.requiredBy, references(proposal.requiredBy, place)],
    [words.proposal.replaces, references(proposal.replaces, place)],
    [words.proposal.replacedBy, references(proposal.replacedBy, place)],
    [
      words.proposal.discussion,
      proposal.discussion === undefined
        ? undefined
        : html`<a href="${proposal.discussion}" rel="external noopener noreferrer"><bdi dir="ltr">${proposal.discussion}</bdi></a>`,
    ],
    [words.proposal.history, historyFact(history, place)],
    [
      words.proposal.source,
      html`<a href="${toRoot}PIPs/${proposal.fileName}" type="text/markdown"><bdi dir="ltr">${proposal.fileName}</bdi></a>`,
    ],
  ];
  return html`<dl class="kv" aria-label="${words.proposal.facts}">
${facts.map(([name, value]) => (value === undefined ? undefined : html`<div><dt>${name}</dt><dd>${value}</dd></div>\n`))}</dl>`;
}

function historyFact(
  history: ProposalHistory | HistoryAbsence,
  { words: { proposal }, language }: Place,
): Html {
  if (history === 'no-repository') return html`${proposal.historyUnavailable}`;
  if (history === 'too-much') return html`${proposal.historyTooLarge}`;
  const count = history.versions.length + history.olderCount;
  if (count === 0) return html`${proposal.notRecorded}`;
  return html`<a href="history/index.html">${proposal.versions(formatNumber(count, language))}</a>`;
}

function references(list: readonly Reference[], place: Place): Html | undefined {
  if (list.length === 0) return undefined;
  const { words } = place;
  return joinHtml(
    list.map(({ number, slug }) =>
      slug === undefined
        ? html`${proposalName(number)} (${words.proposal.missing})`
        : html`<a href="${proposalPage(slug, place)}">${proposalName(number)}</a>`,
    ),
    words.proposal.comma,
  );
}

function contentsMenu(
  headings: readonly Heading[],
  proposal: ReadableProposal,
  { words }: Place,
): Html | undefined {
  const shown = headings.filter(({ level }) => level <= 3).slice(0, MAX_MENU);
  if (shown.length === 0) return undefined;
  return html`<nav class="contents" aria-label="${words.proposal.contents}"><details data-open-wide><summary>${words.proposal.contents}</summary>
<ul lang="${proposal.language}" dir="${directionOf(proposal.language)}">
${shown.map(({ level, title, slug }) => html`<li${level > 2 ? html` class="deep"` : undefined}><a href="#${encodeURI(slug)}">${title}</a></li>\n`)}</ul></details></nav>`;
}

/** Long ids are read in groups of four. */
function inFours(text: string): string {
  return text.replace(/(.{4})(?!$)/g, '$1 ');
}

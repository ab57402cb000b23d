import { type DiffLine, diffProposals, type ProposalDiff, parseProposal } from '@pars/pips';
import { type Html, html } from '../html/html.ts';
import { directionOf } from '../language/language.ts';
import { formatDay, formatNumber } from '../language/numbers-and-dates.ts';
import type { ProposalHistory, ReadableProposal } from '../site/site-model.ts';
import type { PageContent, Place } from './page.ts';
import { proposalName, proposalPage, proposalText } from './proposal-parts.ts';

/** A version with what it changed in the one before. */
export interface VersionChange {
  readonly commit: string;
  readonly day: string;
  readonly subject: string;
  /** `undefined` for the first version, and when one of the two could not be read. */
  readonly diff: ProposalDiff | undefined;
  readonly isFirst: boolean;
}

/** The versions of a proposal, and what on the site is not recorded yet. */
export interface ChangeLog {
  readonly uncommitted: ProposalDiff | undefined;
  readonly versions: readonly VersionChange[];
  readonly olderCount: number;
}

/** Lines of one comparison that are shown, at most. */
const MAX_LINES = 2_000;

/** Compares each version with the one before it. Done once; both frames show the result. */
export function createChangeLog(proposal: ReadableProposal, history: ProposalHistory): ChangeLog {
  const { versions, olderCount } = history;
  const compare = (
    before: string | undefined,
    after: string | undefined,
  ): ProposalDiff | undefined =>
    before === undefined || after === undefined
      ? undefined
      : diffProposals(
          parseProposal({ path: proposal.fileName, text: before }),
          parseProposal({ path: proposal.fileName, text: after }),
        );
  const newest = versions[0]?.text;
  const uncommitted =
    newest === proposal.parsed.file.text ? undefined : compare(newest, proposal.parsed.file.text);
  return {
    uncommitted: uncommitted?.isEqual === true ? undefined : uncommitted,
    versions: versions.map(({ commit, time, subject, text }, index) => ({
      commit,
      day: dayOf(time),
      subject,
      diff: compare(versions[index + 1]?.text, text),
      isFirst: index === versions.length - 1 && olderCount === 0,
    })),
    olderCount,
  };
}

/** The day of a moment, in universal time. */
export function dayOf(time: number): string {
  return new Date(time * 1000).toISOString().slice(0, 10);
}

/** The page with the versions of a proposal. */
export function historyPage(proposal: ReadableProposal, log: ChangeLog, place: Place): PageContent {
  const { words, language } = place;
  const older = formatNumber(log.olderCount, language);
  const main = html`<div class="reader">
<header class="head">
<h1><span class="over">${words.proposal.history}: ${proposalName(proposal.number)}</span> <span class="title">${proposalText(proposal.title, proposal)}</span></h1>
<p class="muted">${words.history.lead}</p>
<p><a href="${proposalPage(proposal.slug, place)}">${words.history.back}</a></p>
</header>
<div class="log">
${log.uncommitted === undefined ? undefined : html`<section><h2>${words.history.uncommitted}</h2>${renderDiff(log.uncommitted, proposal, place)}</section>\n`}${log.versions.map((version) => renderVersion(version, proposal, place))}
${log.olderCount > 0 ? html`<p class="muted">${words.history.older(older)}</p>` : undefined}
</div>
</div>`;
  return {
    title: words.history.title(`PIP-${proposal.number}`),
    description: words.history.lead,
    section: 'proposals',
    main,
  };
}

function renderVersion(version: VersionChange, proposal: ReadableProposal, place: Place): Html {
  const { history } = place.words;
  const short = version.commit.slice(0, 12);
  return html`<section><h2><time datetime="${version.day}">${formatDay(version.day, place.language)}</time></h2>
<p><bdi>${version.subject}</bdi></p>
<p class="small muted">${history.commit} <bdi class="id" dir="ltr">${short}</bdi></p>
${version.isFirst ? html`<p class="muted">${history.first}</p>` : undefined}${version.diff === undefined ? undefined : renderDiff(version.diff, proposal, place)}</section>
`;
}

function renderDiff(diff: ProposalDiff, proposal: ReadableProposal, place: Place): Html {
  const { history } = place.words;
  if (diff.isEqual) return html`<p class="muted">${history.same}</p>`;
  let left = MAX_LINES;
  const parts: Html[] = [];
  if (diff.fields.length > 0) {
    parts.push(
      html`<dl class="kv fields" dir="ltr" lang="${proposal.language}">${diff.fields.map(({ key, before, after }) => html`<div><dt>${key}</dt><dd>${before === undefined ? undefined : html`<del><bdi>${before}</bdi></del>`} ${after === undefined ? undefined : html`<ins><bdi>${after}</bdi></ins>`}</dd></div>`)}</dl>`,
    );
  }
  for (const { title, change, lines } of diff.sections) {
    if (left <= 0) break;
    const shown = lines.slice(0, left);
    left -= shown.length;
    const name =
      change === 'added'
        ? html`<ins>${title}</ins>`
        : change === 'removed'
          ? html`<del>${title}</del>`
          : html`${title}`;
    const heading = title === '' ? undefined : html`<h4>${name}</h4>`;
    parts.push(
      html`${heading}<div class="diff">${shown.map((line) => renderLine(line, place))}</div>`,
    );
  }
  return html`<details><summary>${history.changes}</summary><div class="changes" lang="${proposal.language}" dir="${directionOf(proposal.language)}">${parts}</div></details>`;
}

function renderLine(line: DiffLine, { words, language }: Place): Html {
  if (line.kind === 'skipped') {
    const count = formatNumber(Number(line.pieces[0]?.text ?? 0), language);
    return html`<p class="skipped" lang="${language}" dir="${directionOf(language)}">${words.history.skipped(count)}</p>`;
  }
  if (line.kind === 'same') return html`<p>${line.pieces.map(({ text }) => text)}</p>`;
  const isAdded = line.kind === 'added';
  const pieces = line.pieces.map(({ text, isChanged }) => {
    if (!isChanged) return html`${text}`;
    return isAdded ? html`<ins>${text}</ins>` : html`<del>${text}</del>`;
  });
  return html`<p class="${line.kind}">${pieces}</p>`;
}

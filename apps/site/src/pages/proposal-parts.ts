import { type CategoryName, categories, numberToText, type Status } from '@pars/pips';
import { type Html, html, joinHtml } from '../html/html.ts';
import { directionOf } from '../language/language.ts';
import type { ReadableProposal, UnreadableProposal } from '../site/site-model.ts';
import type { Place } from './page.ts';

/** The look of a state: nothing, what may be done, wait, so, refused. */
export const TAG_CLASSES: Readonly<Record<Status, string>> = {
  Draft: '',
  Review: ' acc',
  Voting: ' warn',
  Approved: ' ok',
  Implemented: ' ok',
  Rejected: ' bad',
  Withdrawn: '',
};

/** A state as a word in its colour. */
export function statusTag(status: Status, { words }: Place): Html {
  return html`<span class="tag${TAG_CLASSES[status]}">${words.statuses[status].name}</span>`;
}

/** `PIP-2000`, kept together and left to right in every frame. */
export function proposalName(number: string): Html {
  return html`<bdi class="pip" dir="ltr">PIP-${number}</bdi>`;
}

/** A text of the proposal inside a frame of another language. */
export function proposalText(text: string, { language }: ReadableProposal): Html {
  return html`<bdi lang="${language}" dir="${directionOf(language)}">${text}</bdi>`;
}

/** One proposal in a list. */
export function proposalRow(proposal: ReadableProposal, place: Place): Html {
  return html`<li><a class="row" href="${proposalPage(proposal.slug, place)}"><span class="line">${proposalName(proposal.number)}${statusTag(proposal.status, place)}</span><span class="name">${proposalText(proposal.title, proposal)}</span><span class="sub">${proposalText(proposal.description, proposal)}</span></a></li>
`;
}

/** A file that cannot be read, in a list; the page tells why. */
export function unreadableRow(file: UnreadableProposal, place: Place): Html {
  return html`<li><a class="row" href="${proposalPage(file.slug, place)}"><span class="line"><bdi class="pip" dir="ltr">${file.fileName}</bdi><span class="tag bad">${place.words.index.unreadable}</span></span></a></li>
`;
}

/** The address of a proposal's page from another page. */
export function proposalPage(slug: string, { toTree }: Place): string {
  return `${toTree}PIPs/${slug}/index.html`;
}

/** The steps of a life up to where it is, and those that may follow. */
export function statusStrip(status: Status, { words }: Place): Html {
  const steps = STRIPS[status] ?? LIFE;
  const now = steps.indexOf(status);
  return html`<ol class="strip" aria-label="${words.proposal.life}">${steps.map((step, index) => {
    const name = words.statuses[step].name;
    if (index < now) return html`<li class="done">${name}</li>`;
    if (index > now) return html`<li>${name}</li>`;
    const bad = step === 'Rejected' ? ' bad' : '';
    return html`<li class="now${bad}" aria-current="step">${name}<span class="vh">${words.proposal.comma}${words.proposal.now}</span></li>`;
  })}</ol>`;
}

const LIFE: readonly Status[] = ['Draft', 'Review', 'Voting', 'Approved', 'Implemented'];

const STRIPS: Readonly<Partial<Record<Status, readonly Status[]>>> = {
  Rejected: ['Draft', 'Review', 'Voting', 'Rejected'],
  Withdrawn: ['Draft', 'Withdrawn'],
};

/** `1000–1999`, with leading zeros and left to right. */
export function categoryRange(name: CategoryName): Html {
  const { from = 0, to = 0 } = categories.find((category) => category.name === name) ?? {};
  return html`<bdi class="pip" dir="ltr">${numberToText(from)}–${numberToText(to)}</bdi>`;
}

/** The anchor of a category in the list by categories. */
export function categoryAnchor(name: CategoryName): string {
  return name.toLowerCase();
}

/** The names of the authors as people say them: `A, B and C`. */
export function authorNames(proposal: ReadableProposal, { words }: Place): Html {
  const { comma, and } = words.proposal;
  const names = proposal.authors.map(({ name }) => html`<bdi>${name}</bdi>`);
  const last = names.at(-1);
  if (last === undefined || names.length === 1) return joinHtml(names, '');
  return html`${joinHtml(names.slice(0, -1), comma)}${and}${last}`;
}

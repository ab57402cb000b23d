import { categories, statuses } from '@pars/pips';
import { type Html, html } from '../html/html.ts';
import { formatNumber } from '../language/numbers-and-dates.ts';
import type { Collection } from '../site/read-collection.ts';
import type { ReadableProposal } from '../site/site-model.ts';
import type { PageContent, Place } from './page.ts';
import {
  categoryAnchor,
  categoryRange,
  proposalRow,
  statusTag,
  unreadableRow,
} from './proposal-parts.ts';

/** How the proposals are arranged, and the path of the page that does it. */
export const arrangements = {
  category: 'PIPs/index.html',
  status: 'PIPs/status/index.html',
  author: 'PIPs/author/index.html',
} as const;

/** One of the three lists. */
export type Arrangement = keyof typeof arrangements;

/** All proposals under headings. */
export function indexPage(
  collection: Collection,
  arrangement: Arrangement,
  place: Place,
): PageContent {
  const { index } = place.words;
  const titles = {
    category: index.byCategoryTitle,
    status: index.byStatusTitle,
    author: index.byAuthorTitle,
  };
  const groups = {
    category: groupsByCategory,
    status: groupsByStatus,
    author: groupsByAuthor,
  }[arrangement](collection.readable, place);
  const { length } = collection.readable;
  const total = index.count(formatNumber(length, place.language), length === 1);
  const main = html`<div class="wide">
<h1>${index.title}</h1>
<p class="muted">${index.lead} ${total}</p>
${arrangementTabs(arrangement, place)}
${collection.readable.length === 0 ? html`<p class="muted">${index.none}</p>` : undefined}
${groups.map((group) => renderGroup(group, place))}
${unreadableGroup(collection, place)}
</div>`;
  return { title: titles[arrangement], description: index.lead, section: 'proposals', main };
}

interface Group {
  readonly anchor: string;
  readonly heading: Html;
  readonly about: string | undefined;
  readonly proposals: readonly ReadableProposal[];
}

function arrangementTabs(current: Arrangement, place: Place): Html {
  const { index } = place.words;
  const tab = (arrangement: Arrangement, name: string): Html =>
    html`<li><a href="${place.toTree}${arrangements[arrangement]}"${arrangement === current ? html` aria-current="page"` : undefined}>${name}</a></li>
`;
  return html`<nav class="tabs" aria-label="${index.arrangements}"><ul>
${tab('category', index.byCategory)}${tab('status', index.byStatus)}${tab('author', index.byAuthor)}</ul></nav>`;
}

function renderGroup({ anchor, heading, about, proposals }: Group, place: Place): Html {
  const list =
    proposals.length === 0
      ? html`<p class="muted">${place.words.index.noneInCategory}</p>`
      : html`<ul class="rows boxed">
${proposals.map((proposal) => proposalRow(proposal, place))}</ul>`;
  return html`<section class="group" aria-labelledby="${anchor}"><h2 id="${anchor}">${heading}</h2>
${about === undefined ? undefined : html`<p class="muted">${about}</p>`}
${list}</section>
`;
}

function groupsByCategory(proposals: readonly ReadableProposal[], place: Place): readonly Group[] {
  return categories.map(({ name }) => ({
    anchor: categoryAnchor(name),
    heading: html`${place.words.categories[name].name} ${categoryRange(name)}`,
    about: place.words.categories[name].about,
    proposals: proposals.filter(({ category }) => category === name),
  }));
}

function groupsByStatus(proposals: readonly ReadableProposal[], place: Place): readonly Group[] {
  return statuses
    .map(({ name }) => ({
      anchor: name.toLowerCase(),
      heading: statusTag(name, place),
      about: place.words.statuses[name].about,
      proposals: proposals.filter(({ status }) => status === name),
    }))
    .filter((group) => group.proposals.length > 0);
}

function groupsByAuthor(proposals: readonly ReadableProposal[]): readonly Group[] {
  const byName = Map.groupBy(
    proposals.flatMap((proposal) =>
      proposal.authors.map(({ name, handle }) => ({ name, handle, proposal })),
    ),
    ({ name, handle }) => handle ?? name,
  );
  // Sorted by code units: the order must not depend on the languages a machine knows.
  const names = [...byName.keys()].toSorted((a, b) => (a < b ? -1 : 1));
  return names.map((key, index) => {
    const entries = byName.get(key) ?? [];
    const [first] = entries;
    const handle =
      first?.handle === undefined
        ? undefined
        : html` <bdi class="pip" dir="ltr">@${first.handle}</bdi>`;
    return {
      anchor: `author-${index + 1}`,
      heading: html`<bdi>${first?.name ?? key}</bdi>${handle}`,
      about: undefined,
      proposals: [...new Set(entries.map(({ proposal }) => proposal))],
    };
  });
}

function unreadableGroup({ unreadable }: Collection, place: Place): Html | undefined {
  if (unreadable.length === 0) return undefined;
  const { index } = place.words;
  return html`<section class="group" aria-labelledby="unreadable"><h2 id="unreadable">${index.unreadable}</h2>
<p class="muted">${index.unreadableAbout}</p>
<ul class="rows boxed">
${unreadable.map((file) => unreadableRow(file, place))}</ul></section>
`;
}

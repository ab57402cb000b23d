import { type CategoryName, categories, type Status, statuses } from '@pars/pips';
import { type Html, html } from '../html/html.ts';
import { formatNumber } from '../language/numbers-and-dates.ts';
import type { Feature } from '../language/strings.ts';
import type { Collection } from '../site/read-collection.ts';
import type { PageContent, Place } from './page.ts';
import {
  categoryAnchor,
  categoryRange,
  proposalName,
  proposalPage,
  statusTag,
} from './proposal-parts.ts';

/** The proposal that keeps each of the six promises, and where to look while it is not written. */
const FEATURES: readonly {
  readonly feature: Feature;
  readonly number: string;
  readonly category: CategoryName;
}[] = [
  { feature: 'core', number: '0000', category: 'Core' },
  { feature: 'postQuantum', number: '0002', category: 'Crypto' },
  { feature: 'mesh', number: '0001', category: 'Mesh' },
  { feature: 'coercion', number: '0003', category: 'Security' },
  { feature: 'governance', number: '7000', category: 'Governance' },
  { feature: 'mobile', number: '0004', category: 'Clients' },
];

/** The proposal that describes the process. */
const PROCESS_NUMBER = '7001';

/** The states that a proposal takes, in the order in which the home page explains them. */
const EXPLAINED: readonly Status[] = statuses.map(({ name }) => name);

/** The founding page: what this is, where everything is, and how to take part. */
export function homePage(collection: Collection, place: Place): PageContent {
  const { words, toTree } = place;
  const { home } = words;
  const find = (number: string): string | undefined =>
    collection.readable.find((proposal) => proposal.number === number)?.slug;
  const overview = find('0000');
  const process = find(PROCESS_NUMBER);
  const main = html`<div class="wide">
<section class="hero"><h1>${home.title}</h1>
<p class="lead">${home.lead}</p>
<p class="actions"><a class="btn primary" href="${toTree}PIPs/index.html">${home.browse}</a> <a class="btn" href="${toTree}contribute/index.html">${home.write}</a></p></section>
<section aria-labelledby="overview"><h2 id="overview">${home.overviewTitle}</h2>
<div class="measure">${home.overview.map((text) => html`<p>${text}</p>`)}
${overview === undefined ? undefined : html`<p><a href="${proposalPage(overview, place)}">${home.overviewLink}</a></p>`}</div></section>
<section aria-labelledby="features"><h2 id="features">${home.featuresTitle}</h2>
<p class="muted">${home.featuresLead}</p>
<ul class="cards">
${FEATURES.map((entry) => featureCard(entry, find(entry.number), place))}</ul></section>
<section aria-labelledby="categories"><h2 id="categories">${home.categoriesTitle}</h2>
<p class="muted">${home.categoriesLead}</p>
<ul class="rows boxed">
${categories.map(({ name }) => categoryRow(name, collection, place))}</ul></section>
<section aria-labelledby="lifecycle"><h2 id="lifecycle">${home.lifecycleTitle}</h2>
<p class="muted">${home.lifecycleLead}</p>
<div class="ruled"><dl class="life">
${EXPLAINED.map((status) => html`<div><dt>${statusTag(status, place)}</dt><dd>${words.statuses[status].about}</dd></div>\n`)}</dl></div></section>
<section aria-labelledby="principles"><h2 id="principles">${home.principlesTitle}</h2>
<ul class="principles measure">
${home.principles.map(({ name, about }) => html`<li><h3>${name}</h3><p>${about}</p></li>\n`)}</ul></section>
<section aria-labelledby="contributing"><h2 id="contributing">${home.contributingTitle}</h2>
<div class="measure"><p>${home.contributing}</p>
<p class="links"><a href="${toTree}contribute/index.html">${home.contributingLink}</a>${process === undefined ? undefined : html` <a href="${proposalPage(process, place)}">${home.process}</a>`}</p></div></section>
</div>`;
  return { title: home.title, description: home.lead, section: 'home', main };
}

function featureCard(
  { feature, number, category }: (typeof FEATURES)[number],
  slug: string | undefined,
  place: Place,
): Html {
  const { name, about } = place.words.home.features[feature];
  const link =
    slug === undefined
      ? html`<a href="${place.toTree}PIPs/index.html#${categoryAnchor(category)}">${place.words.home.notWritten}</a>`
      : html`<a href="${proposalPage(slug, place)}">${proposalName(number)}<span class="vh"> ${name}</span></a>`;
  return html`<li class="card"><h3>${name}</h3><p>${about}</p><p class="more">${link}</p></li>
`;
}

function categoryRow(name: CategoryName, { readable }: Collection, place: Place): Html {
  const category = place.words.categories[name];
  const count = readable.filter((proposal) => proposal.category === name).length;
  return html`<li><a class="row split" href="${place.toTree}PIPs/index.html#${categoryAnchor(name)}">${categoryRange(name)}<span class="grow"><span class="name">${category.name}</span><span class="sub">${category.about}</span></span><span class="end">${place.words.index.count(formatNumber(count, place.language), count === 1)}</span></a></li>
`;
}

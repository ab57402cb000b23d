import { statuses } from '@pars/pips';
import { type Html, html } from '../html/html.ts';
import type { Strings } from '../language/strings.ts';
import type { Collection } from '../site/read-collection.ts';
import type { PageContent, Place } from './page.ts';
import { TAG_CLASSES } from './proposal-parts.ts';

/** The search page. Its scripts and its index are loaded nowhere else. */
export function searchPage(place: Place): PageContent {
  const { words, toTree } = place;
  const { search } = words;
  const main = html`<div class="wide">
<h1>${search.title}</h1>
<form class="search" role="search" action="index.html" method="get" id="site:form" hidden>
<label for="site:query">${search.label}</label>
<input id="site:query" name="q" type="search" autocomplete="off" spellcheck="false" dir="auto" maxlength="200" aria-describedby="site:help">
<p class="help" id="site:help">${search.help}</p>
</form>
<p id="site:count" class="muted" role="status" data-none="${search.none}" data-one="${search.one}" data-many="${search.many}"></p>
<ul id="site:results" class="rows boxed" aria-label="${search.results}" data-tree="${toTree}" data-tags="${statusTags(words)}" hidden></ul>
<p id="site:no-script" class="measure">${search.needsScript} <a href="${toTree}PIPs/index.html">${words.frame.proposals}</a></p>
</div>`;
  return {
    title: search.title,
    description: search.help,
    section: 'search',
    main,
    scripts: ['minisearch.js', 'search-index.js', 'search.js'],
  };
}

/** The look and the word of each state, for the script. */
function statusTags(words: Strings): string {
  return JSON.stringify(
    Object.fromEntries(
      statuses.map(({ name }) => [name, [TAG_CLASSES[name], words.statuses[name].name]]),
    ),
  );
}

/** How to write a proposal, with the template. */
export function contributePage(
  template: string | undefined,
  collection: Collection,
  place: Place,
): PageContent {
  const { words, toTree, toRoot } = place;
  const { contribute } = words;
  const process = collection.readable.find(({ number }) => number === '7001');
  const templateText: Html =
    template === undefined
      ? html`<p class="muted">${contribute.templateMissing}</p>`
      : html`<p>${contribute.template} <a href="${toRoot}PIPs/pip-template.md" type="text/markdown"><bdi dir="ltr">pip-template.md</bdi></a></p>
<pre class="code" dir="ltr" lang="en" tabindex="0">${template}</pre>`;
  const main = html`<div class="wide">
<h1>${contribute.title}</h1>
<p class="lead measure">${contribute.lead}</p>
<section aria-labelledby="steps"><h2 id="steps">${contribute.stepsTitle}</h2>
<ol class="steps measure">
${contribute.steps.map(({ name, about, command }) => html`<li><div><h3>${name}</h3><p>${about}</p>${command === undefined ? undefined : html`<p><code dir="ltr">${command}</code></p>`}</div></li>\n`)}</ol></section>
<section class="measure" aria-labelledby="number"><h2 id="number">${contribute.numberTitle}</h2>
<p>${contribute.number}</p></section>
<section class="measure" aria-labelledby="judged"><h2 id="judged">${contribute.judgedTitle}</h2>
<ul class="plain">
${contribute.judged.map((text) => html`<li>${text}</li>\n`)}</ul>
${process === undefined ? undefined : html`<p><a href="${toTree}PIPs/${process.slug}/index.html">${words.home.process}</a></p>`}</section>
<section class="measure" aria-labelledby="template"><h2 id="template">${contribute.templateTitle}</h2>
${templateText}</section>
</div>`;
  return {
    title: contribute.title,
    description: contribute.lead,
    section: 'contribute',
    main,
  };
}

/** The licence of the proposals. */
export function licencePage(text: Html, place: Place): PageContent {
  const main = html`<div class="reader"><header class="head"><h1>CC0</h1><p class="muted">${place.words.frame.licence}</p></header><article class="prose" lang="en" dir="ltr">${text}</article></div>`;
  return {
    title: 'CC0',
    description: place.words.frame.licence,
    section: undefined,
    main,
  };
}

import { type Html, html } from '../html/html.ts';
import type { Collection } from '../site/read-collection.ts';
import type { ReadableProposal, SiteHistory } from '../site/site-model.ts';
import { dayOf } from './history-page.ts';
import type { Place } from './page.ts';

/** Entries in the feed, at most. */
const MAX_ENTRIES = 100;

/**
 * The Atom feed of a language (RFC 4287), newest change first. Its ids do not
 * depend on where the site lies; its links do, and are relative without a base.
 */
export function atomFeed(
  collection: Collection,
  history: SiteHistory,
  base: string | undefined,
  place: Place,
): string {
  const { words, language } = place;
  const entries = collection.readable
    .map((proposal) => ({ proposal, day: changedOn(proposal, history) }))
    .toSorted((a, b) => (a.day === b.day ? 0 : a.day < b.day ? 1 : -1))
    .slice(0, MAX_ENTRIES);
  const tree = base === undefined ? '' : `${base}${language === 'en' ? '' : `${language}/`}`;
  const updated = entries[0]?.day ?? '1970-01-01';
  return html`<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="${language}">
<id>pars://pips/${language}</id>
<title>${words.frame.siteName}</title>
<subtitle>${words.frame.notOnLedger}</subtitle>
<updated>${updated}T00:00:00Z</updated>
<link rel="self" type="application/atom+xml" href="${tree}feed.xml"/>
<link rel="alternate" type="text/html" href="${tree}index.html"/>
${entries.map(({ proposal, day }) => renderEntry(proposal, day, tree, place))}</feed>
`.markup;
}

function renderEntry(proposal: ReadableProposal, day: string, tree: string, place: Place): Html {
  const { words } = place;
  return html`<entry>
<id>pars://pips/${place.language}/${proposal.slug}</id>
<title>${xmlText(`PIP-${proposal.number}: ${proposal.title}`)}</title>
<updated>${day}T00:00:00Z</updated>
<published>${proposal.created}T00:00:00Z</published>
${proposal.authors.map(({ name }) => html`<author><name>${xmlText(name)}</name></author>\n`)}<category term="${proposal.category}" label="${words.categories[proposal.category].name}"/>
<category term="${proposal.status}" label="${words.statuses[proposal.status].name}"/>
<link rel="alternate" type="text/html" href="${tree}PIPs/${proposal.slug}/index.html"/>
<summary xml:lang="${proposal.language}">${xmlText(proposal.description)}</summary>
</entry>
`;
}

function changedOn({ fileName, created }: ReadableProposal, history: SiteHistory): string {
  const newest = typeof history === 'string' ? undefined : history.get(fileName)?.versions[0];
  return newest === undefined ? created : dayOf(newest.time);
}

/** XML has no place at all for control characters, not even escaped. */
function xmlText(text: string): string {
  return text.replaceAll(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '');
}

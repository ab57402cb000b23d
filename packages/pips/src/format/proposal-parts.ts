import type { ParsedProposal } from './proposal.ts';

/** A changed field. Lists are shown as `0002, 2000`. */
export interface FieldChange {
  readonly key: string;
  readonly before?: string;
  readonly after?: string;
}

/** The fields that differ, in the order of the older version, then of the newer one. */
export function changedFields(before: ParsedProposal, after: ParsedProposal): FieldChange[] {
  const [old, young] = [before, after].map(
    ({ fields }) =>
      new Map(
        fields.map(({ key, value }) => [key, typeof value === 'string' ? value : value.join(', ')]),
      ),
  );
  const keys = new Set([...(old?.keys() ?? []), ...(young?.keys() ?? [])]);
  return [...keys].flatMap((key) => {
    const [was, is] = [old?.get(key), young?.get(key)];
    if (was === is) return [];
    return {
      key,
      ...(was === undefined ? {} : { before: was }),
      ...(is === undefined ? {} : { after: is }),
    };
  });
}

/** A section: a heading of any level and the lines up to the next one, without spaces at their ends. */
export interface SectionText {
  readonly title: string;
  readonly level: number;
  readonly slug: string;
  readonly lines: readonly string[];
}

/** All sections in their order; the first is what stands before the first heading. */
export function sectionTexts({
  bodyMarkdown,
  tokens,
  sections,
}: ParsedProposal): readonly SectionText[] {
  const lines = bodyMarkdown.split(/\r\n|\r|\n/).map((line) => line.trimEnd());
  const starts = tokens.flatMap(({ type, map }) =>
    type === 'heading_open' ? (map?.[0] ?? 0) : [],
  );
  const bounds = [0, ...starts, lines.length];
  const titles = [{ title: '', level: 0, slug: '' }, ...sections];
  return titles.map(({ title, level, slug }, index) => {
    const text = lines.slice(bounds[index], bounds[index + 1]);
    const end = text.findLastIndex((line) => line !== '') + 1;
    return { title, level, slug, lines: text.slice(0, end) };
  });
}

/** What differs between two versions: keys of fields, and titles of sections. Nothing when they say the same. */
export function changedParts(
  before: ParsedProposal,
  after: ParsedProposal,
): { readonly keys: readonly string[]; readonly titles: readonly string[] } {
  const [was, is] = [before, after].map(
    (proposal) => new Map(sectionTexts(proposal).map((section) => [section.slug, section])),
  );
  const slugs = new Set([...(was?.keys() ?? []), ...(is?.keys() ?? [])]);
  const changed = [...slugs].filter(
    (slug) => was?.get(slug)?.lines.join('\n') !== is?.get(slug)?.lines.join('\n'),
  );
  return {
    keys: changedFields(before, after).map(({ key }) => key),
    titles: changed.map((slug) => (is?.get(slug) ?? was?.get(slug))?.title ?? ''),
  };
}

/** Markup that may be put into a page as it is. Only {@link html} and {@link trustedHtml} make it. */
export interface Html {
  readonly markup: string;
}

/** What may stand in the gaps of an {@link html} template; text is escaped, nothing is `''`. */
export type HtmlPart = Html | string | number | undefined | false | readonly HtmlPart[];

/** Builds markup from a template; every text in a gap is escaped, for elements and attributes alike. */
export function html(fixed: TemplateStringsArray, ...gaps: readonly HtmlPart[]): Html {
  let markup = '';
  for (const [index, text] of fixed.entries()) {
    markup += text;
    if (index < gaps.length) markup += partToMarkup(gaps[index]);
  }
  return { markup };
}

/** Declares that the markup was made by a renderer that escapes what strangers wrote. */
export function trustedHtml(markup: string): Html {
  return { markup };
}

/** The text as it must be written in markup and in double or single quoted attributes. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"'\u0000]/g, (character) => ESCAPED[character] ?? '');
}

/** The parts one after the other, with the same thing between each two. */
export function joinHtml(parts: readonly HtmlPart[], between: HtmlPart): Html {
  return { markup: parts.map(partToMarkup).join(partToMarkup(between)) };
}

const ESCAPED: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function partToMarkup(part: HtmlPart): string {
  if (part === undefined || part === false) return '';
  if (typeof part === 'string') return escapeHtml(part);
  if (typeof part === 'number') return String(part);
  if (isList(part)) return part.map(partToMarkup).join('');
  return part.markup;
}

function isList(part: Html | readonly HtmlPart[]): part is readonly HtmlPart[] {
  return Array.isArray(part);
}

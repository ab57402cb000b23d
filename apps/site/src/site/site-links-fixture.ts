import type { SiteFiles } from './site-model.ts';

/** An address that a page names, and where. */
export interface PageLink {
  readonly page: string;
  /** The attribute: `href`, `src`, `action`. */
  readonly attribute: string;
  readonly element: string;
  readonly address: string;
}

/** Every address in the pages of a site, with entities resolved. */
export function linksOf(files: SiteFiles): readonly PageLink[] {
  return [...files].flatMap(([page, text]) => {
    if (!page.endsWith('.html') || typeof text !== 'string') return [];
    return Array.from(
      text.matchAll(/<([a-z]+)\b((?:[^<>"]|"[^"]*")*)>/g),
      ([, element = '', attributes = '']) =>
        Array.from(
          attributes.matchAll(/\s(href|src|action|srcset|data|poster|formaction)="([^"]*)"/g),
          ([, attribute = '', address = '']): PageLink => ({
            page,
            element,
            attribute,
            address: address.replaceAll('&amp;', '&').replaceAll('&#39;', "'"),
          }),
        ),
    ).flat();
  });
}

/** Why an address of the site leads nowhere; `undefined` when it leads somewhere, or away from the site. */
export function brokenLink(files: SiteFiles, { page, address }: PageLink): string | undefined {
  const base = 'https://site.invalid/';
  const url = new URL(address, `${base}${page}`);
  if (url.origin !== new URL(base).origin) return undefined;
  const path = decodeURIComponent(url.pathname.slice(1));
  const target = files.get(path);
  if (target === undefined) return `${page} leads to ${path}, which is not there`;
  const anchor = decodeURIComponent(url.hash.slice(1));
  if (anchor === '' || typeof target !== 'string') return undefined;
  return target.includes(` id="${anchor}"`)
    ? undefined
    : `${page} leads to ${path}#${anchor}, which is not there`;
}

import { type Html, html } from '../html/html.ts';

const STAR =
  'm12 2.5 2.78 2.78h3.94v3.94L21.5 12l-2.78 2.78v3.94h-3.94L12 21.5l-2.78-2.78H5.28v-3.94L2.5 12l2.78-2.78V5.28h3.94z';

/** The eight-pointed star: the mark of the site. */
export const starIcon: Html = html`<svg class="ic star" viewBox="0 0 24 24" aria-hidden="true"><path d="${STAR}"/></svg>`;

/** An outlined sheet with an exclamation: nothing here is proven yet. */
export const claimIcon: Html = html`<svg class="ic" viewBox="0 0 24 24" aria-hidden="true"><path d="M6 3.5h8.5L18 7v13.5H6z"/><path d="M12 9v5M12 17v.01"/></svg>`;

/** The icon of the site as a file. */
export const starFile: string = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" fill="none" stroke="#0a6468" stroke-width="2" stroke-linejoin="round"><path d="${STAR}"/></svg>\n`;

import createMarkdown, { type MarkdownIt, type Token } from 'markdown-it';
import { proposalLimits } from '../format/proposal-limits.ts';
import { createSlugger } from './heading-slug.ts';
import { linkTarget } from './link-target.ts';
import { markSafeHtml } from './safe-html.ts';

/** Options of {@link createProposalMarkdown}. */
export interface MarkdownOptions {
  /** Shows the content of a code fence: escaped HTML, or empty for plain text. */
  readonly highlight?: (code: string, language: string) => string;
}

/**
 * The one Markdown of proposals: CommonMark and tables. Of raw HTML only a few
 * tags without attributes have an effect ({@link SAFE_TAGS}); everything else is
 * shown as text. Links and images that {@link linkTarget} refuses, and images
 * from elsewhere, lose their address (`token.meta.refused` keeps it). Headings
 * get an `id`. Whatever the input, the output of `render` loads and runs nothing.
 */
export function createProposalMarkdown(options: MarkdownOptions = {}): MarkdownIt {
  const markdown = createMarkdown('commonmark', {
    html: true,
    xhtmlOut: false,
    maxNesting: proposalLimits.nesting,
    ...(options.highlight === undefined ? {} : { highlight: options.highlight }),
  });
  markdown.enable('table');
  // Without blocks of HTML every tag is an inline token, and goes through one filter.
  markdown.disable('html_block');
  // Refusal happens below, where the linter still sees what was written.
  markdown.validateLink = () => true;
  markdown.core.ruler.push('pars_safety', (state) => {
    const slug = createSlugger();
    for (const [index, token] of state.tokens.entries()) {
      if (token.type === 'heading_open') {
        token.attrSet('id', slug(plainText(state.tokens[index + 1])));
      }
      if (token.children === null) continue;
      markSafeHtml(token.children);
      removeRefusedLinks(token.children);
    }
  });
  const { escapeHtml } = markdown.utils;
  markdown.renderer.rules['html_inline'] = (tokens, index) => {
    const token = tokens[index];
    if (token === undefined) return '';
    return token.meta?.['isSafe'] === true
      ? token.content.toLowerCase()
      : escapeHtml(token.content);
  };
  const renderImage = markdown.renderer.rules['image'];
  markdown.renderer.rules['image'] = (tokens, index, rendering, env, renderer) => {
    const token = tokens[index];
    if (token === undefined || renderImage === undefined) return '';
    if (token.meta?.['refused'] !== undefined) return escapeHtml(plainText(token));
    return renderImage(tokens, index, rendering, env, renderer);
  };
  return markdown;
}

/** The text of an inline token without its Markdown. */
export function plainText(token: Token | undefined): string {
  if (token === undefined) return '';
  if (token.children === null) return token.content;
  return token.children
    .map((child) => {
      if (child.type === 'softbreak' || child.type === 'hardbreak') return ' ';
      if (child.type === 'html_inline') return '';
      return child.type === 'image' ? plainText(child) : child.content;
    })
    .join('');
}

function removeRefusedLinks(tokens: readonly Token[]): void {
  for (const token of tokens) {
    const attribute = { link_open: 'href', image: 'src' }[token.type];
    if (attribute === undefined) continue;
    const href = String(token.attrGet(attribute) ?? '');
    const { kind } = linkTarget(href);
    if (kind !== 'refused' && (token.type !== 'image' || kind === 'file')) continue;
    token.meta = { ...token.meta, refused: href };
    token.attrs = (token.attrs ?? []).filter(([name]) => name !== attribute);
  }
}

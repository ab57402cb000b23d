import type { Token } from 'markdown-it';

/** The tags that have an effect in a proposal, always without attributes. `br` has no end tag. */
export const SAFE_TAGS: readonly string[] = ['bdi', 'br', 'kbd', 'sub', 'sup'];

const SAFE_TAG = new RegExp(`^<(/?)(${SAFE_TAGS.join('|')})(\\s*/)?>$`, 'i');

/**
 * Marks the tags of one paragraph that may be shown as HTML with
 * `meta.isSafe`: those of {@link SAFE_TAGS} that are closed again on the level
 * on which they were opened, so that none reaches beyond its paragraph.
 */
export function markSafeHtml(tokens: readonly Token[]): void {
  const open: { readonly tag: string; readonly token: Token }[] = [];
  for (const token of tokens) {
    if (token.type !== 'html_inline') continue;
    const [, slash, name = '', selfClosing] = SAFE_TAG.exec(token.content) ?? [];
    const tag = name.toLowerCase();
    if (tag === '') continue;
    if (tag === 'br') {
      if (slash === '') mark(token);
    } else if (selfClosing !== undefined) {
      // `<sub/>` opens and never closes for a browser.
    } else if (slash === '') {
      open.push({ tag, token });
    } else {
      const last = open.pop();
      if (last?.tag !== tag || last.token.level !== token.level) {
        open.length = 0;
        continue;
      }
      mark(last.token);
      mark(token);
    }
  }
}

function mark(token: Token): void {
  token.meta = { ...token.meta, isSafe: true };
}
